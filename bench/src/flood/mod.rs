//! Clients that do harm, one kind each: they send, connect or hold without end until they are stopped.
//!
//! ```text
//! thread of a scenario ─► Flood::run ─► messages: one connection, then the next when it is closed
//!                                       crowd:    connections held, the oldest replaced without a pause
//! ```
//! Everything goes to the address of a server on loopback that the bench has started.

mod crowd;
mod messages;

use std::{net::SocketAddr, sync::atomic::AtomicBool};

/// A kind of flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Flood {
    /// Pings without a byte.
    EmptyPings,
    /// Binary and text messages without a byte.
    EmptyMessages,
    /// Messages that go on in empty fragments.
    Fragments,
    /// Many requests at once on one connection, their answers read.
    Requests,
    /// A request that never ends, of 15 or 62 kB, on each of 3,000 connections.
    UnfinishedHeads,
    /// 3,000 connections on which nothing is said.
    Idle,
    /// 200 viewers that read nothing.
    SlowReaders,
    /// Viewers that leave when they have come.
    ComeAndGo,
    /// Motion JPEG with other settings each time.
    JpegSettings,
}

impl Flood {
    /// All of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::EmptyPings,
        Self::EmptyMessages,
        Self::Fragments,
        Self::Requests,
        Self::UnfinishedHeads,
        Self::Idle,
        Self::SlowReaders,
        Self::ComeAndGo,
        Self::JpegSettings,
    ];

    /// Its name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::EmptyPings => "empty pings",
            Self::EmptyMessages => "empty messages",
            Self::Fragments => "empty fragments",
            Self::Requests => "requests at once",
            Self::UnfinishedHeads => "unfinished heads",
            Self::Idle => "idle connections",
            Self::SlowReaders => "slow readers",
            Self::ComeAndGo => "come and go",
            Self::JpegSettings => "JPEG settings",
        }
    }

    /// Floods `address` until `stop`; how many connections were made.
    pub(crate) fn run(self, address: SocketAddr, stop: &AtomicBool) -> u64 {
        match self {
            Self::EmptyPings => messages::send(address, messages::EMPTY_PING, stop),
            Self::EmptyMessages => messages::send(address, messages::EMPTY_MESSAGES, stop),
            Self::Fragments => messages::send(address, messages::EMPTY_FRAGMENTS, stop),
            Self::Requests => messages::request(address, stop),
            Self::UnfinishedHeads => crowd::hold(address, 3_000, crowd::unfinished_head, stop),
            Self::Idle => crowd::hold(address, 3_000, |_| Vec::new(), stop),
            Self::SlowReaders => crowd::hold_still(address, 200, crowd::viewer, stop),
            Self::ComeAndGo => crowd::hold(address, 1, crowd::viewer, stop),
            Self::JpegSettings => crowd::hold(address, 16, crowd::jpeg_viewer, stop),
        }
    }
}
