//! Limits wrong passwords: five at once from an address, then one a second. Pure: time is an argument.
//!
//! IPv6 hosts have 2^64 addresses each, so a /64 counts as one address. Addresses that have not tried for a while are
//! forgotten, so the table stays small; when it is full, the one that is closest to being forgotten makes room.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
};

use lenscast_media::time::Moment;

/// Wrong passwords that an address may send at once.
const BURST: u64 = 5;
/// Microseconds until it may send another.
const INTERVAL_US: u64 = 1_000_000;
/// Addresses that are remembered.
const MAX_ADDRESSES: usize = 4096;

/// Wrong passwords by address.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// For each address, the moment from which it has all its attempts again.
    full_at: HashMap<IpAddr, Moment>,
}

impl Attempts {
    /// Whether an attempt from `address` may be made now. It is counted by [`Self::failed`].
    ///
    /// # Errors
    /// Microseconds to wait when it may not.
    pub(super) fn may_try(&self, address: IpAddr, now: Moment) -> Result<(), u64> {
        let Some(full_at) = self.full_at.get(&network(address)) else { return Ok(()) };
        let missing_us = full_at.micros_since(now);
        let allowed_us = (BURST - 1) * INTERVAL_US;
        if missing_us <= allowed_us { Ok(()) } else { Err(missing_us - allowed_us) }
    }

    /// Counts a wrong password from `address`.
    pub(super) fn failed(&mut self, address: IpAddr, now: Moment) {
        let network = network(address);
        if self.full_at.len() >= MAX_ADDRESSES {
            self.full_at.retain(|_, full_at| *full_at > now);
        }
        if self.full_at.len() >= MAX_ADDRESSES && !self.full_at.contains_key(&network) {
            let soonest = self.full_at.iter().min_by_key(|(_, full_at)| **full_at);
            if let Some(soonest) = soonest.map(|(address, _)| *address) {
                self.full_at.remove(&soonest);
            }
        }
        let full_at = self.full_at.entry(network).or_insert(now);
        *full_at = (*full_at).max(now).plus_micros(INTERVAL_US);
    }

    /// Takes the last one from `address` back: it was right.
    pub(super) fn succeeded(&mut self, address: IpAddr) {
        if let Some(full_at) = self.full_at.get_mut(&network(address)) {
            *full_at = Moment::from_micros(full_at.as_micros().saturating_sub(INTERVAL_US));
        }
    }
}

/// The address, or its /64 in IPv6. An IPv4 address in IPv6 is the IPv4 address.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !0 << 64)),
        canonical => canonical,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn five_at_once_then_one_a_second() {
        let mut attempts = Attempts::default();
        let start = Moment::from_micros(1_000_000_000);
        let (guesser, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for number in 0..5 {
            assert_eq!(attempts.may_try(guesser, start), Ok(()), "attempt {number}");
            attempts.failed(guesser, start);
        }
        assert_eq!(attempts.may_try(guesser, start), Err(INTERVAL_US));
        assert_eq!(attempts.may_try(other, start), Ok(()), "nobody else waits");
        let later = start.plus_micros(INTERVAL_US);
        assert_eq!(attempts.may_try(guesser, later), Ok(()));
        attempts.failed(guesser, later);
        assert_eq!(attempts.may_try(guesser, later), Err(INTERVAL_US));
        assert_eq!(attempts.may_try(guesser, later.plus_micros(BURST * INTERVAL_US)), Ok(()));
    }

    #[test]
    fn a_host_counts_as_one_address() {
        let table = [
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
            ("::ffff:192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
        ];
        for (one, other, same) in table {
            assert_eq!(network(address(one)) == network(address(other)), same, "{one} and {other}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut attempts = Attempts::default();
        let start = Moment::from_micros(1_000_000_000);
        for number in 0..5_000_u32 {
            attempts.failed(IpAddr::from(number.to_be_bytes()), start);
        }
        assert_eq!(attempts.full_at.len(), MAX_ADDRESSES);
        attempts.failed(address("192.0.2.1"), start.plus_micros(10 * INTERVAL_US));
        assert_eq!(attempts.full_at.len(), 1, "those that have all their attempts again are forgotten");
    }
}
