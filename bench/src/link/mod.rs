//! An emulated link: two network namespaces, a TUN device in each, and a thread that carries packets between them.
//!
//! ```text
//! server's namespace                                            viewers' namespace
//!   10.83.0.1 ─ TUN ─► shaper: queue, rate, loss, delay ─► TUN ─ 10.83.0.2
//!                  ◄── shaper, the same conditions     ◄──
//! ```
//! It needs no queueing discipline of the kernel, and behaves the same with the same seed. Packets have an MTU of 1500.

mod shaper;

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use rustix::event::{PollFd, PollFlags, poll};

pub(crate) use self::shaper::{Conditions, Flow};
use self::shaper::{Counters, Shaper};
use crate::sys::{
    clock,
    network::{Namespace, open_tun},
    process::with_subject_rank,
};

/// Where the server listens.
pub(crate) const SERVER: IpAddr = IpAddr::V4(SERVER_ADDRESS);
const SERVER_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 83, 0, 1);
const VIEWER_ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 83, 0, 2);
const MTU: u16 = 1500;
const SEED: u64 = 20_261_120;
/// Changed conditions hold within this.
const LOOK_EVERY_NS: u64 = 2_000_000;
const DEVICE: &str = "bench0";
/// The server's side uses this, whatever the machine's default is.
const CONGESTION_CONTROL: &str = "cubic";
const ROUTE: [&str; 8] = ["route", "replace", "10.83.0.0/24", "dev", DEVICE, "scope", "link", "congctl"];

/// The link, until this is dropped.
pub(crate) struct Link {
    server_side: Namespace,
    viewer_side: Namespace,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    is_cubic: bool,
}

struct Shared {
    conditions: Mutex<Conditions>,
    counters: Mutex<Counters>,
    ended: AtomicBool,
}

impl Link {
    /// A new link under `conditions`.
    pub(crate) fn new(conditions: Conditions) -> io::Result<Self> {
        let (server_side, viewer_side) = (Namespace::new(None)?, Namespace::new(None)?);
        let server_tun = server_side.inside(|| {
            let tun = open_tun(DEVICE, SERVER_ADDRESS, MTU)?;
            Ok::<_, io::Error>((tun, has_congestion_control()))
        })?;
        let (server_tun, is_cubic) = server_tun;
        let viewer_tun = viewer_side.inside(|| open_tun(DEVICE, VIEWER_ADDRESS, MTU))?;
        let shared = Arc::new(Shared {
            conditions: Mutex::new(conditions),
            counters: Mutex::new(Counters::default()),
            ended: AtomicBool::new(false),
        });
        let theirs = Arc::clone(&shared);
        // A thread has the rank of the one that starts it.
        let (thread, _) =
            with_subject_rank(|| std::thread::spawn(move || carry(server_tun, viewer_tun, &theirs)));
        Ok(Self { server_side, viewer_side, shared, thread: Some(thread), is_cubic })
    }

    /// Whether the server's side has the congestion control that is asked for.
    pub(crate) const fn is_cubic(&self) -> bool {
        self.is_cubic
    }

    /// Where the server belongs.
    pub(crate) const fn server_side(&self) -> &Namespace {
        &self.server_side
    }

    /// Where the viewers belong.
    pub(crate) const fn viewer_side(&self) -> &Namespace {
        &self.viewer_side
    }

    /// Puts it under other conditions, both ways.
    pub(crate) fn set(&self, conditions: Conditions) {
        *self.shared.conditions.lock().unwrap_or_else(PoisonError::into_inner) = conditions;
    }

    /// Packets that were lost by chance or in a full queue so far, from server to viewers.
    pub(crate) fn counters(&self) -> Counters {
        *self.shared.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Gives this thread's namespace the congestion control, or the route where the machine does not allow the namespace to
/// have another default than its own.
fn has_congestion_control() -> bool {
    let default = fs::write("/proc/sys/net/ipv4/tcp_congestion_control", CONGESTION_CONTROL);
    default.is_ok()
        || Command::new("ip")
            .args(ROUTE)
            .arg(CONGESTION_CONTROL)
            .status()
            .is_ok_and(|status| status.success())
}

/// Carries packets until the link ends.
fn carry(mut server: File, mut viewer: File, shared: &Shared) {
    let mut conditions = *shared.conditions.lock().unwrap_or_else(PoisonError::into_inner);
    let mut to_viewer = Shaper::new(conditions, SEED);
    let mut to_server = Shaper::new(conditions, SEED + 1);
    while !shared.ended.load(Ordering::Relaxed) {
        let now = clock::monotonic_ns();
        let newest = *shared.conditions.lock().unwrap_or_else(PoisonError::into_inner);
        if newest != conditions {
            conditions = newest;
            to_viewer.set(now, conditions);
            to_server.set(now, conditions);
        }
        take(&mut server, &mut to_viewer);
        take(&mut viewer, &mut to_server);
        give(&mut to_viewer, &mut viewer);
        give(&mut to_server, &mut server);
        *shared.counters.lock().unwrap_or_else(PoisonError::into_inner) = to_viewer.counters();
        let now = clock::monotonic_ns();
        let due = [to_viewer.due_ns(), to_server.due_ns()].into_iter().flatten().min();
        let wait_ns = due.map_or(LOOK_EVERY_NS, |due| due.saturating_sub(now).min(LOOK_EVERY_NS));
        let mut files = [PollFd::new(&server, PollFlags::IN), PollFd::new(&viewer, PollFlags::IN)];
        let _ = poll(&mut files, Some(&clock::timespec(wait_ns)));
    }
}

/// What the device has sent goes into the shaper.
fn take(device: &mut File, shaper: &mut Shaper) {
    let mut packet = [0; MTU as usize];
    while let Ok(bytes) = device.read(&mut packet) {
        shaper.push(clock::monotonic_ns(), packet[..bytes].to_vec());
    }
}

/// What is due comes out of it.
fn give(shaper: &mut Shaper, device: &mut File) {
    while let Some(packet) = shaper.pop(clock::monotonic_ns()) {
        // A device takes a packet or loses it, like any other.
        let _ = device.write(&packet);
    }
}
