//! Programs that the bench starts: their rank among others, their memory, their end.

use std::{fs, io, time::Duration};

use rustix::process::{Pid, Resource, Rlimit, Signal};
use serde::Serialize;

/// Rank of the programs under measurement, so that other work on the machine disturbs them less.
const SUBJECT_NICE: i32 = -10;
/// Rank of this session among others.
const SESSION_NICE: i32 = -20;
const AUTOGROUP: &str = "/proc/self/autogroup";

/// As many open files as the system allows this user.
pub(crate) fn raise_file_limit() -> u64 {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let _ = rustix::process::setrlimit(Resource::Nofile, raised);
    rustix::process::getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// Raises the rank of this session among other sessions until it is dropped.
///
/// Where the kernel groups processes by session (sched(7), autogroup), the rank of a process counts within its session
/// only.
#[derive(Debug)]
pub(crate) struct SessionRank {
    before: Option<String>,
}

impl SessionRank {
    /// Raises it, if there are such groups and this user may.
    pub(crate) fn raise() -> Self {
        let shown = fs::read_to_string(AUTOGROUP).unwrap_or_default();
        let before = shown.rsplit_once("nice ").map(|(_, nice)| nice.trim().to_owned());
        let raised = fs::write(AUTOGROUP, SESSION_NICE.to_string());
        Self { before: before.filter(|_| raised.is_ok()) }
    }
}

impl Drop for SessionRank {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = fs::write(AUTOGROUP, before);
        }
    }
}

/// Starts something with the rank of a subject, where the user may raise it; whether that was so.
pub(crate) fn with_subject_rank<T>(start: impl FnOnce() -> T) -> (T, bool) {
    let before = rustix::process::getpriority_process(None).unwrap_or(0);
    let raised = rustix::process::setpriority_process(None, SUBJECT_NICE).is_ok();
    let started = start();
    if raised {
        let _ = rustix::process::setpriority_process(None, before);
    }
    (started, raised)
}

/// This process ends with the one that started it.
pub(crate) fn end_with_parent() {
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

/// Sends `signal` to the process `pid`.
pub(crate) fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidInput)?;
    Ok(rustix::process::kill_process(pid, signal)?)
}

/// Memory of a process in KiB.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Memory {
    /// Pages in memory.
    pub(crate) rss_kib: u64,
    /// The same, with pages shared with other processes in proportion.
    pub(crate) pss_kib: u64,
}

/// Memory that the process `pid` has now (`/proc/PID/smaps_rollup`).
pub(crate) fn memory(pid: u32) -> io::Result<Memory> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    Ok(Memory { rss_kib: field("Rss:").unwrap_or(0), pss_kib: field("Pss:").unwrap_or(0) })
}

/// Time that all CPUs have spent working, and in all, since the machine started (`/proc/stat`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct MachineTime {
    busy: Duration,
    all: Duration,
}

/// Reads the times of all CPUs.
pub(crate) fn machine_time() -> MachineTime {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks: Vec<u64> = text
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .take(8)
        .filter_map(|word| word.parse().ok())
        .collect();
    let all: u64 = ticks.iter().sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    MachineTime { busy: Duration::from_millis(10 * (all - idle)), all: Duration::from_millis(10 * all) }
}

impl MachineTime {
    /// The part of all CPUs (0 to 1) that worked since `earlier`.
    pub(crate) fn busy_since(self, earlier: Self) -> f64 {
        let all = (self.all - earlier.all).as_secs_f64();
        if all == 0.0 { 0.0 } else { (self.busy - earlier.busy).as_secs_f64() / all }
    }
}
