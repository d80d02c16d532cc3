//! mjpg-streamer's addresses: `?action=stream` and `?action=snapshot` where a page stands, in the spellings that its clients
//! send.
//!
//! ```text
//! ?action=stream              ?action=stream_0           the number of an input: here, of a camera
//! ?action=stream?x=y.mjpg     ?action=snapshot/x.jpg     whatever is behind, for clients that look at the end
//! ?n=1&action=%73tream        at any place, with percent-encoding
//! ```
//! Any other action is an error, never the page: programs save what they get under the name of a picture.

use axum::{
    extract::Request,
    http::{Method, Uri},
    middleware::Next,
    response::Response,
};
use percent_encoding::percent_decode_str;

use super::{registry::CameraNumber, respond::bad_request};

/// Most characters of an action in a sentence.
const SHOWN_CHARACTERS: usize = 40;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Pictures without an end.
    Stream,
    /// One picture.
    Snapshot,
}

/// An action that there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// What is asked for.
    pub kind: Kind,
    /// The number of a camera, from 0; the first if there is none.
    pub camera: Option<usize>,
}

/// An action that there is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "action={0} is not known: it is stream or snapshot, alone or with the number of a camera behind, as in stream_0"
)]
pub struct UnknownAction(String);

/// The action that the address of a page asks for; `None` if it asks for the page.
#[must_use]
pub fn asked(uri: &Uri) -> Option<Result<Action, UnknownAction>> {
    if !matches!(uri.path(), "/" | "/index.html") {
        return None;
    }
    let decoded = |text| percent_decode_str(text).decode_utf8_lossy();
    let mut pairs =
        uri.query().unwrap_or_default().split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    // mjpg-streamer's word is in lower case. Other letters ask for no page either.
    let (key, value) = pairs.find(|(key, _)| decoded(key).eq_ignore_ascii_case("action"))?;
    let value = decoded(value);
    let action = if decoded(key) == "action" { parse(&value) } else { None };
    Some(action.ok_or_else(|| {
        let shown: String = value.chars().take(SHOWN_CHARACTERS).collect();
        UnknownAction(shown.escape_debug().to_string())
    }))
}

/// Whether a request of this method is answered by what there is to see.
#[must_use]
pub fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The request, for the camera of this number if there is one.
#[must_use]
pub fn numbered(mut request: Request, camera: Option<usize>) -> Request {
    if let Some(number) = camera {
        request.extensions_mut().insert(CameraNumber(number));
    }
    request
}

/// Refuses actions that there are not, with 400 and a sentence.
pub async fn refuse_unknown(request: Request, next: Next) -> Response {
    match asked(request.uri()) {
        Some(Err(unknown)) if is_read(request.method()) => bad_request(&unknown),
        _ => next.run(request).await,
    }
}

fn parse(value: &str) -> Option<Action> {
    let (kind, behind) = value
        .strip_prefix("stream")
        .map(|behind| (Kind::Stream, behind))
        .or_else(|| value.strip_prefix("snapshot").map(|behind| (Kind::Snapshot, behind)))?;
    let (camera, behind) = match behind.strip_prefix('_') {
        None => (None, behind),
        Some(number) => {
            let end = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
            let (digits, behind) = number.split_at(end);
            (Some(digits.parse().ok()?), behind)
        }
    };
    let goes_on = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
    (!behind.starts_with(goes_on)).then_some(Action { kind, camera })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let table = [
            ("action=stream", "stream", None),
            ("action=snapshot", "snapshot", None),
            ("action=stream&fps=5", "stream", None),
            ("a=1&action=stream&x", "stream", None),
            ("action=stream?dummy=param.mjpg", "stream", None),
            ("action=stream/video.mjpg", "stream", None),
            ("action=snapshot/1234.jpg", "snapshot", None),
            ("action=snapshot.jpg", "snapshot", None),
            ("action=snapshot;n=1", "snapshot", None),
            ("action=stream+", "stream", None),
            ("action=stream%20", "stream", None),
            ("action=stream_0", "stream", Some(0)),
            ("action=snapshot_1", "snapshot", Some(1)),
            ("action=stream_0?dummy=param.mjpg", "stream", Some(0)),
            ("action=stream_12.mjpg&n=1", "stream", Some(12)),
            ("action=%73%74ream", "stream", None),
            ("%61ction=snapshot", "snapshot", None),
            ("action=stream%3Fdummy%3Dparam.mjpg", "stream", None),
            ("action=stream%5F0", "stream", Some(0)),
            ("action=stream&action=snapshot", "stream", None),
        ];
        for path in ["/", "/index.html"] {
            for (query, kind, camera) in table {
                let kind = if kind == "stream" { Kind::Stream } else { Kind::Snapshot };
                let uri: Uri = format!("{path}?{query}").parse().expect("an address");
                assert_eq!(asked(&uri), Some(Ok(Action { kind, camera })), "{uri}");
            }
        }
    }

    #[test]
    fn what_is_no_action_is_named() {
        for value in [
            "",
            "streams",
            "STREAM",
            "Stream",
            "snapshots",
            "strea",
            "stream_",
            "stream_x",
            "stream_0x",
            "stream_-1",
            "stream__0",
            "stream0",
            "stream-0",
            "command",
            "take",
            "program",
            "stream_99999999999999999999",
            "é",
        ] {
            for query in [format!("action={value}"), format!("n=1&action={value}&action=stream")] {
                let uri: Uri = format!("/?{query}").parse().expect("an address");
                let error = asked(&uri).expect("an action").expect_err(value).to_string();
                assert!(error.starts_with(&format!("action={value} is not known")), "{error}");
            }
        }
        for query in
            ["action", "Action=stream", "ACTION=snapshot", "action=%00", "action=%ff", "action=a%0d%0ab"]
        {
            let uri: Uri = format!("/?{query}").parse().expect("an address");
            let error = asked(&uri).expect("an action").expect_err(query).to_string();
            assert!(error.chars().all(|character| !character.is_control()), "{error:?}");
        }
    }

    #[test]
    fn other_queries_are_the_pages() {
        for address in
            ["/", "/?", "/?stream", "/?player=mjpeg", "/?x=action", "/?actions=stream", "/player.js?action=x"]
        {
            assert_eq!(asked(&Uri::from_static(address)), None, "{address}");
        }
    }
}
