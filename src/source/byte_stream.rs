//! Bytes of unknown cut from a camera: split, timed by arrival, published.
//!
//! ```text
//! AsyncRead ─ chunk ─► H264Stream ─► Frame ─► Publisher
//!               │            ▲
//!               └ FrameEnds ─┘  does this chunk, or the quiet after it, end a frame?
//! ```
//! What comes may be anything. What is not H.264 becomes a state that says what it looks like, and reading goes on: real
//! video that follows is shown at once.

use std::time::Duration;

use lenscast_media::{
    arrival_clock::ArrivalClock,
    h264::stream::{H264Stream, StreamEvent, StreamTrouble},
    sniff,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    time::Instant,
};

use super::{
    Run, SourceError,
    frame_end::{CounterExample, Cuts, End, EndRule, FrameEnds},
};
use crate::hub::{CameraState, Publisher};

/// Bytes asked of a source at once.
const READ_BYTES: usize = 64 << 10;
/// Bytes kept from the start, to say what they look like.
const HEAD_BYTES: usize = 4 << 10;
/// After so long without a frame the state says so, whether bytes come or not.
const NO_FRAME_AFTER: Duration = Duration::from_secs(4);
/// A source that can be run anew is given up after so long without a byte.
const GIVE_UP_AFTER: Duration = Duration::from_secs(10);
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

/// Publishes what `reader` gives until it ends; `what` names it for a person.
pub(super) async fn publish(
    reader: &mut (impl AsyncRead + Unpin),
    cuts: Cuts,
    silence: Silence,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    let clock = ArrivalClock::resume(run.publisher.epoch(), run.publisher.next_dts(), PERIOD_HINT);
    let mut stream = Stream {
        h264: H264Stream::new(clock),
        ends: FrameEnds::new(cuts),
        events: Vec::new(),
        head: Vec::new(),
        frame_at: Instant::now(),
        troubles: Troubles::default(),
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
        let patience = silence.patience(stream.h264.stats().frames > 0);
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
                if matches!(silence, Silence::Watch(_)) {
                    return Err(SourceError::Silent { what: what.to_owned(), seconds: patience.as_secs() });
                }
                if silence == Silence::GiveUp && byte_at.elapsed() >= GIVE_UP_AFTER {
                    return Err(SourceError::Silent { what: what.to_owned(), seconds: GIVE_UP_AFTER.as_secs() });
                }
                stream.no_frame(what, run.publisher);
                continue;
            }
        };
        if read == 0 {
            stream.h264.end(run.clock.now(), &mut stream.events);
            stream.publish_events(EndRule::NextStartCode, run.publisher);
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
    h264: H264Stream,
    ends: FrameEnds,
    events: Vec<StreamEvent>,
    head: Vec<u8>,
    frame_at: Instant,
    troubles: Troubles,
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
        self.h264.push(chunk, now, &mut self.events);
        self.publish_events(EndRule::NextStartCode, run.publisher);
    }

    fn ends(&mut self) -> End {
        if self.h264.may_have_fields() { End::Unknown } else { self.ends.ends() }
    }

    fn complete(&mut self, rule: EndRule, run: &mut Run<'_>) {
        self.h264.complete(run.clock.now(), &mut self.events);
        self.publish_events(rule, run.publisher);
    }

    fn publish_events(&mut self, rule: EndRule, publisher: &mut Publisher) {
        for event in self.events.drain(..) {
            match event {
                StreamEvent::Frame(frame) => {
                    self.frame_at = Instant::now();
                    self.said.clear();
                    publisher.count_ended_by(rule.name());
                    publisher.publish(frame);
                }
                StreamEvent::Trouble(trouble) => self.troubles.report(&trouble, publisher.camera()),
            }
        }
    }

    /// Some time has passed without a frame: says what is known about it.
    fn no_frame(&mut self, what: &str, publisher: &mut Publisher) {
        self.frame_at = Instant::now();
        let bytes = self.h264.stats().bytes;
        let reason = if bytes == 0 {
            format!("Nothing has come from {what} so far")
        } else if self.h264.stats().frames > 0 {
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
        let stats = self.h264.stats();
        if stats.frames == 0 && stats.bytes > 0 {
            return SourceError::NotVideo(self.nothing_to_show(what));
        }
        SourceError::Ended { what: what.to_owned() }
    }

    fn nothing_to_show(&self, what: &str) -> String {
        if sniff::looks_like(&self.head).is_h264() {
            return format!(
                "{what} sends H.264, but no keyframe (IDR) with its parameter sets has come so far: set a shorter \
                 keyframe interval and repeated headers (rpicam-vid: --intra 60 --inline)"
            );
        }
        format!("{what} is not H.264 (Annex B): it looks like {}", sniff::looks_like(&self.head))
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
