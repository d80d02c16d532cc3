//! What the local authority may sign for: names and addresses that belong to nobody on the Internet. A device that trusts it is
//! safe even from whoever steals its key: they can show a certificate for none of anybody's sites.

use std::net::IpAddr;

/// Ends of names that are never registered with anybody: RFC 6761, 6762, 8375, and those that routers at home use.
pub(super) const NAMES: [&str; 8] =
    ["localhost", "local", "home.arpa", "internal", "lan", "home", "localdomain", "test"];

/// Networks that are nobody's, as address and length of the prefix: loopback, RFC 1918, link-local, RFC 6598 (Tailscale), RFC 4193.
pub(super) const NETWORKS: [(IpAddr, u8); 9] = [
    (v4([127, 0, 0, 0]), 8),
    (v4([10, 0, 0, 0]), 8),
    (v4([172, 16, 0, 0]), 12),
    (v4([192, 168, 0, 0]), 16),
    (v4([169, 254, 0, 0]), 16),
    (v4([100, 64, 0, 0]), 10),
    (v6([0, 0, 0, 0, 0, 0, 0, 1]), 128),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0]), 10),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0]), 7),
];

const fn v4([a, b, c, d]: [u8; 4]) -> IpAddr {
    IpAddr::V4(std::net::Ipv4Addr::new(a, b, c, d))
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8]) -> IpAddr {
    IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, e, f, g, h))
}

/// Whether `address` is in one of [`NETWORKS`].
pub(super) fn has_address(address: IpAddr) -> bool {
    NETWORKS.iter().any(|(network, bits)| match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (network.to_bits() ^ address.to_bits()) >> (32 - bits) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => {
            (network.to_bits() ^ address.to_bits()) >> (128 - bits) == 0
        }
        _ => false,
    })
}

/// Whether `name` is `end`, or ends with it behind a dot.
pub(super) fn is_below(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_nobody() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.20",
            "100.127.0.1",
            "::1",
            "fe80::1",
            "fd12::1",
        ] {
            assert!(has_address(address.parse().expect("an address")), "{address}");
        }
        for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "0.0.0.0", "::2", "2001:db8::1", "fec0::1"] {
            assert!(!has_address(address.parse().expect("an address")), "{address}");
        }
    }

    #[test]
    fn names_below_an_end() {
        let table = [
            ("pi.local", "local", true),
            ("local", "local", true),
            ("pilocal", "local", false),
            ("a.b", "b.a", false),
        ];
        for (name, end, expected) in table {
            assert_eq!(is_below(name, end), expected, "{name} {end}");
        }
    }
}
