//! Probe viewers: many WebSocket clients on one thread and one epoll, so that watching costs little.
//!
//! ```text
//! epoll ─► recvmsg with the kernel's receive time ─► frames ─► content checked ─► Receipt
//! ```
//! The scenario drives it: nothing happens outside [`Probe::run_until`] and [`Probe::run_while`].

mod content;
mod frames;
mod line;
mod viewer;

use std::{
    io::{self, ErrorKind},
    net::SocketAddr,
    os::fd::OwnedFd,
    sync::Arc,
    time::Duration,
};

use rustix::event::epoll;
use rustls::ClientConfig;

pub(crate) use self::viewer::{Receipt, Viewer, ViewerState, Wire};
use self::{content::Content, line::Buffers};
use crate::sys::clock;

/// Shortest sleep of the loop, where a condition is looked at.
const LOOK_EVERY_NS: u64 = 2_000_000;

/// From so many viewers on the loop rests before it looks for sockets again: waking it up for each of them would be at
/// the cost of who sends, as it is not where viewers are on other machines. The kernel's times do not suffer.
const CROWD: usize = 20;
const REST_NS: u64 = 2_000_000;

/// Says something instead of a whole, proper request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A proper handshake.
    Whole,
    /// The first lines of one.
    Half,
    /// Nothing.
    Silence,
}

/// All viewers of a scenario.
pub(crate) struct Probe {
    epoll: OwnedFd,
    viewers: Vec<Viewer>,
    content: Content,
    buffers: Buffers,
    tls: Option<Arc<ClientConfig>>,
}

impl Probe {
    /// Without viewers.
    pub(crate) fn new(wire: Wire) -> io::Result<Self> {
        Ok(Self {
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            viewers: Vec::new(),
            content: Content::new(wire),
            buffers: Buffers::new(),
            tls: None,
        })
    }

    /// The same whose viewers speak TLS, if it is given what they trust.
    pub(crate) fn with_tls(self, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { tls, ..self }
    }

    /// Begins a connection; its number. It is made by the loop.
    pub(crate) fn open(&mut self, address: SocketAddr, request: Request) -> io::Result<usize> {
        let index = self.viewers.len();
        let viewer = Viewer::connect(address, self.tls.as_ref(), request)?;
        if let Some(stream) = viewer.stream() {
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(&self.epoll, stream, data, epoll::EventFlags::IN | epoll::EventFlags::OUT)?;
        }
        self.viewers.push(viewer);
        Ok(index)
    }

    /// All viewers, by number.
    pub(crate) fn viewers(&self) -> &[Viewer] {
        &self.viewers
    }

    /// One viewer.
    pub(crate) fn viewer(&self, index: usize) -> &Viewer {
        &self.viewers[index]
    }

    /// Messages that were not what the camera sent.
    pub(crate) const fn damaged(&self) -> u64 {
        self.content.damaged()
    }

    /// The newest access unit that any viewer has seen.
    pub(crate) const fn newest(&self) -> Option<u64> {
        self.content.newest()
    }

    /// Whether every receive time came from the kernel.
    pub(crate) fn has_kernel_times(&self) -> bool {
        self.viewers.iter().all(Viewer::has_kernel_times)
    }

    /// The viewer takes nothing from its socket until [`Self::resume`].
    pub(crate) fn pause(&mut self, index: usize) {
        if let Some(stream) = self.viewers[index].stream() {
            let _ = epoll::delete(&self.epoll, stream);
        }
    }

    /// The viewer reads again.
    pub(crate) fn resume(&mut self, index: usize) {
        if let Some(stream) = self.viewers[index].stream() {
            let data = epoll::EventData::new_u64(index as u64);
            let _ = epoll::add(&self.epoll, stream, data, epoll::EventFlags::IN);
        }
    }

    /// The viewer's connection is dropped.
    pub(crate) fn drop_viewer(&mut self, index: usize) {
        self.viewers[index].drop_connection();
    }

    /// Forgets all receipts so far.
    pub(crate) fn forget_receipts(&mut self) {
        self.viewers.iter_mut().for_each(Viewer::forget_receipts);
    }

    /// Serves the viewers for so long.
    pub(crate) fn run_for(&mut self, time: Duration) -> io::Result<()> {
        self.run_until(clock::monotonic_ns() + time.as_nanos() as u64)
    }

    /// Serves the viewers until the monotonic clock shows `at_ns`.
    pub(crate) fn run_until(&mut self, at_ns: u64) -> io::Result<()> {
        loop {
            let now = clock::monotonic_ns();
            if now >= at_ns {
                return Ok(());
            }
            self.turn(at_ns - now)?;
        }
    }

    /// Serves the viewers while `go_on`, for `limit` at most; whether `go_on` came to its end in time.
    pub(crate) fn run_while(
        &mut self,
        limit: Duration,
        mut go_on: impl FnMut(&Self) -> bool,
    ) -> io::Result<bool> {
        let end = clock::monotonic_ns() + limit.as_nanos() as u64;
        while go_on(self) {
            let now = clock::monotonic_ns();
            if now >= end {
                return Ok(false);
            }
            self.turn(LOOK_EVERY_NS.min(end - now))?;
        }
        Ok(true)
    }

    /// Waits for sockets for so long at most, and serves those that have something.
    fn turn(&mut self, wait_ns: u64) -> io::Result<()> {
        if self.viewers.iter().rev().filter(|viewer| viewer.stream().is_some()).take(CROWD).count() == CROWD {
            clock::sleep_until(clock::monotonic_ns() + REST_NS.min(wait_ns));
        }
        let mut events = Vec::with_capacity(1024);
        let timeout = clock::timespec(wait_ns);
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        for event in &events {
            let index = event.data.u64() as usize;
            let viewer = &mut self.viewers[index];
            if viewer.stream().is_none() {
                continue;
            }
            let flags = event.flags;
            if flags.contains(epoll::EventFlags::OUT) {
                viewer.send_request(self.content.wire());
                if let Some(stream) = viewer.stream() {
                    epoll::modify(&self.epoll, stream, event.data, epoll::EventFlags::IN)?;
                }
            }
            if flags.intersects(epoll::EventFlags::IN | epoll::EventFlags::ERR | epoll::EventFlags::HUP) {
                match viewer.read(&mut self.buffers, &mut self.content) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => viewer.broke(&error),
                }
            }
        }
        Ok(())
    }
}
