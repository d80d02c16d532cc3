//! How many viewers and connections there may be: what was typed, and what is taken for what was not.

use crate::{
    args::DEFAULT_MAX_VIEWERS,
    http::{ConnectionBounds, ViewerBounds},
    limits,
};

/// Connections on which nobody watches, if not given.
const DEFAULT_MAX_CONNECTIONS: usize = 1024;
/// Any address may have this many viewers or connections where half of all is less: a household has as many.
const SMALLEST_SHARE: usize = 16;

/// Settings of the configuration file that are limits.
pub(super) const KEYS: [&str; 4] =
    ["max_viewers", "max_viewers_per_address", "max_connections", "max_connections_per_address"];

/// The limits as they were typed, in the order of [`KEYS`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TypedLimits([Option<usize>; KEYS.len()]);

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of viewers.
    pub viewers: ViewerBounds,
    /// Of connections on which nobody watches.
    pub connections: usize,
    /// The same, from one address.
    pub connections_per_address: usize,
}

impl TypedLimits {
    /// Sets the limit called `key`; whether there is one.
    pub(super) fn set(&mut self, key: &str, limit: usize) -> bool {
        let place = KEYS.iter().position(|known| *known == key);
        place.map(|place| self.0[place] = Some(limit)).is_some()
    }

    /// The limits, where `max_viewers` was typed on the command line or not.
    pub(super) fn check(self, max_viewers: Option<usize>) -> Limits {
        let [viewers, viewers_per_address, connections, connections_per_address] = self.0;
        let viewers = max_viewers.or(viewers).unwrap_or(DEFAULT_MAX_VIEWERS);
        let connections = connections.unwrap_or(DEFAULT_MAX_CONNECTIONS);
        Limits {
            viewers: ViewerBounds {
                all: viewers,
                per_address: viewers_per_address.unwrap_or_else(|| share(viewers)),
            },
            connections,
            connections_per_address: connections_per_address.unwrap_or_else(|| share(connections)),
        }
    }
}

/// What one address may have of `all`.
fn share(all: usize) -> usize {
    (all / 2).max(SMALLEST_SHARE).min(all)
}

impl Limits {
    /// The limits of connections, with those of the system.
    #[must_use]
    pub fn connection_bounds(&self) -> ConnectionBounds {
        ConnectionBounds {
            idle: self.connections,
            idle_per_address: self.connections_per_address,
            all: limits::connections(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_half_of_what_there_is() {
        type Typed = &'static [(&'static str, usize)];
        let checked = |typed: Typed, argument| {
            let mut limits = TypedLimits::default();
            assert!(typed.iter().all(|(key, limit)| limits.set(key, *limit)), "{typed:?}");
            let Limits { viewers, connections, connections_per_address } = limits.check(argument);
            (viewers.all, viewers.per_address, connections, connections_per_address)
        };
        let table: [(Typed, Option<usize>, _); 6] = [
            (&[], None, (2000, 1000, 1024, 512)),
            (&[("max_viewers", 40)], None, (40, 20, 1024, 512)),
            (&[("max_viewers", 20)], None, (20, 16, 1024, 512)),
            (&[("max_viewers", 20)], Some(2), (2, 2, 1024, 512)),
            (&[("max_viewers_per_address", 2000)], None, (2000, 2000, 1024, 512)),
            (&[("max_connections", 64), ("max_connections_per_address", 5)], None, (2000, 1000, 64, 5)),
        ];
        for (typed, argument, expected) in table {
            assert_eq!(checked(typed, argument), expected, "{typed:?} {argument:?}");
        }
        assert!(!TypedLimits::default().set("max_cameras", 1));
    }
}
