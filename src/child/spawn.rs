//! Spawning from a thread that lives as long as the process, in such a way that the child dies with us.
//!
//! ```text
//! any task ─ command ─► thread "children" ─ fork ─► setpgid, default signals, PR_SET_PDEATHSIG, is the server alive?,
//!          ◄─ Child ──┘                              3 = pipe ─► exec
//! ```
//! A child inherits the signals that its parent ignores and blocks, and the server inherits them in turn: a shell script
//! starts its background jobs with SIGINT ignored, nohup with SIGHUP ignored. A child that ignores SIGINT could not be
//! asked to end, so every child begins with the default action for each signal and with none blocked.
//!
//! The kernel sends the signal of prctl(2) `PR_SET_PDEATHSIG` when the *thread* ends that made the child; a worker of the
//! runtime may end long before the server does. What runs between fork and exec is system calls only.
#![expect(unsafe_code, reason = "what a child does between fork and exec has no safe interface")]

use std::{
    io,
    mem::{ManuallyDrop, MaybeUninit},
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
    sync::{Mutex, mpsc},
};

use rustix::{
    io::{Errno, FdFlags, dup2, fcntl_dupfd_cloexec, fcntl_setfd},
    process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal},
};
use tokio::{
    process::{Child, Command},
    runtime::Handle,
    sync::oneshot,
};

/// Where `--save-pts /dev/fd/3` writes.
const TIMES: RawFd = 3;

/// What becomes of a child when the server is killed.
#[derive(Debug)]
pub(super) enum OnServerExit {
    /// The kernel kills it too. What is given becomes its descriptor 3.
    DiesWithUs(Option<OwnedFd>),
    /// It sees to its own end, which is what it is there for.
    Survives,
}

/// One child to spawn, and where to send it.
struct Request {
    command: Command,
    on_server_exit: OnServerExit,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// The way to the thread; it is started with the first child.
static SPAWNER: Mutex<Option<mpsc::Sender<Request>>> = Mutex::new(None);

/// Spawns `command`.
pub(super) async fn spawn(command: Command, on_server_exit: OnServerExit) -> io::Result<Child> {
    let (answer, spawned) = oneshot::channel();
    let request = Request { command, on_server_exit, runtime: Handle::current(), answer };
    let gone = || io::Error::other("the thread that starts children is gone");
    spawner()?.send(request).map_err(|_| gone())?;
    spawned.await.map_err(|_| gone())?
}

fn spawner() -> io::Result<mpsc::Sender<Request>> {
    let mut spawner = SPAWNER.lock().expect("no holder of this lock panics");
    if let Some(requests) = &*spawner {
        return Ok(requests.clone());
    }
    let (requests, incoming) = mpsc::channel::<Request>();
    std::thread::Builder::new().name("children".into()).spawn(move || {
        for request in incoming {
            let _runtime = request.runtime.enter();
            let _ = request.answer.send(spawn_here(request.command, request.on_server_exit));
        }
    })?;
    Ok(spawner.insert(requests).clone())
}

fn spawn_here(mut command: Command, on_server_exit: OnServerExit) -> io::Result<Child> {
    // SAFETY: between fork and exec of a process with threads only functions may be called that are safe in a signal
    // handler; `reset_signals` allocates nothing, takes no lock, and makes system calls only.
    unsafe { command.pre_exec(reset_signals) };
    let OnServerExit::DiesWithUs(child_times) = on_server_exit else { return command.spawn() };
    // The standard library tells of a failed exec through a pipe of its own. While descriptor 3 is taken that pipe
    // cannot be number 3, which the child is about to overwrite.
    let _placeholder = match &child_times {
        Some(times) => Some(fcntl_dupfd_cloexec(times, TIMES)?),
        None => None,
    };
    let server = getpid();
    let prepare = move || prepare(server, child_times.as_ref());
    // SAFETY: as above; `prepare` allocates nothing, takes no lock, and makes system calls only.
    unsafe { command.pre_exec(prepare) };
    command.spawn()
}

/// Gives every signal its default action and blocks none.
fn reset_signals() -> io::Result<()> {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: the default action runs no code of ours. The C library refuses SIGKILL and SIGSTOP, which nobody can
        // ignore, and the two numbers that it uses between threads, which it sets itself when it needs them.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let mut none = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` writes the whole set before `sigprocmask` reads it; the old set is not asked for.
    let set = unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut())
    };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// What the child does before it becomes its program.
fn prepare(server: Pid, times: Option<&OwnedFd>) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    // Had the server died before that call, no signal would come.
    if getppid() != Some(server) {
        return Err(Errno::SRCH.into());
    }
    let Some(times) = times else { return Ok(()) };
    if times.as_raw_fd() == TIMES {
        return Ok(fcntl_setfd(times, FdFlags::empty())?);
    }
    // SAFETY: whatever number 3 is in this process, which is about to become another program, nothing but that program
    // will use it from here on; it is not closed by us.
    let mut target = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(TIMES) });
    Ok(dup2(times, &mut target)?)
}
