//! Reads what a configuration file (TOML) says about access, and checks it.
//!
//! ```toml
//! [[user]]
//! name = "anna"
//! password_hash = "$argon2id$…"      # lenscast user add writes it
//! may = "view"                       # view, control or admin
//! cameras = ["door"]                 # all without it
//!
//! [access]
//! hosts = ["cam.example.org"]
//! origins = ["https://home.example.org"]
//! trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
//! user_header = "Remote-User"
//! ```

use std::{collections::BTreeSet, path::Path};

use axum::http::HeaderName;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    host::HostName,
    password::CheckedHash,
    right::{Right, Scope},
    rules::Rules,
    user::{User, UserName},
};

/// Settings of a `[[user]]`.
const USER_SETTINGS: &str = "name, password_hash, may, cameras";
/// Settings of `[access]`.
const ACCESS_SETTINGS: &str = "hosts, origins, frame_ancestors, trusted_proxies, user_header";

/// What is wrong, and at which byte of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The byte.
    pub at: usize,
    /// What, and what is allowed.
    pub reason: String,
}

/// A file is no list of users: which, where and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FileError(String);

fn wrong<T>(at: usize, reason: impl Into<String>) -> Result<T, TableError> {
    Err(TableError { at, reason: reason.into() })
}

/// The users of the `[[user]]` tables.
///
/// # Errors
/// The first thing that is wrong.
pub fn user_tables(at: usize, value: &DeValue<'_>) -> Result<Vec<User>, TableError> {
    let tables = value.as_array().and_then(|list| list.iter().map(|one| one.get_ref().as_table()).collect());
    let Some(tables): Option<Vec<&DeTable<'_>>> = tables else {
        return wrong(at, "write [[user]], a table for each user");
    };
    let mut users = Vec::<User>::new();
    for table in tables {
        let begin = table.keys().map(|key| key.span().start).min().unwrap_or(at);
        let user = user(begin, table)?;
        if users.iter().any(|other| other.name == user.name) {
            return wrong(begin, format!("two users are called {:?}", user.name.as_str()));
        }
        users.push(user);
    }
    Ok(users)
}

fn user(at: usize, table: &DeTable<'_>) -> Result<User, TableError> {
    let (mut name, mut password, mut right, mut scope) = (None, None, Right::View, Scope::All);
    for (key, value) in table {
        let at = key.span().start;
        let refused = |error: &dyn std::error::Error| TableError { at, reason: error.to_string() };
        match key.get_ref().as_ref() {
            "name" => name = Some(UserName::new(text(at, "name", value)?).map_err(|error| refused(&error))?),
            // The hash is no secret of the same kind as the password, but nobody needs to read it in a log.
            "password_hash" => {
                let hash = text(at, "password_hash", value)?;
                password = Some(CheckedHash::new(hash).map_err(|error| TableError {
                    at,
                    reason: format!("this password_hash is not allowed: {error}"),
                })?);
            }
            "may" => right = text(at, "may", value)?.parse().map_err(|error| refused(&error))?,
            "cameras" => {
                scope = Scope::Only(texts(at, "cameras", value)?.into_iter().collect::<BTreeSet<_>>());
            }
            other => {
                return wrong(at, format!("unknown setting {other:?} of user: it is one of {USER_SETTINGS}"));
            }
        }
    }
    let Some(name) = name else { return wrong(at, "a [[user]] has no name") };
    let missing =
        || format!("user {:?} has no password hash: lenscast user passwd writes one", name.as_str());
    let Some(password) = password else { return wrong(at, missing()) };
    Ok(User { name, password, right, scope })
}

/// What `[access]` says; its users stand elsewhere.
///
/// # Errors
/// The first thing that is wrong.
pub fn access_table(at: usize, value: &DeValue<'_>) -> Result<Rules, TableError> {
    let Some(table) = value.as_table() else { return wrong(at, "write [access], a table") };
    let mut rules = Rules::default();
    for (key, value) in table {
        let at = key.span().start;
        match key.get_ref().as_ref() {
            "hosts" => rules.hosts = checked(at, "hosts", value, HostName::new)?,
            "origins" => {
                for origin in texts(at, "origins", value)? {
                    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
                    if host.is_none_or(|host| host.is_empty() || host.contains('/')) {
                        return wrong(
                            at,
                            format!("{origin:?} is no origin, such as https://home.example.org"),
                        );
                    }
                    rules.origins.push(origin);
                }
            }
            "frame_ancestors" => {
                let sources = checked(at, "frame_ancestors", value, frame_ancestor)?;
                rules.frame_ancestors = Some(sources.join(" "));
            }
            "trusted_proxies" => {
                rules.trusted_proxies = checked(at, "trusted_proxies", value, str::parse)?;
            }
            "user_header" => {
                let name = text(at, "user_header", value)?;
                let Ok(name) = name.parse::<HeaderName>() else {
                    return wrong(at, format!("{name:?} is no header's name, such as Remote-User"));
                };
                rules.user_header = Some(name);
            }
            other => {
                return wrong(
                    at,
                    format!("unknown setting {other:?} of access: it is one of {ACCESS_SETTINGS}"),
                );
            }
        }
    }
    if rules.user_header.is_some() && rules.trusted_proxies.is_empty() {
        return wrong(at, "user_header needs trusted_proxies: the header of anybody else is not believed");
    }
    Ok(rules)
}

/// The users in the text of a file that has nothing else.
///
/// # Errors
/// When it is no such text.
pub(super) fn users_in(file: &Path, text: &str) -> Result<Vec<User>, FileError> {
    let placed = |at: usize, reason: &str| {
        let line = 1 + text.get(..at).unwrap_or(text).matches('\n').count();
        FileError(format!("{}: line {line}: {reason}", file.display()))
    };
    let table = DeTable::parse(text);
    let table = table.map_err(|error| placed(error.span().map_or(0, |span| span.start), error.message()))?;
    match table.get_ref().iter().find(|(key, _)| key.get_ref() == "user") {
        None => Ok(Vec::new()),
        Some((key, value)) => {
            let users = user_tables(key.span().start, value.get_ref());
            users.map_err(|error| placed(error.at, &error.reason))
        }
    }
}

/// An entry of `frame_ancestors`, as a Content-Security-Policy has it (CSP Level 3 section 6.4.2).
fn frame_ancestor(text: &str) -> Result<String, FrameAncestorError> {
    if matches!(text, "self" | "none") {
        return Ok(format!("'{text}'"));
    }
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_host =
        |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:*[]".contains(&byte));
    host.filter(|host| !host.is_empty() && is_host(host))
        .map(|_| text.to_owned())
        .ok_or_else(|| FrameAncestorError(text.to_owned()))
}

/// A text that names no page.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not allowed: it is self, none, or an origin, such as https://home.example.org or https://*.example.org"
)]
struct FrameAncestorError(String);

fn text<'a>(at: usize, key: &str, value: &'a Spanned<DeValue<'_>>) -> Result<&'a str, TableError> {
    match value.get_ref().as_str() {
        Some(text) => Ok(text),
        None => wrong(at, format!("{key} is not allowed: it is a text, in quotes")),
    }
}

fn texts(at: usize, key: &str, value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, TableError> {
    let list = value.get_ref().as_array();
    let texts =
        list.and_then(|list| list.iter().map(|one| Some(one.get_ref().as_str()?.to_owned())).collect());
    match texts {
        Some(texts) => Ok(texts),
        None => wrong(at, format!("{key} is not allowed: it is a list of texts")),
    }
}

fn checked<T, E: std::error::Error>(
    at: usize,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    check: impl Fn(&str) -> Result<T, E>,
) -> Result<Vec<T>, TableError> {
    let texts = texts(at, key, value)?;
    let checked = texts.iter().map(|text| check(text)).collect::<Result<_, _>>();
    checked.map_err(|error| TableError { at, reason: format!("{key}: {error}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str =
        "$argon2id$v=19$m=4096,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";

    fn users(text: &str) -> Result<Vec<User>, String> {
        users_in(Path::new("users.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn users_are_read() {
        let text = format!(
            "[[user]]\nname = \"anna\"\npassword_hash = \"{HASH}\"\nmay = \"admin\"\n\n[[user]]\nname = \"tv\"\n\
             password_hash = \"{HASH}\"\ncameras = [\"door\", \"shed\"]\n"
        );
        let users = users(&text).expect("two users");
        let (anna, tv) = (&users[0], &users[1]);
        assert_eq!((anna.name.as_str(), anna.right, &anna.scope), ("anna", Right::Admin, &Scope::All));
        assert_eq!((tv.right, tv.scope.has("shed"), tv.scope.has("garden")), (Right::View, true, false));
    }

    #[test]
    fn mistakes_have_a_line_and_a_sentence() {
        let hash = format!("password_hash = \"{HASH}\"");
        let table = [
            ("user = 3".to_owned(), "line 1: write [[user]], a table for each user"),
            (format!("[[user]]\n{hash}"), "line 2: a [[user]] has no name"),
            (
                "[[user]]\nname = \"a\"".into(),
                "line 2: user \"a\" has no password hash: lenscast user passwd writes one",
            ),
            ("[[user]]\nname = 3".into(), "line 2: name is not allowed: it is a text, in quotes"),
            (
                format!("[[user]]\nname = \"a:b\"\n{hash}"),
                "line 2: a user's name has 1 to 64 bytes, no colon",
            ),
            (
                "[[user]]\nname = \"a\"\npassword_hash = \"secret\"".into(),
                "line 3: this password_hash is not allowed: it is no argon2id hash",
            ),
            (
                "[[user]]\nname = \"a\"\npassword = \"secret\"".into(),
                "line 3: unknown setting \"password\" of user: it is one of name, password_hash",
            ),
            (format!("[[user]]\nname = \"a\"\nmay = \"wiew\"\n{hash}"), "line 3: there is no right \"wiew\""),
            (
                format!("[[user]]\nname = \"a\"\ncameras = \"door\"\n{hash}"),
                "line 3: cameras is not allowed: it is a list of texts",
            ),
            (
                format!("[[user]]\nname = \"a\"\n{hash}\n[[user]]\nname = \"a\"\n{hash}"),
                "line 5: two users are called \"a\"",
            ),
        ];
        for (text, expected) in table {
            let error = users(&text).expect_err(expected);
            assert!(error.starts_with("users.toml: ") && error.contains(expected), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_access_table() {
        let read = |text: &str| {
            let table = DeTable::parse(text).expect("TOML");
            let (key, value) = table.get_ref().iter().next().expect("a table");
            access_table(key.span().start, value.get_ref())
        };
        let rules = read(
            "[access]\nhosts = [\"Cam.example.org\"]\norigins = [\"https://home.example.org\"]\n\
             trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]\nuser_header = \"Remote-User\"\n\
             frame_ancestors = [\"self\", \"https://*.example.org\"]\n",
        )
        .expect("rules");
        assert_eq!((rules.hosts[0].as_str(), rules.trusted_proxies.len()), ("cam.example.org", 2));
        assert_eq!(rules.frame_ancestors.as_deref(), Some("'self' https://*.example.org"));
        let table = [
            ("[access]\nhost = []", "unknown setting \"host\" of access"),
            ("[access]\nhosts = [\"a/b\"]", "hosts: \"a/b\" is no host name"),
            ("[access]\norigins = [\"home.example.org\"]", "\"home.example.org\" is no origin"),
            (
                "[access]\ntrusted_proxies = [\"proxy\"]",
                "trusted_proxies: \"proxy\" is no address or network",
            ),
            ("[access]\nuser_header = \"Remote-User\"", "user_header needs trusted_proxies"),
            (
                "[access]\nframe_ancestors = [\"x; script-src *\"]",
                "frame_ancestors: \"x; script-src *\" is not allowed",
            ),
            ("access = 3", "write [access], a table"),
        ];
        for (text, expected) in table {
            assert!(read(text).expect_err(expected).reason.contains(expected), "{text}");
        }
    }
}
