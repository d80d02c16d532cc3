//! Why a request is not let through. No sentence depends on which cameras there are.

/// Why a request is not let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It carries no credential, or none that is worth anything: 401. Says why, if there is more to say.
    Unauthorized(Option<&'static str>),
    /// Wrong passwords have come too fast: 429, and the seconds to wait.
    TooMany(u64),
    /// A page of another site sent it with somebody's cookie: 403.
    Origin,
    /// Nobody has a password yet, and it comes from the Internet: 403.
    NoPasswordYet,
    /// It asks for a host that this server is not: 421.
    Host(String),
    /// What is needed to decide cannot be had: 500.
    Broken,
}

impl Denied {
    /// Why, for a person.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Unauthorized(None) => "This address asks for a password or a link's token.".to_owned(),
            Self::Unauthorized(Some(why)) => (*why).to_owned(),
            Self::TooMany(wait_s) => format!("Too many wrong passwords. Try again in {wait_s} s."),
            Self::Origin => {
                "A page of another site may not use your login: give it a link with a token. If this is the server's own page, the \
                 proxy in front of it must pass the host on (nginx: proxy_set_header Host $http_host;)."
                .to_owned()
            }
            Self::NoPasswordYet => {
                "This server has no password yet, so nobody on the Internet may watch. Set one on \
                                    its own network: open its page there, or run: lenscast user add NAME"
                    .to_owned()
            }
            Self::Host(host) => format!(
                "This server is not called {host:?}. If it is, add it to the configuration: [access] hosts = [{host:?}]"
            ),
            Self::Broken => "The server cannot read its access key. Its log says why.".to_owned(),
        }
    }
}
