//! The address of a camera that is asked by RTSP, and who asks. Pure.
//!
//! ```text
//! //USER:PASSWORD@HOST:PORT/PATH?QUERY ─► Url without user and password, Credentials
//! ```
//! Both are taken as people type them: a password may hold an `@` or a `%` that is not encoded.

use percent_encoding::percent_decode_str;
use url::Url;

use crate::redact::redacted;

/// A user and a password. Nothing prints them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) user: String,
    pub(super) password: String,
}

/// Where the camera is. What is printed of it holds no password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct CameraAddress {
    pub(super) url: Url,
    pub(super) credentials: Option<Credentials>,
}

impl CameraAddress {
    /// Reads what stands behind `rtsp:`; `None` if it is no address.
    pub(super) fn parse(rest: &str) -> Option<Self> {
        let address = rest.strip_prefix("//")?;
        let authority_bytes = address.find(['/', '?', '#']).unwrap_or(address.len());
        let at = address[..authority_bytes].rfind('@');
        let (typed, place) = at.map_or((None, address), |at| (Some(&address[..at]), &address[at + 1..]));
        let credentials = typed.map(|typed| {
            let (user, password) = typed.split_once(':').unwrap_or((typed, ""));
            Credentials { user: decoded(user), password: decoded(password) }
        });
        let url = Url::parse(&format!("rtsp://{place}")).ok()?;
        let is_whole = url.host_str().is_some_and(|host| !host.is_empty()) && url.username().is_empty();
        is_whole.then_some(Self { url, credentials })
    }
}

impl std::fmt::Display for CameraAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Some cameras have a password in the path.
        out.write_str(&redacted(self.url.as_str()))
    }
}

impl std::fmt::Debug for CameraAddress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, out)
    }
}

/// Text that may be percent-encoded.
fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_typed() {
        let table = [
            ("//cam", "rtsp://cam", None),
            ("//cam.local:8554/1?channel=2", "rtsp://cam.local:8554/1?channel=2", None),
            ("//[fe80::1]:554/", "rtsp://[fe80::1]:554/", None),
            ("//admin:hunter2@cam/1", "rtsp://cam/1", Some(("admin", "hunter2"))),
            ("//admin@cam/1", "rtsp://cam/1", Some(("admin", ""))),
            ("//admin:hun@ter:2@cam/1", "rtsp://cam/1", Some(("admin", "hun@ter:2"))),
            ("//admin:hun%40ter%2f2@cam/1", "rtsp://cam/1", Some(("admin", "hun@ter/2"))),
            ("//admin:100%@cam/a@b", "rtsp://cam/a@b", Some(("admin", "100%"))),
        ];
        for (typed, url, credentials) in table {
            let address = CameraAddress::parse(typed).expect(typed);
            let found = address.credentials.as_ref();
            let found = found.map(|found| (found.user.as_str(), found.password.as_str()));
            assert_eq!((address.url.as_str(), found), (url, credentials), "{typed}");
        }
        for typed in ["", "cam", "//", "//:554/", "//admin:hun/ter2@cam/", "//cam:99999/", "//a b/"] {
            assert_eq!(CameraAddress::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        let typed = "//admin:hunter2@cam/user=admin_password=hunter2_channel=1.sdp";
        let address = CameraAddress::parse(typed).expect(typed);
        for shown in [address.to_string(), format!("{address:?}")] {
            assert!(shown.starts_with("rtsp://cam/") && !shown.contains("hunter2"), "{shown}");
        }
    }
}
