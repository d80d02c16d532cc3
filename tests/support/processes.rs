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
