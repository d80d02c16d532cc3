//! Which classic systems are served, and on which ports: `--compat`, checked.

use std::path::PathBuf;

use super::{Folder, FolderError, TypedCompat};

/// A classic system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// picamera + ws4py + Broadway: H.264 by NAL unit.
    Broadway,
    /// pistreaming: MPEG-1 to jsmpg.js.
    Pistreaming,
}

impl System {
    const ALL: [Self; 2] = [Self::Broadway, Self::Pistreaming];

    /// Its name on the command line and in the build.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broadway => "broadway",
            Self::Pistreaming => "pistreaming",
        }
    }

    /// The ports of the original system.
    #[must_use]
    pub const fn default_ports(self) -> Ports {
        match self {
            Self::Broadway => Ports { page: 8000, socket: 9000 },
            Self::Pistreaming => Ports { page: 8082, socket: 8084 },
        }
    }
}

/// The ports of a system; 0 stands for any free port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Of its page.
    pub page: u16,
    /// Of its WebSocket.
    pub socket: u16,
}

/// A system that is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The system.
    pub system: System,
    /// Its ports.
    pub ports: Ports,
    /// The user's page folder, instead of our page.
    pub folder: Option<Folder>,
}

/// Why a system cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum CompatError {
    /// An unknown system.
    #[error("{0:?} is none of the classic systems: broadway, pistreaming")]
    Unknown(String),
    /// Not two ports.
    #[error("{0:?} is not two ports: PAGE,WS, such as {page},{socket}", page = .1.page, socket = .1.socket)]
    Ports(String, Ports),
    /// One port used twice.
    #[error("port {0} is used twice: by {1} and by {2}")]
    SamePort(u16, String, String),
    /// A folder that cannot be served.
    #[error("static {}: {error}", path.display())]
    Folder {
        /// What was typed.
        path: PathBuf,
        /// What is wrong with it.
        error: FolderError,
    },
}

impl Config {
    /// Checks what was typed.
    ///
    /// # Errors
    /// What is wrong, and what is allowed.
    pub fn check(typed: &TypedCompat) -> Result<Self, CompatError> {
        let (name, ports) = match typed.system.split_once('=') {
            Some((name, ports)) => (name, Some(ports)),
            None => (typed.system.as_str(), None),
        };
        let system = System::ALL.into_iter().find(|system| system.name() == name);
        let system = system.ok_or_else(|| CompatError::Unknown(name.to_owned()))?;
        let ports = ports.map_or(Ok(system.default_ports()), |text| {
            let pair = text.split_once(',').and_then(|(page, socket)| {
                Some(Ports { page: page.trim().parse().ok()?, socket: socket.trim().parse().ok()? })
            });
            pair.ok_or_else(|| CompatError::Ports(text.to_owned(), system.default_ports()))
        })?;
        let folder = typed.folder.as_ref().map(|path| {
            Folder::open(path).map_err(|error| CompatError::Folder { path: path.clone(), error })
        });
        Ok(Self { system, ports, folder: folder.transpose()? })
    }
}

/// Checks that all ports are different; only a page may share one of `ours`.
///
/// # Errors
/// The first port that is used twice.
pub fn check_ports(systems: &[Config], ours: &[u16]) -> Result<(), CompatError> {
    let mut sockets: Vec<(u16, String)> = ours.iter().map(|port| (*port, "listen".to_owned())).collect();
    let mut pages: Vec<(u16, String)> = Vec::new();
    let find = |taken: &[(u16, String)], port: u16| {
        taken.iter().find(|(other, _)| port != 0 && *other == port).map(|(_, name)| name.clone())
    };
    for Config { system, ports, .. } in systems {
        let named = |what: &str| format!("the {what} of {}", system.name());
        let (page, socket) = (named("page"), named("WebSocket"));
        if let Some(other) = find(&pages, ports.page).or_else(|| find(&sockets[ours.len()..], ports.page)) {
            return Err(CompatError::SamePort(ports.page, other, page));
        }
        pages.push((ports.page, page));
        if let Some(other) = find(&sockets, ports.socket).or_else(|| find(&pages, ports.socket)) {
            return Err(CompatError::SamePort(ports.socket, other, socket));
        }
        sockets.push((ports.socket, socket));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Config, CompatError> {
        Config::check(&TypedCompat { system: text.to_owned(), folder: None })
    }

    #[test]
    fn systems_and_ports() {
        let table = [
            ("broadway", Ok((System::Broadway, 8000, 9000))),
            ("pistreaming", Ok((System::Pistreaming, 8082, 8084))),
            ("broadway=80,81", Ok((System::Broadway, 80, 81))),
            ("pistreaming=0, 0", Ok((System::Pistreaming, 0, 0))),
            ("jmuxer", Err("\"jmuxer\" is none of the classic systems: broadway, pistreaming")),
            ("", Err("is none of")),
            ("broadway=", Err("\"\" is not two ports: PAGE,WS, such as 8000,9000")),
            ("pistreaming=80", Err("such as 8082,8084")),
            ("broadway=80,81,82", Err("not two ports")),
            ("broadway=80,99999", Err("not two ports")),
        ];
        for (text, expected) in table {
            match (check(text), expected) {
                (Ok(config), Ok((system, page, socket))) => {
                    assert_eq!((config.system, config.ports), (system, Ports { page, socket }), "{text}");
                }
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (checked, _) => panic!("{text}: {checked:?}"),
            }
        }
    }

    #[test]
    fn only_a_page_may_share_a_port_with_ours() {
        let table: [(&[&str], &[u16], Option<&str>); 8] = [
            (&["broadway", "pistreaming"], &[8000], None),
            (&["broadway=0,0", "pistreaming=0,0"], &[0], None),
            (
                &["broadway"],
                &[9000],
                Some("port 9000 is used twice: by listen and by the WebSocket of broadway"),
            ),
            (&["broadway=80,80"], &[1], Some("port 80")),
            (
                &["broadway=1,2", "pistreaming=1,3"],
                &[9],
                Some("by the page of broadway and by the page of p"),
            ),
            (&["broadway=1,2", "pistreaming=2,3"], &[9], Some("port 2")),
            (&["broadway=1,2", "pistreaming=3,1"], &[9], Some("port 1")),
            (&["broadway=1,2", "pistreaming=3,2"], &[9], Some("port 2")),
        ];
        for (systems, ours, expected) in table {
            let systems: Vec<_> = systems.iter().map(|text| check(text).expect("allowed")).collect();
            let found = check_ports(&systems, ours).err().map(|error| error.to_string());
            assert_eq!(found.is_some(), expected.is_some(), "{found:?}");
            assert!(found.unwrap_or_default().contains(expected.unwrap_or_default()), "{expected:?}");
        }
    }
}
