//! What a request was granted, and whether that still holds while its viewer watches.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    calendar::now_s,
    link::{Link, LinkError, LinkName},
    right::{Right, Scope},
    state::Access,
    user::User,
};

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Who {
    /// Anyone: nobody has a password yet.
    Anyone,
    /// A user, as configured when the request came, and when the session ends.
    User(Box<User>, Option<u64>),
    /// Somebody who has a link.
    Link(LinkName, Option<u64>),
}

/// Why a grant holds no longer: a sentence for the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantEnd {
    /// Somebody has set the first password.
    #[error("A password was set. Log in to go on watching")]
    PasswordSet,
    /// The user has another password, right or cameras, or is gone.
    #[error("Your access was changed. Log in again")]
    Changed,
    /// The session's time is over.
    #[error("Your session has ended. Log in again")]
    SessionOver,
    /// The link's time is over.
    #[error("This link has expired")]
    LinkExpired,
    /// The link was revoked.
    #[error("This link was revoked")]
    LinkRevoked,
}

/// What a request was granted.
#[derive(Clone, Debug)]
pub struct Grant {
    access: Access,
    who: Who,
    right: Right,
    scope: Scope,
    /// The change of the rules for which it was found to hold.
    holds_for: Arc<AtomicU64>,
}

impl Grant {
    /// That of anyone, while nobody has a password.
    #[must_use]
    pub fn anyone(access: &Access) -> Self {
        Self::new(access, Who::Anyone, Right::Admin, Scope::All)
    }

    pub(super) fn of_user(access: &Access, user: &User, ends_at: Option<u64>) -> Self {
        let (right, scope) = (user.right, user.scope.clone());
        Self::new(access, Who::User(Box::new(user.clone()), ends_at), right, scope)
    }

    pub(super) fn of_link(access: &Access, link: &Link) -> Self {
        let who = Who::Link(link.name.clone(), link.expires_at);
        Self::new(access, who, link.right, link.scope())
    }

    fn new(access: &Access, who: Who, right: Right, scope: Scope) -> Self {
        let change = *access.0.changes.borrow();
        Self { access: access.clone(), who, right, scope, holds_for: Arc::new(AtomicU64::new(change)) }
    }

    /// Whether it lets its holder do what needs `right` with `camera`.
    #[must_use]
    pub fn lets(&self, right: Right, camera: &str) -> bool {
        self.right >= right && self.scope.has(camera)
    }

    /// Its right.
    #[must_use]
    pub const fn right(&self) -> Right {
        self.right
    }

    /// Its cameras.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The user's name, if it is a user's.
    #[must_use]
    pub fn user_name(&self) -> Option<&str> {
        match &self.who {
            Who::User(user, _) => Some(user.name.as_str()),
            Who::Anyone | Who::Link(..) => None,
        }
    }

    /// Whether it still holds. Cheap while no rule has changed.
    ///
    /// # Errors
    /// Why it does not.
    pub fn check(&self) -> Result<(), GrantEnd> {
        self.check_at(now_s())
    }

    fn check_at(&self, now: u64) -> Result<(), GrantEnd> {
        match &self.who {
            Who::User(_, Some(ends_at)) if *ends_at <= now => return Err(GrantEnd::SessionOver),
            Who::Link(_, Some(expires_at)) if *expires_at <= now => return Err(GrantEnd::LinkExpired),
            _ => {}
        }
        let change = *self.access.0.changes.borrow();
        if self.holds_for.load(Ordering::Relaxed) == change {
            return Ok(());
        }
        let rules = self.access.rules();
        match &self.who {
            Who::Anyone if rules.need_password() => return Err(GrantEnd::PasswordSet),
            Who::User(user, _) if rules.user(&user.name) != Some(&**user) => return Err(GrantEnd::Changed),
            Who::Link(name, _) if rules.revoked.contains(name) => return Err(GrantEnd::LinkRevoked),
            _ => {}
        }
        self.holds_for.store(change, Ordering::Relaxed);
        Ok(())
    }

    /// Waits until it holds no longer, and says why.
    pub async fn end(&self) -> GrantEnd {
        let mut changes = self.access.changes();
        loop {
            if let Err(end) = self.check() {
                return end;
            }
            let ends_at = match &self.who {
                Who::User(_, ends_at) | Who::Link(_, ends_at) => *ends_at,
                Who::Anyone => None,
            };
            // The calendar may be set while this waits.
            let left_s = ends_at.map_or(MAX_WAIT_S, |at| at.saturating_sub(now_s()).clamp(1, MAX_WAIT_S));
            tokio::select! {
                changed = changes.changed() => if changed.is_err() {
                    return std::future::pending().await;
                },
                () = tokio::time::sleep(Duration::from_secs(left_s)) => {}
            }
        }
    }
}

/// The calendar is looked at once in this many seconds.
const MAX_WAIT_S: u64 = 60;

impl From<LinkError> for &'static str {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Unknown => "This link is not of this server, or it was cut off.",
            LinkError::Expired => "This link has expired.",
            LinkError::Revoked => "This link was revoked.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        access::{CheckedHash, Rules, UserName},
        clock::Clock,
    };

    fn rules(users: Vec<User>) -> Rules {
        let mut rules = Rules::default();
        rules.users = users;
        rules
    }

    fn anna(right: Right) -> User {
        User {
            name: UserName::new("anna").expect("a name"),
            password: CheckedHash::of("correct horse").expect("it may be set"),
            right,
            scope: Scope::All,
        }
    }

    #[test]
    fn a_grant_ends_when_what_gave_it_does() {
        let access = Access::new(Rules::default(), None, Clock::start()).expect("random numbers");
        let anyone = Grant::anyone(&access);
        let user = anna(Right::View);
        let name = "tv".parse().expect("a name");
        let link = Link { camera: Some("door".into()), right: Right::View, expires_at: Some(100), name };
        access.set_rules(rules(vec![user.clone()]));
        let (forever, session) =
            (Grant::of_user(&access, &user, None), Grant::of_user(&access, &user, Some(50)));
        let by_link = Grant::of_link(&access, &link);
        assert!(by_link.lets(Right::View, "door") && !by_link.lets(Right::View, "shed"));
        assert!(!by_link.lets(Right::Control, "door"));
        for (name, grant, at, expected) in [
            ("anyone", &anyone, 0, Err(GrantEnd::PasswordSet)),
            ("a user", &forever, u64::MAX, Ok(())),
            ("a session", &session, 49, Ok(())),
            ("a session that is over", &session, 50, Err(GrantEnd::SessionOver)),
            ("a link", &by_link, 99, Ok(())),
            ("a link that has expired", &by_link, 100, Err(GrantEnd::LinkExpired)),
        ] {
            assert_eq!(grant.check_at(at), expected, "{name}");
        }
        access.set_rules(rules(vec![user]));
        assert_eq!(forever.check_at(0), Ok(()), "nothing has changed for this user");
        access.set_rules(rules(vec![anna(Right::Admin)]));
        assert_eq!(forever.check_at(0), Err(GrantEnd::Changed));
        assert_eq!(by_link.check_at(0), Ok(()));
    }
}
