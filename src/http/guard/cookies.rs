//! `Set-Cookie` headers (RFC 6265bis).

use crate::access::{Client, SECURE_PREFIX};

/// A `Set-Cookie` header: no script reads the cookie, and no other site's page sends it along.
pub(super) fn cookie(name: &str, value: &str, seconds: Option<u64>, client: Client) -> String {
    let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let (prefix, secure) = if client.is_https { (SECURE_PREFIX, "; Secure") } else { ("", "") };
    format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}")
}
