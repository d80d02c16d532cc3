//! What this machine is called on its networks: its addresses and its name.

use std::net::IpAddr;

/// Addresses of this machine on its networks, without loopback and link-local ones.
pub(crate) fn local_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    let mut addresses: Vec<_> = interfaces.iter().map(if_addrs::Interface::ip).filter(is_reachable).collect();
    addresses.sort_by_key(IpAddr::is_ipv6);
    addresses
}

fn is_reachable(ip: &IpAddr) -> bool {
    let link_local = match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    };
    !ip.is_loopback() && !link_local
}

/// The name by which this machine is found on its network: its own, with `.local` where that has no domain.
pub(crate) fn host_name() -> Option<String> {
    own_name().map(|name| if name.contains('.') { name } else { format!("{name}.local") })
}

/// The name that was given to this machine.
pub(crate) fn own_name() -> Option<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_str().ok()?;
    let is_given = !name.is_empty() && name != "localhost" && name != "(none)";
    is_given.then(|| name.to_owned())
}
