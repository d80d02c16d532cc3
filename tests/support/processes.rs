//! The processes of this machine, as /proc tells them.

use std::{
    fs,
    time::{Duration, Instant},
};

use super::PATIENCE;

/// Processes that run, each of whose command lines contains `marker`; those that have ended and wait to be reaped are none.
pub fn processes_with(marker: &str) -> usize {
    let processes = fs::read_dir("/proc").expect("Linux").filter_map(Result::ok);
    let command_lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    command_lines.filter(|line| String::from_utf8_lossy(line).contains(marker)).count()
}

/// Waits until so many are left, and says how long that took.
pub fn until_processes(marker: &str, count: usize) -> Duration {
    let started = Instant::now();
    loop {
        let found = processes_with(marker);
        if found == count {
            return started.elapsed();
        }
        assert!(started.elapsed() < PATIENCE, "{found} processes, not {count}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
