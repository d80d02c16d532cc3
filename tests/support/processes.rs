//! The processes of this machine, as /proc tells them.

use std::{
    fs,
    time::{Duration, Instant},
};

use super::PATIENCE;

/// Processes whose command lines contain `marker`; those that have ended and wait to be reaped are none.
pub fn pids_with(marker: &str) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    let has_marker = |pid: &u32| {
        fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).contains(marker))
    };
    pids.filter(has_marker).collect()
}

/// Children of `parent` that have ended and were not reaped.
pub fn zombies_of(parent: u32) -> usize {
    let processes = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let stats = processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    // PID (NAME) STATE PARENT …
    let fields = stats.filter_map(|stat| Some(stat.rsplit_once(") ")?.1.to_owned()));
    fields.filter(|fields| fields.starts_with(&format!("Z {parent} "))).count()
}

/// Waits until so many are left, and says how long that took.
pub fn until_processes(marker: &str, count: usize) -> Duration {
    let started = Instant::now();
    loop {
        let found = pids_with(marker).len();
        if found == count {
            return started.elapsed();
        }
        assert!(started.elapsed() < PATIENCE, "{found} processes, not {count}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
