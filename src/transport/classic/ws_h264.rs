//! `ws/h264`: Annex B with start codes of four bytes, one access unit a message; with `?unit=nal` one NAL unit.

use axum::{
    Router,
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use serde::Deserialize;

use super::{
    annexb_messages::{AccessUnitMessage, AnnexBStream, Join, NalUnitMessages, TailedMessage},
    baseline_only::{BaselineOnly, RefusalPolicy, WarnedConfigs},
};
use crate::{
    http::{AppState, websocket::Handshake},
    transport::{
        ViewerRequest,
        admission::{Admitted, Wanted},
        socket::serve,
    },
};

/// The address, in a camera's tree.
pub fn routes() -> Router<AppState> {
    let warned = WarnedConfigs::default();
    let open = |request: ViewerRequest, handshake: Handshake, Query(typed): Query<Typed>| async move {
        match typed.check(handshake.is_from_page()) {
            Ok(options) => open(request, handshake, options, warned).await,
            Err(sentence) => (StatusCode::BAD_REQUEST, sentence).into_response(),
        }
    };
    Router::new().route("/ws/h264", get(open))
}

/// The WebSocket of a page that plays with Broadway, at an address of the caller's choice: NAL units; a viewer is closed
/// with the reason when Broadway cannot decode the stream.
pub fn broadway_socket() -> MethodRouter<AppState> {
    let warned = WarnedConfigs::default();
    get(|request: ViewerRequest, handshake: Handshake| async move {
        let broadway = |viewer: &Admitted| AnnexBStream {
            packets: viewer.track().packets::<NalUnitMessages>(),
            join: Join::Burst,
            baseline_only: Some(BaselineOnly::new(viewer.camera().name(), RefusalPolicy::Close, warned)),
        };
        serve("broadway", handshake.echo_subprotocol(), request, Wanted::Video, broadway).await
    })
}

/// The query.
#[derive(Deserialize)]
struct Typed {
    unit: Option<String>,
    tail: Option<String>,
    join: Option<String>,
}

/// The query, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Options {
    messages: Messages,
    join: Join,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Messages {
    /// Access units.
    Whole,
    /// Access units with two PPS behind each.
    Tailed,
    /// NAL units.
    Single,
}

impl Typed {
    /// `is_from_page`: a page in a browser asks.
    fn check(&self, is_from_page: bool) -> Result<Options, String> {
        let messages = match (self.unit.as_deref(), self.tail.as_deref()) {
            (None | Some("au"), None | Some("none")) => Messages::Whole,
            (None | Some("au"), Some("pps")) => Messages::Tailed,
            (Some("nal"), None | Some("none")) => Messages::Single,
            (Some("nal"), Some("pps")) => {
                return Err("tail=pps goes with whole access units, not with unit=nal\n".into());
            }
            (None | Some("au" | "nal"), Some(other)) => {
                return Err(format!(
                    "tail={other} is not known: it is pps (two PPS end each message) or none\n"
                ));
            }
            (Some(other), _) => {
                return Err(format!("unit={other} is not known: it is au (access unit) or nal (NAL unit)\n"));
            }
        };
        // A tail is for JMuxer, which plays at its own pace, and so as a rule is a page that asks for nothing in particular.
        // Programs and Broadway decode as fast as they can.
        let usual = match messages {
            Messages::Tailed => Join::LiveForPages,
            Messages::Whole if is_from_page => Join::LiveForPages,
            Messages::Whole | Messages::Single => Join::Burst,
        };
        Ok(Options { messages, join: Join::parse(self.join.as_deref())?.unwrap_or(usual) })
    }
}

async fn open(
    request: ViewerRequest,
    handshake: Handshake,
    options: Options,
    warned: WarnedConfigs,
) -> Response {
    let handshake = handshake.echo_subprotocol();
    let Options { messages, join } = options;
    match messages {
        Messages::Whole => {
            serve("ws/h264", handshake, request, Wanted::Video, |viewer| AnnexBStream {
                packets: viewer.track().packets::<AccessUnitMessage>(),
                join,
                baseline_only: None,
            })
            .await
        }
        Messages::Tailed => {
            serve("ws/h264", handshake, request, Wanted::Video, |viewer| AnnexBStream {
                packets: viewer.track().packets::<TailedMessage>(),
                join,
                baseline_only: None,
            })
            .await
        }
        Messages::Single => {
            serve("ws/h264", handshake, request, Wanted::Video, |viewer| AnnexBStream {
                packets: viewer.track().packets::<NalUnitMessages>(),
                join,
                baseline_only: Some(BaselineOnly::new(viewer.camera().name(), RefusalPolicy::Warn, warned)),
            })
            .await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        use Messages::{Single, Tailed, Whole};
        let table = [
            ([None, None, None], Ok((Whole, Join::Burst))),
            ([Some("au"), None, None], Ok((Whole, Join::Burst))),
            ([Some("nal"), None, None], Ok((Single, Join::Burst))),
            ([Some("nal"), None, Some("next")], Ok((Single, Join::Next))),
            ([None, Some("pps"), None], Ok((Tailed, Join::LiveForPages))),
            ([None, None, Some("live")], Ok((Whole, Join::Live))),
            ([None, Some("none"), Some("burst")], Ok((Whole, Join::Burst))),
            ([Some("gop"), None, None], Err("unit=gop is not known")),
            ([None, Some("sps"), None], Err("tail=sps is not known")),
            ([Some("nal"), Some("pps"), None], Err("tail=pps goes with whole access units")),
            ([None, None, Some("now")], Err("join=now is not known")),
        ];
        for (typed, expected) in table {
            let [unit, tail, join] = typed.map(|value| value.map(str::to_owned));
            match (Typed { unit, tail, join }.check(false), expected) {
                (Ok(options), Ok((messages, join))) => {
                    assert_eq!(options, Options { messages, join }, "{typed:?}");
                }
                (Err(sentence), Err(expected)) => assert!(sentence.contains(expected), "{sentence}"),
                (checked, _) => panic!("{typed:?}: {checked:?}"),
            }
        }
    }

    #[test]
    fn a_page_with_whole_access_units_is_assumed_to_play_with_jmuxer() {
        let table = [
            ([None, None], Join::LiveForPages),
            ([None, Some("burst")], Join::Burst),
            ([Some("nal"), None], Join::Burst),
        ];
        for ([unit, join], expected) in table {
            let [unit, join] = [unit, join].map(|value| value.map(str::to_owned));
            let typed = Typed { unit, tail: None, join };
            assert_eq!(typed.check(true).map(|options| options.join), Ok(expected));
        }
    }
}
