//! What a service is for, and where it listens.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use crate::{compat::System, config::Listen};

/// What a service is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// All our addresses.
    Http,
    /// The same, encrypted.
    Https,
    /// The page of a classic system.
    ClassicPage(System),
    /// Its WebSocket.
    ClassicSocket(System),
    /// The cameras by RTSP. By `default` the server does without, where the port is in use.
    Rtsp {
        /// Nobody asked for it.
        is_default: bool,
    },
}

impl Role {
    /// Whether a running service for this role can become one for the other: both speak HTTP, or both RTSP.
    pub(super) const fn speaks_as(self, other: Self) -> bool {
        matches!(self, Self::Rtsp { .. }) == matches!(other, Self::Rtsp { .. })
    }

    /// The option that says where it listens.
    pub(super) const fn option(self) -> &'static str {
        match self {
            Self::Rtsp { .. } => "--rtsp PORT",
            Self::Http | Self::Https | Self::ClassicPage(_) | Self::ClassicSocket(_) => "--listen",
        }
    }

    /// Whether the server does without it where it cannot be listened on.
    pub(super) const fn may_fail(self) -> bool {
        matches!(self, Self::Rtsp { is_default: true })
    }
}

/// Where a service listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// This port of every address of the machine.
    Any(u16),
    /// This address.
    At(SocketAddr),
}

impl Endpoint {
    /// The endpoints of our own addresses.
    pub(super) fn listed(listen: &Listen) -> Vec<Self> {
        match listen {
            Listen::Everywhere(port) => vec![Self::Any(*port)],
            Listen::At(addresses) => addresses.iter().copied().map(Self::At).collect(),
        }
    }

    /// `port` on each address that `listen` has; without those that are listed there, unless the system chooses the port.
    pub(super) fn on_port(port: u16, listen: &Listen) -> Vec<Self> {
        let all = match listen {
            Listen::Everywhere(_) => vec![Self::Any(port)],
            Listen::At(addresses) => {
                let hosts: BTreeSet<IpAddr> = addresses.iter().map(SocketAddr::ip).collect();
                hosts.into_iter().map(|host| Self::At(SocketAddr::new(host, port))).collect()
            }
        };
        let listed = Self::listed(listen);
        all.into_iter().filter(|endpoint| port == 0 || !listed.contains(endpoint)).collect()
    }

    /// Its port; 0 if the system chooses one.
    pub(super) const fn port(self) -> u16 {
        match self {
            Self::Any(port) => port,
            Self::At(address) => address.port(),
        }
    }
}
