//! Checks passwords: one at a time and on no thread that serves, for a check is meant to be slow. What was right a moment ago is
//! remembered, since programs send their password with each request.
//!
//! ```text
//! name, password ─► remembered? ─► may this address try? ─► a place in the queue ─► argon2id ─► remembered for 5 min
//! ```

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard},
};

use lenscast_media::time::Moment;
use tokio::sync::Semaphore;

use super::{
    attempts::Attempts,
    key::{Key, Purpose},
    password::{CheckedHash, MAX_PASSWORD_BYTES},
    user::User,
};

/// Passwords that wait to be checked, besides the one that is being checked.
const MAX_WAITING: usize = 16;
/// How long a right password is remembered, in microseconds.
const REMEMBERED_US: u64 = 5 * 60 * 1_000_000;
/// Right passwords that are remembered.
const MAX_REMEMBERED: usize = 1024;
/// Of a password that nobody knows: an unknown name takes as long as a wrong password.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=12288,t=3,p=1$bm9ib2R5J3Mgc2FsdCE$hHmyeDzfoNDjqnYbtQp+zXm9OjzZsI2D4KWGSr8aM2U";

/// Why a password was not found to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotRight {
    /// The name or the password is wrong.
    Wrong,
    /// This address has sent too many wrong ones, or too many are being checked: seconds to wait.
    TooMany {
        /// Seconds, at least 1.
        wait_s: u64,
    },
}

/// Checks passwords.
#[derive(Debug)]
pub(super) struct Passwords {
    /// For what is remembered. It leaves the process nowhere.
    key: Key,
    state: Mutex<State>,
    queue: Arc<Semaphore>,
    worker: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct State {
    attempts: Attempts,
    /// Signatures of name, hash and password, and until when they are remembered.
    remembered: HashMap<String, Moment>,
}

impl Passwords {
    pub(super) fn new(key: Key) -> Self {
        let (queue, worker) = (Semaphore::new(MAX_WAITING + 1), Semaphore::new(1));
        Self { key, state: Mutex::default(), queue: Arc::new(queue), worker: Arc::new(worker) }
    }

    /// The user whose name and password these are.
    ///
    /// # Errors
    /// When they are nobody's, or are not checked now.
    pub(super) async fn check(
        &self,
        users: &[User],
        name: &str,
        password: &str,
        from: IpAddr,
        now: Moment,
    ) -> Result<User, NotRight> {
        let user = users.iter().find(|user| user.name.as_str() == name);
        let known = user.map(|user| (user, self.signature(user, password)));
        if let Some((user, signature)) = &known
            && self.lock().remembers(signature, now)
        {
            return Ok((*user).clone());
        }
        let too_many = |wait_us: u64| NotRight::TooMany { wait_s: wait_us.div_ceil(1_000_000).max(1) };
        self.lock().attempts.may_try(from, now).map_err(too_many)?;
        if password.len() > MAX_PASSWORD_BYTES {
            self.lock().attempts.failed(from, now);
            return Err(NotRight::Wrong);
        }
        // Counted as wrong until it was found to be right: many at once are no way around the limit.
        self.lock().attempts.failed(from, now);
        let place =
            Arc::clone(&self.queue).try_acquire_owned().map_err(|_| NotRight::TooMany { wait_s: 1 })?;
        let turn = Arc::clone(&self.worker).acquire_owned().await.expect("it is never closed");
        let hash = user.map(|user| user.password.clone());
        let password = password.to_owned();
        let is_right = tokio::task::spawn_blocking(move || {
            // A client that leaves does not end the check, so it keeps its turn.
            let _until_checked = (place, turn);
            match hash {
                Some(hash) => hash.is_of(&password),
                None => {
                    let nobody = CheckedHash::new(NOBODYS_HASH);
                    drop(nobody.map(|nobody| nobody.is_of(&password)));
                    false
                }
            }
        });
        let is_right = is_right.await.unwrap_or(false);
        match known {
            Some((user, signature)) if is_right => {
                let mut state = self.lock();
                state.attempts.succeeded(from);
                state.remember(signature, now);
                Ok(user.clone())
            }
            _ => Err(NotRight::Wrong),
        }
    }

    fn signature(&self, user: &User, password: &str) -> String {
        let message = format!("{}\0{}\0{password}", user.name.as_str(), user.password.as_str());
        self.key.sign(Purpose::Remembered, message.as_bytes())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

impl State {
    fn remembers(&self, signature: &str, now: Moment) -> bool {
        self.remembered.get(signature).is_some_and(|until| *until > now)
    }

    fn remember(&mut self, signature: String, now: Moment) {
        self.remembered.retain(|_, until| *until > now);
        if self.remembered.len() < MAX_REMEMBERED {
            self.remembered.insert(signature, now.plus_micros(REMEMBERED_US));
        }
    }
}

/// Checks passwords for those who share it.
pub(super) type SharedPasswords = Arc<Passwords>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{
        right::{Right, Scope},
        user::UserName,
    };

    fn anna() -> User {
        User {
            name: UserName::new("anna").expect("a name"),
            password: CheckedHash::of("correct horse").expect("it may be set"),
            right: Right::View,
            scope: Scope::All,
        }
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[tokio::test]
    async fn who_guesses_waits_and_nobody_else() {
        let passwords = Passwords::new(Key::random().expect("random numbers"));
        let users = [anna()];
        let now = Moment::from_micros(1_000_000_000);
        let check = |name: &'static str, password: &'static str, last| {
            passwords.check(&users, name, password, address(last), now)
        };
        assert_eq!(check("anna", "correct horse", 1).await, Ok(users[0].clone()));
        for (name, password) in [
            ("anna", "wrong"),
            ("nobody", "correct horse"),
            ("", ""),
            ("anna", ""),
            ("Anna", "correct horse"),
        ] {
            assert_eq!(check(name, password, 2).await, Err(NotRight::Wrong), "{name} {password}");
        }
        assert_eq!(check("anna", "wrong", 2).await, Err(NotRight::TooMany { wait_s: 1 }));
        assert_eq!(check("anna", "correct horse", 2).await, Ok(users[0].clone()), "it is remembered");
        assert_eq!(check("anna", "wrong", 3).await, Err(NotRight::Wrong), "another address");
    }

    #[tokio::test]
    async fn what_was_right_is_remembered_for_its_hash_and_time() {
        let passwords = Passwords::new(Key::random().expect("random numbers"));
        let now = Moment::from_micros(1_000_000_000);
        let users = [anna()];
        let right = |users: &[User], now| {
            let signature = passwords.signature(&users[0], "correct horse");
            passwords.lock().remembers(&signature, now)
        };
        assert!(!right(&users, now));
        drop(passwords.check(&users, "anna", "correct horse", address(1), now).await);
        assert!(right(&users, now));
        assert!(!right(&users, now.plus_micros(REMEMBERED_US)), "its time is over");
        assert!(!right(&[anna()], now), "the password was set again");
    }

    #[tokio::test]
    async fn who_leaves_while_a_password_is_checked_lets_nobody_in_between() {
        let passwords = Passwords::new(Key::random().expect("random numbers"));
        let users = [anna()];
        let now = Moment::from_micros(1_000_000_000);
        let mut check = Box::pin(passwords.check(&users, "anna", "wrong", address(1), now));
        std::future::poll_fn(|context| {
            assert!(check.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(check);
        assert_eq!(passwords.worker.available_permits(), 0, "it is still being checked");
        drop(passwords.worker.acquire().await.expect("it is never closed"));
    }

    #[test]
    fn the_hash_of_nobody_costs_as_much_as_one_of_ours() {
        let nobody = CheckedHash::new(NOBODYS_HASH).expect("a hash");
        assert!(nobody.as_str().starts_with("$argon2id$v=19$m=12288,t=3,p=1$"));
    }
}
