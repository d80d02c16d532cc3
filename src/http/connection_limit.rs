//! Limits the connections that are open at once. Viewers have a limit of their own (`viewer_limit.rs`); this one is for the
//! connections on which nobody watches: unfinished requests, short answers, and those kept alive for the next request.
//!
//! ```text
//! accept ─► room? ─ yes ─► ConnectionPermit, held by the Connection ─ a viewer begins ─► does not count until it ends
//!             └ no ─► one was quiet for 1 s? ─ yes ─► it is closed and makes room
//!                                            └ no ──► 503
//! ```
//! What an address may have is a share of the whole, so that one address never keeps out all others. In all, connections
//! leave some file descriptors to cameras and files (`limits.rs`).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::{address_group::AddressGroup, log_limiter::LogLimiter};

/// Log at most one refused connection per interval; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);
/// A connection on which no request has begun for this long may be closed to make room.
const QUIET_AFTER: Duration = Duration::from_secs(1);

/// How many connections there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionBounds {
    /// On which nobody watches.
    pub idle: usize,
    /// The same, from one address.
    pub idle_per_address: usize,
    /// Of all kinds, viewers too: as many as the system has file descriptors for.
    pub all: usize,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionRefused {
    /// There are too many from everywhere.
    #[error("There are {0} connections already that watch nothing (max_connections)")]
    TooMany(usize),
    /// There are too many from this address.
    #[error(
        "There are {0} connections from this address already that watch nothing (max_connections_per_address)"
    )]
    TooManyFromAddress(usize),
    /// The system has no file descriptors for more.
    #[error(
        "There are {0} connections already, for which file descriptors suffice (ulimit -n, LimitNOFILE=)"
    )]
    NoFiles(usize),
}

/// The bounds, and the connections that there are. Copies share both.
#[derive(Clone, Debug)]
pub struct ConnectionLimit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connections: Mutex<Connections>,
    refusals: Mutex<LogLimiter>,
}

/// A connection's place. Dropping it makes room for another.
#[derive(Debug)]
pub struct ConnectionPermit {
    limit: ConnectionLimit,
    number: u64,
    make_room: CancellationToken,
}

/// The same place, for those who answer requests on the connection.
#[derive(Clone, Debug)]
pub struct ConnectionPlace {
    limit: ConnectionLimit,
    number: u64,
}

/// Somebody watches on the connection, which counts as a viewer's while this is there.
#[derive(Debug)]
pub(super) struct Watching(ConnectionPlace);

impl ConnectionLimit {
    /// No connections yet.
    #[must_use]
    pub fn new(bounds: ConnectionBounds) -> Self {
        let connections = Connections::new(bounds);
        let refusals = Mutex::new(LogLimiter::new(LOG_INTERVAL));
        Self(Arc::new(Shared { connections: Mutex::new(connections), refusals }))
    }

    /// Changes the bounds. Connections that are open stay.
    pub fn set_bounds(&self, bounds: ConnectionBounds) {
        self.connections().bounds = bounds;
    }

    /// How many connections have ended.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.connections().ended
    }

    /// A place for a connection from `remote`.
    ///
    /// # Errors
    /// When there is none: why.
    pub fn acquire(&self, remote: SocketAddr) -> Result<ConnectionPermit, ConnectionRefused> {
        let now = Instant::now();
        let added = self.connections().add(AddressGroup::of(remote.ip()), now);
        match added {
            Ok((number, make_room)) => Ok(ConnectionPermit { limit: self.clone(), number, make_room }),
            Err(refused) => {
                let mut refusals = self.0.refusals.lock().expect("no holder of this lock panics");
                if let Some(others) = refusals.event(now.into_std()) {
                    tracing::warn!(%remote, others, "connection refused: {refused}");
                }
                Err(refused)
            }
        }
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.0.connections.lock().expect("no holder of this lock panics")
    }
}

impl ConnectionPermit {
    /// Cancelled when the connection is to make room for another.
    pub(super) fn make_room(&self) -> CancellationToken {
        self.make_room.clone()
    }

    /// For those who answer requests on the connection.
    pub(super) fn place(&self) -> ConnectionPlace {
        ConnectionPlace { limit: self.limit.clone(), number: self.number }
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.limit.connections().remove(self.number);
    }
}

impl ConnectionPlace {
    /// A request has begun: the connection is not quiet.
    pub(crate) fn request_begins(&self) {
        self.limit.connections().request_begins(self.number, Instant::now());
    }

    /// Somebody watches from now on.
    pub(super) fn watch(&self) -> Watching {
        self.limit.connections().change_viewers(self.number, |viewers| viewers + 1);
        Watching(self.clone())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.0.limit.connections().change_viewers(self.0.number, |viewers| viewers - 1);
    }
}

/// The open connections, by number.
#[derive(Debug)]
struct Connections {
    bounds: ConnectionBounds,
    next: u64,
    open: BTreeMap<u64, Open>,
    /// Of each address the connections on which nobody watches, the quietest first: a flood costs no search.
    idle: HashMap<AddressGroup, BTreeSet<(Instant, u64)>>,
    idle_count: usize,
    ended: u64,
}

#[derive(Debug)]
struct Open {
    group: AddressGroup,
    /// Who watches on it: one, or nobody.
    viewers: usize,
    last_request_at: Instant,
    /// Set when it was chosen to make room: it does not count any more.
    is_leaving: bool,
    make_room: CancellationToken,
}

impl Open {
    const fn is_idle(&self) -> bool {
        self.viewers == 0 && !self.is_leaving
    }
}

impl Connections {
    fn new(bounds: ConnectionBounds) -> Self {
        Self { bounds, next: 0, open: BTreeMap::new(), idle: HashMap::new(), idle_count: 0, ended: 0 }
    }

    fn add(
        &mut self,
        group: AddressGroup,
        now: Instant,
    ) -> Result<(u64, CancellationToken), ConnectionRefused> {
        let bounds = self.bounds;
        if self.open.len() >= bounds.all {
            // Its descriptor is free only after its task has run, so this one is refused all the same.
            let _ = self.make_room(now, self.quietest());
            return Err(ConnectionRefused::NoFiles(bounds.all));
        }
        let of_group = self.idle.get(&group);
        if of_group.map_or(0, BTreeSet::len) >= bounds.idle_per_address
            && !self.make_room(now, of_group.and_then(BTreeSet::first).copied())
        {
            return Err(ConnectionRefused::TooManyFromAddress(bounds.idle_per_address));
        }
        if self.idle_count >= bounds.idle && !self.make_room(now, self.quietest()) {
            return Err(ConnectionRefused::TooMany(bounds.idle));
        }
        let (number, make_room) = (self.next, CancellationToken::new());
        self.next += 1;
        let token = make_room.clone();
        let open = Open { group, viewers: 0, last_request_at: now, is_leaving: false, make_room };
        self.open.insert(number, open);
        self.count_idle(group, now, number);
        Ok((number, token))
    }

    /// The idle connection that is quiet for the longest time.
    fn quietest(&self) -> Option<(Instant, u64)> {
        self.idle.values().filter_map(BTreeSet::first).min().copied()
    }

    /// Closes the connection `quietest`, if it was quiet for long enough; whether it was.
    fn make_room(&mut self, now: Instant, quietest: Option<(Instant, u64)>) -> bool {
        let quietest = quietest.filter(|(last, _)| now.duration_since(*last) >= QUIET_AFTER);
        let Some((number, open)) =
            quietest.and_then(|(_, number)| Some((number, self.open.get_mut(&number)?)))
        else {
            return false;
        };
        open.is_leaving = true;
        open.make_room.cancel();
        let (group, last_request_at) = (open.group, open.last_request_at);
        self.uncount_idle(group, last_request_at, number);
        true
    }

    fn remove(&mut self, number: u64) {
        self.ended += 1;
        if let Some(open) = self.open.remove(&number)
            && open.is_idle()
        {
            self.uncount_idle(open.group, open.last_request_at, number);
        }
    }

    fn request_begins(&mut self, number: u64, now: Instant) {
        let Some(open) = self.open.get_mut(&number) else { return };
        let before = std::mem::replace(&mut open.last_request_at, now);
        if open.is_idle() {
            let group = open.group;
            self.uncount_idle(group, before, number);
            self.count_idle(group, now, number);
        }
    }

    fn change_viewers(&mut self, number: u64, change: impl Fn(usize) -> usize) {
        let Some(open) = self.open.get_mut(&number) else { return };
        let was_idle = open.is_idle();
        open.viewers = change(open.viewers);
        let (is_idle, group, last_request_at) = (open.is_idle(), open.group, open.last_request_at);
        match (was_idle, is_idle) {
            (true, false) => self.uncount_idle(group, last_request_at, number),
            (false, true) => self.count_idle(group, last_request_at, number),
            _ => {}
        }
    }

    fn count_idle(&mut self, group: AddressGroup, last_request_at: Instant, number: u64) {
        self.idle.entry(group).or_default().insert((last_request_at, number));
        self.idle_count += 1;
    }

    fn uncount_idle(&mut self, group: AddressGroup, last_request_at: Instant, number: u64) {
        let Some(idle) = self.idle.get_mut(&group) else { return };
        self.idle_count -= usize::from(idle.remove(&(last_request_at, number)));
        if idle.is_empty() {
            self.idle.remove(&group);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: ConnectionBounds = ConnectionBounds { idle: 6, idle_per_address: 4, all: 8 };

    fn group(last: u8) -> AddressGroup {
        AddressGroup::of([192, 0, 2, last].into())
    }

    #[test]
    fn an_address_has_its_share_and_all_together_have_theirs() {
        let now = Instant::now();
        let mut all = Connections::new(BOUNDS);
        let added: Vec<_> = (0..4).map(|_| all.add(group(1), now).expect("room").0).collect();
        assert_eq!(all.add(group(1), now).err(), Some(ConnectionRefused::TooManyFromAddress(4)));
        for _ in 0..2 {
            assert!(all.add(group(2), now).is_ok());
        }
        assert_eq!(all.add(group(3), now).err(), Some(ConnectionRefused::TooMany(6)));
        all.change_viewers(added[0], |viewers| viewers + 1);
        assert!(all.add(group(1), now).is_ok(), "a viewer does not count");
        all.change_viewers(added[1], |viewers| viewers + 1);
        assert!(all.add(group(3), now).is_ok());
        all.change_viewers(added[2], |viewers| viewers + 1);
        assert_eq!(all.add(group(3), now).err(), Some(ConnectionRefused::NoFiles(8)), "viewers are files");
        all.remove(added[2]);
        assert!(all.add(group(3), now).is_ok());
        for number in all.open.keys().copied().collect::<Vec<_>>() {
            all.remove(number);
        }
        assert!(all.idle.is_empty() && all.open.is_empty() && all.idle_count == 0);
    }

    #[test]
    fn the_quietest_makes_room() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut all = Connections::new(BOUNDS);
        let added: Vec<_> = (0..4).map(|number| all.add(group(1), at(number)).expect("room")).collect();
        all.change_viewers(added[0].0, |viewers| viewers + 1);
        assert!(all.add(group(1), at(4)).is_ok());
        all.request_begins(added[1].0, at(900));
        assert!(all.add(group(1), at(1_001)).is_err(), "all were heard of within a second");
        assert!(all.add(group(1), at(1_002)).is_ok());
        let left: Vec<bool> = added.iter().map(|(_, make_room)| make_room.is_cancelled()).collect();
        assert_eq!(left, [false, false, true, false], "neither who watches nor who has just asked");
        for (number, _) in &added {
            all.remove(*number);
        }
        assert_eq!((all.open.len(), all.idle[&group(1)].len(), all.idle_count), (2, 2, 2));
    }
}
