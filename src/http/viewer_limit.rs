//! Limits how many viewers there are at once: each costs memory, and all of them share the network. An address may have its
//! share only, so that one never keeps out all others.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::connection_limit::{ConnectionPlace, Watching};
use crate::{address_group::AddressGroup, log_limiter::LogLimiter};

/// Log at most one rejected viewer per interval; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// How many viewers there may be at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewerBounds {
    /// From everywhere.
    pub all: usize,
    /// From one address.
    pub per_address: usize,
}

/// The bounds, and how many viewers there are. Copies share both.
#[derive(Clone, Debug)]
pub struct ViewerLimit(Arc<Mutex<Viewers>>);

#[derive(Debug)]
struct Viewers {
    bounds: ViewerBounds,
    all: usize,
    of_address: HashMap<AddressGroup, usize>,
    rejections: LogLimiter,
}

/// Which limit is reached, as a sentence for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewerLimitReached {
    /// Of all viewers.
    #[error("The viewer limit ({0}) is reached")]
    All(usize),
    /// Of those from the same address.
    #[error("The limit of viewers from one address ({0}) is reached")]
    Address(usize),
}

/// Allows one viewer; dropping it makes room for another.
#[derive(Debug)]
pub struct Permit {
    limit: ViewerLimit,
    group: AddressGroup,
    _watching: Option<Watching>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limit.viewers().remove(self.group);
    }
}

impl ViewerLimit {
    /// No viewers yet.
    #[must_use]
    pub fn new(bounds: ViewerBounds) -> Self {
        let rejections = LogLimiter::new(LOG_INTERVAL);
        Self(Arc::new(Mutex::new(Viewers { bounds, all: 0, of_address: HashMap::new(), rejections })))
    }

    /// Changes the bounds. Viewers who have a permit keep it.
    pub fn set_bounds(&self, bounds: ViewerBounds) {
        self.viewers().bounds = bounds;
    }

    /// Whether one address may have no more than a part of what there is, so that others get something, too.
    #[must_use]
    pub fn has_shares(&self) -> bool {
        let ViewerBounds { all, per_address } = self.viewers().bounds;
        per_address < all
    }

    /// A permit for the viewer at `remote`, whose connection is at `place`.
    ///
    /// # Errors
    /// When a limit is reached.
    pub fn acquire(
        &self,
        remote: SocketAddr,
        place: Option<&ConnectionPlace>,
    ) -> Result<Permit, ViewerLimitReached> {
        let group = AddressGroup::of(remote.ip());
        let mut viewers = self.viewers();
        if let Err(reached) = viewers.add(group) {
            if let Some(others) = viewers.rejections.event(Instant::now()) {
                match reached {
                    ViewerLimitReached::All(limit) => {
                        tracing::warn!(%remote, limit, others, "viewer limit reached");
                    }
                    ViewerLimitReached::Address(limit) => tracing::warn!(
                        %remote, limit, others,
                        "viewer limit of an address reached (max_viewers_per_address raises it)"
                    ),
                }
            }
            return Err(reached);
        }
        drop(viewers);
        Ok(Permit { limit: self.clone(), group, _watching: place.map(ConnectionPlace::watch) })
    }

    fn viewers(&self) -> MutexGuard<'_, Viewers> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl Viewers {
    fn add(&mut self, group: AddressGroup) -> Result<(), ViewerLimitReached> {
        if self.all >= self.bounds.all {
            return Err(ViewerLimitReached::All(self.bounds.all));
        }
        if self.of_address.get(&group).copied().unwrap_or(0) >= self.bounds.per_address {
            return Err(ViewerLimitReached::Address(self.bounds.per_address));
        }
        self.all += 1;
        *self.of_address.entry(group).or_insert(0) += 1;
        Ok(())
    }

    fn remove(&mut self, group: AddressGroup) {
        self.all -= 1;
        if let Some(count) = self.of_address.get_mut(&group) {
            *count -= 1;
            if *count == 0 {
                self.of_address.remove(&group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_others() {
        let limit = ViewerLimit::new(ViewerBounds { all: 3, per_address: 2 });
        let acquire =
            |address: &str| limit.acquire(format!("{address}:1").parse().expect("an address"), None);
        let mut permits = vec![acquire("192.0.2.1").expect("room"), acquire("192.0.2.1").expect("room")];
        assert_eq!(acquire("[::ffff:192.0.2.1]").err(), Some(ViewerLimitReached::Address(2)));
        permits.push(acquire("[2001:db8::1]").expect("room"));
        assert_eq!(acquire("[2001:db8::2]").err(), Some(ViewerLimitReached::All(3)));
        permits.remove(0);
        permits.push(acquire("[2001:db8::2]").expect("room"));
        permits.clear();
        assert!(limit.viewers().of_address.is_empty());
        assert!(limit.has_shares());
        limit.set_bounds(ViewerBounds { all: 3, per_address: 3 });
        assert!(!limit.has_shares());
    }
}
