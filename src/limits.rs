//! What the system allows us: every viewer is an open file, and the soft limit is often 1024. Threads are limited, too.

use std::{io, sync::Mutex, thread};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// File descriptors that connections leave to cameras, files and listening sockets: a quarter of all, within these bounds. A
/// command takes up to 12 while it starts, 8 of them until it ends.
const RESERVED_FILES: std::ops::RangeInclusive<usize> = 32..=512;
/// However few file descriptors there are, somebody can connect.
const FEWEST_CONNECTIONS: usize = 8;

/// Threads besides the workers of the runtime: the log, the one that starts children, and some that wait for files.
const OTHER_THREADS: usize = 6;

/// Starts as many threads as the server needs at least, and ends them again. Where that fails, starting them one after the
/// other, as they are needed, would end in a panic.
///
/// # Errors
/// When the system refuses one.
pub(crate) fn check_threads() -> io::Result<()> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let all_run = Mutex::new(());
    thread::scope(|scope| {
        let _until_all_run = all_run.lock();
        for _ in 0..workers + OTHER_THREADS {
            thread::Builder::new().spawn_scoped(scope, || drop(all_run.lock()))?;
        }
        Ok(())
    })
}

/// Raises the soft limit of open files to the hard one.
pub(crate) fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::debug!("the limit of open files stays at {:?}: {error}", limit.current);
    }
}

/// How many connections there are file descriptors for.
pub(crate) fn connections() -> usize {
    let files = getrlimit(Resource::Nofile).current;
    connections_of(files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX))
}

fn connections_of(files: usize) -> usize {
    let reserved = (files / 4).clamp(*RESERVED_FILES.start(), *RESERVED_FILES.end());
    files.saturating_sub(reserved).max(FEWEST_CONNECTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_files_to_cameras() {
        let table = [(16, 8), (64, 32), (128, 96), (1_024, 768), (65_536, 65_024)];
        for (files, connections) in table {
            assert_eq!(connections_of(files), connections, "{files}");
        }
    }
}
