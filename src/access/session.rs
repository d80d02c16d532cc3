//! A session: the cookie of a user who has logged in.
//!
//! ```text
//! YW5uYQ.1798761600.3q2-7wAAAAAAAAAAAAAAAA
//! │      │          signature, over the user's password hash, right and cameras, too
//! │      seconds since 1970 at which it ends
//! name, base64url
//! ```
//! The server keeps no list: another password, right or camera in the configuration ends every session of the user.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    key::{Key, Purpose},
    right::Scope,
    user::{User, UserName},
};

/// How long a session lasts, in seconds: 30 days.
pub const SESSION_S: u64 = 30 * 24 * 60 * 60;
/// A longer text is no session.
const MAX_BYTES: usize = 256;

/// The cookie's value for `user`, who logs in at `now`, in seconds since 1970.
pub(super) fn begin(user: &User, key: &Key, now: u64) -> String {
    let ends_at = now + SESSION_S;
    let signature = key.sign(Purpose::Session, &signed_part(user, ends_at));
    format!("{}.{ends_at}.{signature}", URL_SAFE_NO_PAD.encode(user.name.as_str()))
}

/// The user whose session it is, and when it ends.
pub(super) fn user_of<'u>(cookie: &str, users: &'u [User], key: &Key, now: u64) -> Option<(&'u User, u64)> {
    if cookie.len() > MAX_BYTES {
        return None;
    }
    let mut parts = cookie.split('.');
    let (name, ends_at, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let name = String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok()?;
    let name = UserName::new(&name).ok()?;
    let user = users.iter().find(|user| user.name == name)?;
    let ends_at = ends_at.parse().ok()?;
    let holds = ends_at > now && key.is_signature(Purpose::Session, &signed_part(user, ends_at), signature);
    holds.then_some((user, ends_at))
}

/// What is signed. No part can hold the byte that ends it.
fn signed_part(user: &User, ends_at: u64) -> Vec<u8> {
    let mut message =
        format!("{}\0{ends_at}\0{}\0{}", user.name.as_str(), user.password.as_str(), user.right);
    if let Scope::Only(cameras) = &user.scope {
        for camera in cameras {
            message.push('\0');
            message.push_str(camera);
        }
    } else {
        message.push_str("\0*");
    }
    message.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{password::CheckedHash, right::Right};

    fn user(name: &str) -> User {
        // Of no password that anybody knows.
        let hash = "$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";
        User {
            name: UserName::new(name).expect("a name"),
            password: CheckedHash::new(hash).expect("a hash"),
            right: Right::View,
            scope: Scope::All,
        }
    }

    #[test]
    fn a_session_lasts_until_its_end() {
        let key = Key::random().expect("random numbers");
        let users = [user("bob"), user("Anna Müller")];
        let cookie = begin(&users[1], &key, 1_000);
        assert_eq!(user_of(&cookie, &users, &key, 1_001), Some((&users[1], 1_000 + SESSION_S)));
        assert_eq!(user_of(&cookie, &users, &key, 1_000 + SESSION_S), None);
    }

    #[test]
    fn what_ends_a_session() {
        let key = Key::random().expect("random numbers");
        let before = user("anna");
        let cookie = begin(&before, &key, 1_000);
        let mut other_right = before.clone();
        other_right.right = Right::Admin;
        let mut other_cameras = before.clone();
        other_cameras.scope = Scope::Only(["door".to_owned()].into());
        let mut other_password = before.clone();
        other_password.password = CheckedHash::of("another one").expect("it may be set");
        let table = [
            ("nobody is there", vec![]),
            ("another right", vec![other_right]),
            ("other cameras", vec![other_cameras]),
            ("another password", vec![other_password]),
        ];
        for (name, users) in table {
            assert_eq!(user_of(&cookie, &users, &key, 1_001), None, "{name}");
        }
        let users = [before];
        let forged = cookie.replacen("YW5uYQ", "Ym9i", 1);
        let longer = cookie.replacen(".2593000.", ".9999999999.", 1);
        assert_ne!(longer, cookie);
        for cookie in ["", "a.b", "a.b.c.d", &forged, &longer, &cookie[..cookie.len() - 2]] {
            assert_eq!(user_of(cookie, &users, &key, 1_001), None, "{cookie:?}");
        }
        assert_eq!(user_of(&cookie, &users, &Key::random().expect("random"), 1_001), None, "another key");
    }
}
