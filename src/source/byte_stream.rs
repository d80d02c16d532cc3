//! Bytes of unknown cut from a camera: split, timed by arrival, published.
//!
//! ```text
//! AsyncRead ─ chunk ─► InputStream ─► Frame ─► Publisher
//!               │             ▲
//!               └─ FrameEnds ─┘  bare H.264: does this chunk, or the quiet after it, end a frame?
//! ```
//! What comes may be anything. What is not H.264 becomes a state that says what it looks like, and reading goes on: real
//! video that follows is shown at once.

use std::time::Duration;

use lenscast_media::{
    arrival_clock::ArrivalClock,
    flv::FlvError,
    input::{
        Format, InputStream,
        event::{EndedBy, StreamEvent, StreamTrouble},
    },
    mpegts::MpegTsError,
    sniff,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::Instant,
};

use super::{
    Run, SourceError,
    frame_end::{CounterExample, Cuts, End, EndRule, FrameEnds},
    input_format::InputFormat,
    raw_pictures,
};
use crate::hub::{CameraState, Publisher};

/// Bytes asked of a source at once.
const READ_BYTES: usize = 64 << 10;
/// Bytes kept from the start, to say what they look like.
const HEAD_BYTES: usize = 4 << 10;
/// After so long without a frame the state says so, whether bytes come or not.
pub(super) const NO_FRAME_AFTER: Duration = Duration::from_secs(4);
/// A source that can be run anew is given up after so long without a byte.
pub(super) const GIVE_UP_AFTER: Duration = Duration::from_secs(10);
/// Troubles of a stream are logged once in so long.
const TROUBLE_INTERVAL: Duration = Duration::from_secs(10);
/// Frame duration assumed until the stream or its arrival tells: 1/30 s in 90 kHz ticks.
pub(super) const PERIOD_HINT: u32 = 3_000;

/// What to do about a source that says nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// End the run: the next one may find it better.
    GiveUp,
    /// Wait: there is nothing to run anew.
    Wait,
    /// End the run when pictures fail to come, whatever bytes do.
    Watch(Watch),
}

/// How long a camera may show nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watch {
    /// From its start to its first picture.
    pub(super) first: Duration,
    /// From one picture to the next.
    pub(super) next: Duration,
}

impl Silence {
    /// After so long without a frame something is done about it.
    const fn patience(self, has_frames: bool) -> Duration {
        match self {
            Self::GiveUp | Self::Wait => NO_FRAME_AFTER,
            Self::Watch(watch) if has_frames => watch.next,
            Self::Watch(watch) => watch.first,
        }
    }
}

/// How the bytes of a source come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input {
    /// What they are, where that was said.
    pub(super) format: Option<InputFormat>,
    /// How they are cut.
    pub(super) cuts: Cuts,
    /// What to do when none come.
    pub(super) silence: Silence,
}

/// Publishes what `reader` gives until it ends; `what` names it for a person.
pub(super) async fn publish(
    reader: &mut (impl AsyncRead + Unpin),
    input: Input,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    let format = match input.format {
        Some(InputFormat::Raw(raw)) => {
            return raw_pictures::publish(reader, raw, input.silence, what, run).await;
        }
        Some(InputFormat::Coded(format)) => Some(format),
        None => None,
    };
    let clock = ArrivalClock::resume(run.publisher.epoch(), run.publisher.next_dts(), PERIOD_HINT);
    let mut stream = Stream {
        input: InputStream::new(format, clock),
        format,
        ends: FrameEnds::new(input.cuts),
        events: Vec::new(),
        head: Vec::new(),
        frame_at: Instant::now(),
        troubles: Troubles::default(),
        other_video: None,
        said: String::new(),
    };
    let mut buffer = vec![0; READ_BYTES];
    let mut quiet_until = None;
    let mut byte_at = Instant::now();
    loop {
        let quiet = async {
            match quiet_until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        let patience = input.silence.patience(stream.input.stats().frames > 0);
        let read = tokio::select! {
            biased;
            () = run.stop.cancelled() => return Ok(()),
            read = reader.read(&mut buffer) => read.map_err(SourceError::io(what))?,
            () = quiet => {
                quiet_until = None;
                stream.ends.quiet_has_passed();
                stream.complete(EndRule::Quiet, run);
                continue;
            }
            () = tokio::time::sleep_until(stream.frame_at + patience) => {
                if matches!(input.silence, Silence::Watch(_)) {
                    return Err(SourceError::Silent { what: what.to_owned(), seconds: patience.as_secs() });
                }
                if input.silence == Silence::GiveUp && byte_at.elapsed() >= GIVE_UP_AFTER {
                    return Err(SourceError::Silent { what: what.to_owned(), seconds: GIVE_UP_AFTER.as_secs() });
                }
                stream.no_frame(what, run.publisher);
                continue;
            }
        };
        if read == 0 {
            stream.input.end(run.clock.now(), &mut stream.events);
            stream.publish_events(None, run.publisher);
            return Err(stream.ended(what));
        }
        byte_at = Instant::now();
        stream.push(&buffer[..read], run);
        quiet_until = match stream.ends() {
            End::Now => {
                stream.complete(EndRule::Write, run);
                None
            }
            End::AfterQuiet(quiet) => Some(Instant::now() + quiet),
            End::Unknown => None,
        };
    }
}

struct Stream {
    input: InputStream,
    /// The format that was said.
    format: Option<Format>,
    ends: FrameEnds,
    events: Vec<StreamEvent>,
    head: Vec<u8>,
    frame_at: Instant,
    troubles: Troubles,
    /// What the container holds instead of H.264.
    other_video: Option<String>,
    /// What was said last about frames that do not come.
    said: String,
}

impl Stream {
    fn push(&mut self, chunk: &[u8], run: &mut Run<'_>) {
        let now = run.clock.now();
        let room = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if let Err(CounterExample(rule)) = self.ends.begins(chunk, now) {
            tracing::warn!(
                camera = run.publisher.camera(),
                ?rule,
                "a frame went on after its end; for a minute only the next start code ends frames"
            );
            run.publisher.damaged();
        }
        self.input.push(chunk, now, &mut self.events);
        self.publish_events(None, run.publisher);
    }

    fn ends(&mut self) -> End {
        if self.input.needs_signals() { self.ends.ends() } else { End::Unknown }
    }

    fn complete(&mut self, rule: EndRule, run: &mut Run<'_>) {
        self.input.complete(None, run.clock.now(), &mut self.events);
        self.publish_events(Some(rule), run.publisher);
    }

    /// Publishes what has come; `signal` is what told the end of a frame that cannot tell it itself.
    fn publish_events(&mut self, signal: Option<EndRule>, publisher: &mut Publisher) {
        for event in self.events.drain(..) {
            match event {
                StreamEvent::Frame(frame, ended_by) => {
                    self.frame_at = Instant::now();
                    self.said.clear();
                    self.other_video = None;
                    publisher.count_ended_by(rule_name(ended_by, signal));
                    publisher.publish(frame);
                }
                StreamEvent::Trouble(trouble) => {
                    if is_about_other_video(&trouble) {
                        self.other_video = Some(trouble.to_string());
                    }
                    self.troubles.report(&trouble, publisher.camera());
                }
                StreamEvent::Lost => publisher.damaged(),
            }
        }
    }

    /// Some time has passed without a frame: says what is known about it.
    fn no_frame(&mut self, what: &str, publisher: &mut Publisher) {
        self.frame_at = Instant::now();
        let bytes = self.input.stats().bytes;
        let reason = if bytes == 0 {
            format!("Nothing has come from {what} so far")
        } else if self.input.stats().frames > 0 {
            format!("No picture has come from {what} for {} s", NO_FRAME_AFTER.as_secs())
        } else {
            self.nothing_to_show(what)
        };
        if reason != self.said {
            tracing::warn!(camera = publisher.camera(), "{reason}");
            self.said.clone_from(&reason);
        }
        publisher.set_state(CameraState::Offline { reason, retry_at: None });
    }

    fn ended(&self, what: &str) -> SourceError {
        let stats = self.input.stats();
        if stats.frames == 0 && stats.bytes > 0 {
            return SourceError::NotVideo(self.nothing_to_show(what));
        }
        SourceError::Ended { what: what.to_owned() }
    }

    fn nothing_to_show(&self, what: &str) -> String {
        const KEYFRAMES: &str = "but no keyframe (IDR) with its parameter sets has come so far: set a shorter \
                                 keyframe interval and repeated headers (rpicam-vid: --intra 60 --inline)";
        let looks_like = sniff::looks_like(&self.head);
        let format = self.input.format().unwrap_or(Format::H264);
        if let Some(other) = &self.other_video {
            format!("{what} cannot be shown: {other}")
        } else if !looks_like.is(format) {
            let wanted = match self.format {
                Some(format) => format!("{format}, as it was said to be"),
                None => "H.264, neither bare nor in FLV or MPEG-TS".to_owned(),
            };
            format!("{what} is not {wanted}: it looks like {looks_like}")
        } else if format == Format::H264 {
            format!("{what} sends H.264, {KEYFRAMES}")
        } else if self.input.stats().nal_units > 0 {
            format!("{what} sends H.264 in {format}, {KEYFRAMES}")
        } else {
            format!("{what} sends {format}, but no H.264 in it has come so far")
        }
    }
}

const fn is_about_other_video(trouble: &StreamTrouble) -> bool {
    use StreamTrouble::{Flv, MpegTs};
    matches!(trouble, Flv(FlvError::OtherVideo(_)) | MpegTs(MpegTsError::OtherVideo(_)))
}

/// Name of what ended a frame, in status and metrics.
fn rule_name(ended_by: EndedBy, signal: Option<EndRule>) -> &'static str {
    match ended_by {
        EndedBy::Signal => signal.unwrap_or(EndRule::NextStartCode).name(),
        EndedBy::NextStartCode => EndRule::NextStartCode.name(),
        EndedBy::ContainerSize => "container_size",
        EndedBy::PesLength => "pes_length",
        EndedBy::Stuffing => "stuffing",
        EndedBy::NextPusi => "next_pusi",
    }
}

/// Logs the first trouble of an interval and counts the others.
#[derive(Default)]
struct Troubles {
    logged_at: Option<Instant>,
    unlogged: u64,
}

impl Troubles {
    fn report(&mut self, trouble: &StreamTrouble, camera: &str) {
        if self.logged_at.is_some_and(|logged_at| logged_at.elapsed() < TROUBLE_INTERVAL) {
            self.unlogged += 1;
            return;
        }
        tracing::warn!(camera, others = self.unlogged, "{trouble}");
        self.logged_at = Some(Instant::now());
        self.unlogged = 0;
    }
}
