//! What decides about requests: rules that change while the server runs, the key, and the passwords that are being checked.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

use tokio::sync::watch;

use super::{
    calendar::now_s,
    command::{AddError, add_user_to},
    denied::Denied,
    key::Key,
    link::Revoked,
    password::CheckedHash,
    passwords::{Passwords, SharedPasswords},
    right::{Right, Scope},
    rules::Rules,
    session,
    store::Store,
    user::{User, UserName},
};
use crate::{clock::Clock, log_limiter::LogLimiter};

/// Log at most one wrong password per interval; count the rest.
const LOG_INTERVAL: Duration = Duration::from_secs(10);

/// What decides about requests, shared by all services.
#[derive(Clone, Debug)]
pub struct Access(pub(super) Arc<Shared>);

#[derive(Debug)]
pub(super) struct Shared {
    rules: RwLock<Arc<Rules>>,
    /// Counts changes of the rules.
    pub(super) changes: watch::Sender<u64>,
    pub(super) store: Store,
    key: Mutex<Option<Key>>,
    /// Held while the first user or a link is made, which there is one of a name of, and while a link is revoked.
    pub(super) adding: Mutex<()>,
    pub(super) passwords: SharedPasswords,
    /// Limits the log lines about wrong passwords.
    pub(super) refusals: Mutex<LogLimiter>,
    pub(super) clock: Clock,
}

impl Access {
    /// Access by `rules`; the key, links' revocations and users who were added by the page are in `state`, if there is one.
    ///
    /// # Errors
    /// When the system gives no random numbers, or what is in the state folder cannot be read.
    pub fn new(rules: Rules, state: Option<PathBuf>, clock: Clock) -> std::io::Result<Self> {
        let store = Store::new(state);
        let access = Self(Arc::new(Shared {
            rules: RwLock::default(),
            changes: watch::Sender::new(0),
            store,
            key: Mutex::default(),
            adding: Mutex::default(),
            passwords: Arc::new(Passwords::new(Key::random()?)),
            refusals: Mutex::new(LogLimiter::new(LOG_INTERVAL)),
            clock,
        }));
        access.set_rules(rules);
        Ok(access)
    }

    /// Replaces the rules. Users of the state folder are added to them.
    pub fn set_rules(&self, mut rules: Rules) {
        rules.add_own_name();
        rules.add_stored(self.0.store.read());
        let mut current = self.0.rules.write().expect("no holder of this lock panics");
        if **current != rules {
            *current = Arc::new(rules);
            drop(current);
            self.0.changes.send_modify(|count| *count += 1);
        }
    }

    /// Reads the state folder again, if it has changed.
    pub fn look_again(&self) {
        if self.0.store.has_changed() {
            let configured = self.rules().configured();
            self.set_rules(configured);
        }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.0.rules.read().expect("no holder of this lock panics"))
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// The server's key, made when it is first needed.
    ///
    /// # Errors
    /// When it can neither be read nor made.
    pub(super) fn key(&self) -> std::io::Result<Key> {
        let mut key = self.0.key.lock().expect("no holder of this lock panics");
        if let Some(key) = key.as_ref() {
            return Ok(key.clone());
        }
        let made = match self.0.store.folder() {
            Some(folder) => Key::of_folder(folder)?,
            None => Key::random()?,
        };
        *key = Some(made.clone());
        Ok(made)
    }

    /// The cookie's value of a session that begins now.
    ///
    /// # Errors
    /// When the key cannot be had.
    pub fn begin_session(&self, user: &User) -> Result<String, Denied> {
        Ok(session::begin(user, &self.key_or_denied()?, now_s()))
    }

    /// Makes the first user, who may do everything, and keeps it in the state folder.
    ///
    /// # Errors
    /// When the name or the password is not allowed, there is nowhere to keep them, or somebody was faster.
    pub fn add_first_user(&self, name: &str, password: &str) -> Result<User, AddError> {
        let file = self.0.store.users_file().ok_or(AddError::NoFolder)?;
        let (name, password) = (UserName::new(name)?, CheckedHash::of(password)?);
        let user = User { name, password, right: Right::Admin, scope: Scope::All };
        let _alone = self.0.adding.lock().expect("no holder of this lock panics");
        if self.rules().need_password() {
            return Err(AddError::NotFirst);
        }
        add_user_to(&file, &user)?;
        self.look_again();
        Ok(user)
    }

    pub(super) fn key_or_denied(&self) -> Result<Key, Denied> {
        self.key().map_err(|error| {
            tracing::error!("access key not read: {error}");
            Denied::Broken
        })
    }

    pub(super) fn revoked(&self) -> Arc<Revoked> {
        Arc::clone(&self.rules().revoked)
    }
}
