//! What the configuration says about access, checked.

use std::sync::Arc;

use axum::http::HeaderName;

use super::{
    host::{self, HostName},
    link::Revoked,
    network::Network,
    user::{User, UserName},
};

/// What the state folder holds.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) users: Vec<User>,
    /// The file of users is there and cannot be read: nobody may take that for an open door.
    pub(super) is_broken: bool,
    pub(super) revoked: Revoked,
}

/// The rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Who has a password. While nobody has, anyone on a private network may watch.
    pub users: Vec<User>,
    /// Host names by which this server may be asked for, besides those of this machine.
    pub hosts: Vec<HostName>,
    /// Origins of other sites' pages that may use the cookie of somebody who has logged in here.
    pub origins: Vec<String>,
    /// Proxies whose word about their clients is taken.
    pub trusted_proxies: Vec<Network>,
    /// The header in which a trusted proxy names the user whom it let in.
    pub user_header: Option<HeaderName>,
    /// Whose pages may show ours in a frame, as a source list of a Content-Security-Policy; everybody's if `None`.
    pub frame_ancestors: Option<String>,
    /// Which links give nothing any more.
    pub revoked: Arc<Revoked>,
    /// Users out of the state folder, at the end of `users`.
    stored_users: usize,
    /// Users are kept in the state folder and cannot be read.
    is_locked: bool,
}

impl Rules {
    /// Whether a password is needed.
    #[must_use]
    pub fn need_password(&self) -> bool {
        !self.users.is_empty() || self.is_locked
    }

    /// The user called `name`.
    #[must_use]
    pub fn user(&self, name: &UserName) -> Option<&User> {
        self.users.iter().find(|user| user.name == *name)
    }

    /// Adds the name of this machine.
    pub(super) fn add_own_name(&mut self) {
        let own = rustix::system::uname();
        if let Some(own) = own.nodename().to_str().ok().and_then(|name| HostName::new(name).ok())
            && !self.hosts.contains(&own)
        {
            self.hosts.push(own);
        }
    }

    /// Whether browsers may ask for this server by this name.
    #[must_use]
    pub fn is_own_host(&self, name: &str) -> bool {
        host::is_allowed(&host::compared(name), &self.hosts)
    }

    /// These rules without what the state folder added.
    pub(super) fn configured(&self) -> Self {
        let mut rules = self.clone();
        rules.users.truncate(self.users.len() - self.stored_users);
        rules.stored_users = 0;
        rules.is_locked = false;
        rules
    }

    /// Adds what the state folder holds. A user of the configuration comes before one of the same name there.
    pub(super) fn add_stored(&mut self, stored: Stored) {
        self.revoked = Arc::new(stored.revoked);
        self.is_locked = stored.is_broken;
        for user in stored.users {
            if self.user(&user.name).is_none() {
                self.users.push(user);
                self.stored_users += 1;
            }
        }
    }
}
