//! `listen` and `--listen`: what was typed, and where it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::placed::Placed;
use crate::error::ServerError;

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// This port of every address, IPv6 and IPv4.
    Everywhere(u16),
    /// These addresses.
    At(Vec<SocketAddr>),
}

impl Listen {
    /// Its ports.
    pub(super) fn ports(&self) -> Vec<u16> {
        match self {
            Self::Everywhere(port) => vec![*port],
            Self::At(addresses) => addresses.iter().map(SocketAddr::port).collect(),
        }
    }

    /// The addresses that somebody means who has typed these; `default_port` where one has no port.
    ///
    /// # Errors
    /// When one is none, or two exclude each other.
    pub(super) fn from_texts(typed: &[Placed<String>], default_port: u16) -> Result<Self, ServerError> {
        if typed.is_empty() {
            return Ok(Self::Everywhere(default_port));
        }
        if let [(_, text)] = typed
            && let Some((None, port)) = host_and_port(text, default_port)
        {
            return Ok(Self::Everywhere(port));
        }
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for (place, text) in typed {
            let place = || place.clone();
            let (host, port) = host_and_port(text, default_port)
                .ok_or_else(|| ServerError::Listen { place: place(), address: text.clone() })?;
            let address = SocketAddr::new(host.unwrap_or(Ipv6Addr::UNSPECIFIED.into()), port);
            if let Some(other) = addresses.iter().find(|other| exclude_each_other(**other, address)) {
                return Err(ServerError::SameAddress { place: place(), address, other: *other });
            }
            addresses.push(address);
        }
        Ok(Self::At(addresses))
    }
}

/// The address that somebody means who types `127.0.0.1:8000`, `[::]:80`, `localhost:8000`, `:8000`, `8000` or `127.0.0.1`; without a
/// host, every address.
fn host_and_port(text: &str, default_port: u16) -> Option<(Option<IpAddr>, u16)> {
    let bare = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let text = bare.unwrap_or(text).trim_end_matches('/');
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((Some(address.ip()), address.port()));
    }
    if let Ok(host) = text.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(text).parse() {
        return Some((Some(host), default_port));
    }
    if text.eq_ignore_ascii_case("localhost") {
        return Some((Some(Ipv4Addr::LOCALHOST.into()), default_port));
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let port = port.parse().ok().filter(|_| port.bytes().all(|byte| byte.is_ascii_digit()))?;
    match host {
        "" | "*" => Some((None, port)),
        host if host.eq_ignore_ascii_case("localhost") => Some((Some(Ipv4Addr::LOCALHOST.into()), port)),
        _ => None,
    }
}

/// Whether only one of the two can be listened on. Every IPv6 address may include every IPv4 address, or not: that is the
/// system's choice.
fn exclude_each_other(one: SocketAddr, other: SocketAddr) -> bool {
    let same_family = one.is_ipv4() == other.is_ipv4();
    let same_host = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_family && same_host
}
