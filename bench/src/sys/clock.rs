//! Clocks in nanoseconds: monotonic for waiting, real time for what the kernel stamps, CPU time of a program.
#![expect(unsafe_code, reason = "the CPU clock of another program has no safe wrapper")]

use std::io;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Nanoseconds since the machine started.
pub(crate) fn monotonic_ns() -> u64 {
    ns(clock_gettime(ClockId::Monotonic))
}

/// Nanoseconds since 1970, on the clock that receive time stamps are on.
pub(crate) fn realtime_ns() -> u64 {
    ns(clock_gettime(ClockId::Realtime))
}

/// Sleeps until the monotonic clock shows `at_ns`.
pub(crate) fn sleep_until(at_ns: u64) {
    let at = timespec(at_ns);
    while rustix::thread::clock_nanosleep_absolute(ClockId::Monotonic, &at).is_err() {}
}

/// Nanoseconds as the system takes them.
pub(crate) fn timespec(ns: u64) -> Timespec {
    Timespec { tv_sec: (ns / 1_000_000_000).cast_signed(), tv_nsec: (ns % 1_000_000_000).cast_signed() }
}

fn ns(time: Timespec) -> u64 {
    time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned()
}

/// CPU time that the process `pid` has used so far, in user and kernel, all threads, the ended ones too.
///
/// # Errors
/// When there is no such process.
pub(crate) fn cpu_ns(pid: u32) -> io::Result<u64> {
    let mut clock: libc::clockid_t = 0;
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: both pointers are to live values of the types that the calls fill in.
    let failed = unsafe {
        let error = libc::clock_getcpuclockid(pid.cast_signed(), &raw mut clock);
        if error != 0 {
            return Err(io::Error::from_raw_os_error(error));
        }
        libc::clock_gettime(clock, &raw mut time)
    };
    if failed != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(ns(Timespec { tv_sec: time.tv_sec, tv_nsec: time.tv_nsec }))
}
