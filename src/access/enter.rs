//! Decides about a request: a [`Grant`], or why there is none.

use std::{net::IpAddr, time::Instant};

use axum::http::{HeaderMap, Method, header};

use super::{
    calendar::now_s,
    client::Client,
    credentials::Credentials,
    denied::Denied,
    grant::Grant,
    host::{self, compared},
    link::Link,
    network::is_private,
    passwords::NotRight,
    rules::Rules,
    session,
    state::Access,
    user::{User, UserName},
};

/// How a request was let in.
#[derive(Debug)]
pub struct Entry {
    /// What it was granted.
    pub grant: Grant,
    /// The browser may have added the credential by itself, whoever's page it shows.
    pub is_ambient: bool,
}

impl Access {
    /// Lets a request in that is for the host of this name, if it is not known to be ours, and carries these credentials.
    ///
    /// # Errors
    /// Why it is not let in.
    pub async fn enter(
        &self,
        rules: &Rules,
        method: &Method,
        headers: &HeaderMap,
        host: Option<&str>,
        credentials: Credentials,
        client: Client,
    ) -> Result<Entry, Denied> {
        // HTTP/1.0 knows no Host, and no browser speaks it.
        if let Some(host) = host.map(compared)
            && !host::is_allowed(&host, &rules.hosts)
        {
            return Err(Denied::Host(host));
        }
        if !rules.need_password() {
            return match is_private(client.address) {
                true => Ok(Entry { grant: Grant::anyone(self), is_ambient: false }),
                false => Err(Denied::NoPasswordYet),
            };
        }
        let entry = self.authenticate(rules, headers, credentials, client).await?;
        if entry.is_ambient && changes_or_listens(method, headers) && !host::is_from_own_page(headers) {
            let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
            if !origin.is_some_and(|origin| rules.origins.iter().any(|listed| listed == origin)) {
                return Err(Denied::Origin);
            }
        }
        Ok(entry)
    }

    /// The grant of the first credential that is worth something.
    async fn authenticate(
        &self,
        rules: &Rules,
        headers: &HeaderMap,
        credentials: Credentials,
        client: Client,
    ) -> Result<Entry, Denied> {
        let now = now_s();
        let mut why = None;
        for token in credentials.token.into_iter().chain(credentials.bearer) {
            match Link::read(&token, &self.key_or_denied()?, &self.revoked(), now) {
                Ok(link) => return Ok(Entry { grant: Grant::of_link(self, &link), is_ambient: false }),
                Err(error) => why = Some(error.into()),
            }
        }
        let of_user =
            |user: &User, ends_at| Ok(Entry { grant: Grant::of_user(self, user, ends_at), is_ambient: true });
        if let Some(session) = credentials.session
            && let Some((user, ends_at)) =
                session::user_of(&session, &rules.users, &self.key_or_denied()?, now)
        {
            return of_user(user, Some(ends_at));
        }
        // A link that was opened once gives less than a login: it comes after it. Who holds an old cookie knows nothing of it.
        if let Some(token) = credentials.link
            && let Ok(link) = Link::read(&token, &self.key_or_denied()?, &self.revoked(), now)
        {
            return Ok(Entry { grant: Grant::of_link(self, &link), is_ambient: true });
        }
        if client.is_proxied
            && let Some(name) = rules.user_header.as_ref().and_then(|name| headers.get(name))
            && let Some(user) = name
                .to_str()
                .ok()
                .and_then(|name| UserName::new(name).ok())
                .and_then(|name| rules.user(&name))
        {
            return of_user(user, None);
        }
        if let Some((name, password)) = credentials.basic {
            return match self.check_password(rules, &name, &password, client.address).await {
                Ok(user) => of_user(&user, None),
                Err(denied) => Err(denied),
            };
        }
        Err(Denied::Unauthorized(why))
    }

    /// The user whose name and password these are.
    ///
    /// # Errors
    /// When they are nobody's, or are not checked now.
    pub async fn check_password(
        &self,
        rules: &Rules,
        name: &str,
        password: &str,
        from: IpAddr,
    ) -> Result<User, Denied> {
        let now = self.0.clock.now();
        let checked = self.0.passwords.check(&rules.users, name, password, from, now).await;
        checked.map_err(|error| match error {
            NotRight::Wrong => {
                let mut refusals = self.0.refusals.lock().expect("no holder of this lock panics");
                if let Some(others) = refusals.event(Instant::now()) {
                    tracing::warn!(remote = %from, others, "login refused: wrong name or password");
                }
                Denied::Unauthorized(Some("The name or the password is wrong."))
            }
            NotRight::TooMany { wait_s } => Denied::TooMany(wait_s),
        })
    }
}

/// Whether a request could harm its sender when another site's page sends it: it changes something, or it opens a WebSocket,
/// whose answers the page could read.
fn changes_or_listens(method: &Method, headers: &HeaderMap) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
        || headers.contains_key(header::SEC_WEBSOCKET_KEY)
}
