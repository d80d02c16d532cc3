//! A camera that is asked by RTSP (RFC 2326): most cameras on a network.
//!
//! ```text
//! DESCRIBE ─► the stream of pictures ─► SETUP, PLAY ─► packets ─► (retina) ─► access unit ─► Ingest ─► Publisher
//! ```
//! retina speaks RTSP, answers Basic and Digest, keeps the session alive, and puts packets together. The marker bit of the
//! last packet ends a picture (RFC 6184 section 5.1), so no picture waits for the next one.

use std::time::Duration;

use futures_util::StreamExt;
use lenscast_media::{container_clock::Times, h264::access_unit::has_first_slice, input::Format};
use retina::{
    client::{
        Demuxed, PlayOptions, Session, SessionOptions, SetupOptions, TcpTransportOptions, UdpTransportOptions,
    },
    codec::{CodecItem, FrameFormat, VideoFrame},
};
use tokio::time::sleep_until;

use super::{
    rtsp_address::CameraAddress,
    rtsp_errors::{failure, nothing_to_show},
};
use crate::source::{
    error::SourceError,
    ingest::{
        boundary_signs::Cuts,
        frames::{Ingest, Whole},
        timeouts::Silence,
    },
    kind::Kind,
    run::Run,
    typed::{error::SpecError, spec::SourceSpec},
};

/// Limit for all that comes before the first packet.
const PLAYS_WITHIN: Duration = Duration::from_secs(10);
/// Faults without a picture between them after which the camera is asked again from the beginning: more than a large picture has
/// packets, since all of one may be faulty.
const MOST_FAULTS: u32 = 2_000;
/// What [`CameraAddress`] needs.
const NEEDS: &str = "//HOST/PATH after the colon, such as //USER:PASSWORD@192.168.1.20/stream1, with %2F for a / in the password";

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    /// In the RTSP connection: nothing is lost, and it passes every firewall.
    Tcp,
    /// In datagrams.
    Udp,
}

/// A camera's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    address: CameraAddress,
    transport: Transport,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address.fmt(out)
    }
}

impl Kind for Config {
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        spec.no_format()?;
        let mut transport = Transport::Tcp;
        for (key, value) in &spec.options {
            match (key.as_str(), value.text()) {
                ("transport", Some("tcp")) => transport = Transport::Tcp,
                ("transport", Some("udp")) => transport = Transport::Udp,
                ("transport", _) => return Err(spec.value("transport", value, "tcp or udp".to_owned())),
                _ => return Err(spec.unknown_option(key, "transport")),
            }
        }
        let address = spec.rest.as_deref().and_then(CameraAddress::parse);
        Ok(Self { address: address.ok_or_else(|| spec.wrong_rest(NEEDS))?, transport })
    }

    async fn run(&self, mut run: Run<'_>) -> Result<(), SourceError> {
        let opened = tokio::select! {
            () = run.stop.cancelled() => return Ok(()),
            opened = tokio::time::timeout(PLAYS_WITHIN, open(self)) => opened,
        };
        let seconds = PLAYS_WITHIN.as_secs();
        let (frames, format) =
            opened.unwrap_or_else(|_| Err(SourceError::Silent { what: self.to_string(), seconds }))?;
        tracing::info!(camera = run.publisher.camera(), "connected to {self}");
        publish(self, frames, format, &mut run).await
    }
}

/// Asks for the camera's pictures; what comes then, and what it is.
async fn open(config: &Config) -> Result<(Demuxed, Format), SourceError> {
    let Config { address, transport } = config;
    let failed = |error| failure(address, &error);
    let credentials = address.credentials.as_ref().map(|known| retina::client::Credentials {
        username: known.user.clone(),
        password: known.password.clone(),
    });
    let options = SessionOptions::default().creds(credentials).user_agent("Lenscast".to_owned());
    let mut session = Session::describe(address.url.clone(), options).await.map_err(failed)?;
    let formats = session.streams().iter().map(|stream| match (stream.media(), stream.encoding_name()) {
        ("video", "h264") => Some(Format::H264),
        ("video", "jpeg") => Some(Format::Mjpeg),
        _ => None,
    });
    let found = formats.enumerate().find_map(|(index, format)| Some((index, format?)));
    let (index, format) = found.ok_or_else(|| nothing_to_show(address, &session))?;
    let transport = match transport {
        Transport::Tcp => retina::client::Transport::Tcp(TcpTransportOptions::default()),
        Transport::Udp => retina::client::Transport::Udp(UdpTransportOptions::default()),
    };
    let setup = SetupOptions::default().transport(transport).frame_format(FrameFormat::SIMPLE);
    session.setup(index, setup).await.map_err(failed)?;
    let playing = session.play(PlayOptions::default()).await.map_err(failed)?;
    Ok((playing.demuxed().map_err(failed)?, format))
}

/// Publishes the pictures that come, until there are no more.
async fn publish(
    config: &Config,
    mut frames: Demuxed,
    format: Format,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    let what = format!("the camera at {config}");
    let mut ingest = Ingest::new(&what, Some(format), Cuts::Late, Silence::GiveUp, run);
    // Since the newest picture that was whole.
    let (mut faults, mut is_damaged) = (0, false);
    loop {
        tokio::select! {
            biased;
            () = run.stop.cancelled() => return Ok(()),
            item = frames.next() => match item {
                Some(Ok(CodecItem::VideoFrame(frame))) => {
                    if frame.loss() > 0 {
                        ingest.lost(run);
                        is_damaged = true;
                    }
                    // The packets that were lost or faulty may have been the beginning of this picture.
                    if !is_damaged || format == Format::Mjpeg || has_first_slice(frame.data()) {
                        (faults, is_damaged) = (0, false);
                        push(&frame, &mut ingest, run)?;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => {
                    ingest.lost(run);
                    (faults, is_damaged) = (faults + 1, true);
                    tracing::debug!(camera = run.publisher.camera(), "faulty packet: {error}");
                    if faults == MOST_FAULTS {
                        return Err(failure(&config.address, &error));
                    }
                }
                None => return Err(ingest.end(run)),
            },
            () = sleep_until(ingest.frame_deadline()) => ingest.frame_is_overdue(run)?,
        }
    }
}

/// Takes one access unit or picture.
fn push(frame: &VideoFrame, ingest: &mut Ingest<'_>, run: &mut Run<'_>) -> Result<(), SourceError> {
    let ticks = frame.timestamp().timestamp();
    let whole = Whole {
        bytes: frame.data(),
        received_at: run.clock.at(frame.start_ctx().received()),
        times: Times { pts: ticks, dts: ticks },
    };
    ingest.push_whole(&whole, run)
}
