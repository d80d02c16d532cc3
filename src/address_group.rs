//! A peer's address as limits count it. Pure.
//!
//! One household or one machine has one IPv4 address, or an IPv6 network of 64 bits (RFC 4291 section 2.5.1), of which it
//! can take as many addresses as it likes.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
};

/// Bits of an IPv6 address that name the host in its network.
const HOST_BITS: u32 = 64;

/// What counts as one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AddressGroup(IpAddr);

impl AddressGroup {
    /// The group of `address`. IPv4 inside IPv6 is IPv4.
    pub(crate) fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> HOST_BITS << HOST_BITS))
            }
            address @ IpAddr::V4(_) => address,
        })
    }
}

impl fmt::Display for AddressGroup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(out),
            IpAddr::V6(network) => write!(out, "{network}/{}", 128 - HOST_BITS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_address() {
        let table = [
            ("127.0.0.1", "127.0.0.1"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("::1", "::/64"),
        ];
        for (address, group) in table {
            assert_eq!(
                AddressGroup::of(address.parse().expect("an address")).to_string(),
                group,
                "{address}"
            );
        }
    }
}
