//! Who may do what. Every request to every service passes through `http/guard`, which asks [`Access::enter`] for a [`Grant`].
//!
//! ```text
//! request ─► Host allowed? ─► credential? ─► Grant { who, right, cameras } ─► routes ─► CameraOf asks the grant
//!               421            401, 429          ▲                                         403
//!                                                └ nobody has a password yet: anyone on a private network
//! ```
//! Credentials, in this order: a link's token (in the path, in `?token=`, as Bearer, as the password of Basic), a session's
//! cookie, a link's cookie, a trusted proxy's header, HTTP Basic. Grants are asked again while viewers watch: whose password
//! changes or whose link ends is disconnected.

mod attempts;
mod calendar;
mod client;
pub mod command;
mod credentials;
mod denied;
mod enter;
mod grant;
mod host;
mod key;
mod link;
mod links;
mod made_links;
mod network;
mod password;
mod passwords;
mod right;
mod rules;
mod session;
mod state;
mod store;
mod table;
mod user;

pub use self::{
    calendar::now_s,
    client::{Client, forwarded_host},
    command::AddError,
    credentials::{Credentials, LINK_COOKIE, SECURE_PREFIX, SESSION_COOKIE},
    denied::Denied,
    enter::Entry,
    grant::{Grant, GrantEnd},
    host::{HostName, HostNameError, is_from_own_page},
    link::{Link, LinkName},
    links::LinkRefused,
    network::{Network, NetworkError},
    password::{CheckedHash, HashError, PasswordError},
    right::{Right, Scope, UnknownRight},
    rules::Rules,
    session::SESSION_S,
    state::Access,
    table::{FileError, TableError, access_table, user_tables},
    user::{NameError, User, UserName},
};
