//! What becomes of a source's bytes: frames, counters, a log line now and then, and a sentence when there is no picture.

use std::time::Duration;

use lenscast_media::{
    container_clock::Times,
    flv::FlvError,
    input::sniff,
    input::{
        Format, InputStream,
        event::{FrameBoundary, StreamEvent, StreamTrouble},
    },
    mpegts::MpegTsError,
};
use tokio::time::Instant;

use super::{
    frame_boundary::{CounterExample, Cuts, End, EndRule, FrameEnds},
    timeouts::{GIVE_UP_AFTER, NO_FRAME_AFTER, PICTURE_WITHIN, PICTURE_WITHIN_BYTES},
};
use crate::{
    hub::{CameraState, Publisher},
    log_limiter::LogLimiter,
    source::{
        error::{SourceError, sentence},
        run::Run,
    },
};

/// Frame duration assumed until the stream or its arrival tells: 1/30 s in 90 kHz ticks.
pub(in crate::source) const PERIOD_HINT: u32 = 3_000;
/// Bytes kept from the start, to say what they look like.
const HEAD_BYTES: usize = 4 << 10;
/// Log at most one trouble of a stream per interval; count the rest.
const TROUBLE_INTERVAL: Duration = Duration::from_secs(10);
/// Frames that may wait for their lines; with more, lines and frames are out of step for good.
const MOST_LINES_OWED: u64 = 8;

/// Publishes the frames of one connection to a source.
pub(in crate::source) struct Ingest {
    input: InputStream,
    /// The format that was said.
    format: Option<Format>,
    ends: FrameEnds,
    events: Vec<StreamEvent>,
    head: Vec<u8>,
    pub(in crate::source) frame_at: Instant,
    /// When the newest picture came, and after how many bytes.
    picture: (Instant, u64),
    troubles: LogLimiter,
    /// What the container holds instead of H.264.
    other_video: Option<String>,
    /// What was said last about frames that do not come.
    said: String,
    /// Access units whose lines have come; `None` once they are out of step.
    lines: Option<u64>,
    /// Lines come in time.
    lines_come: bool,
    reorder_depth: u32,
}

impl Ingest {
    pub(in crate::source) fn new(format: Option<Format>, cuts: Cuts, publisher: &Publisher) -> Self {
        let clock = publisher.run_clock().arrival(PERIOD_HINT);
        Self {
            input: InputStream::new(format, clock),
            format,
            ends: FrameEnds::new(cuts),
            events: Vec::new(),
            head: Vec::new(),
            frame_at: Instant::now(),
            picture: (Instant::now(), 0),
            troubles: LogLimiter::new(TROUBLE_INTERVAL),
            other_video: None,
            said: String::new(),
            lines: Some(0),
            lines_come: false,
            reorder_depth: 0,
        }
    }

    pub(in crate::source) fn has_frames(&self) -> bool {
        self.input.stats().frames > 0
    }

    /// The input ends.
    pub(in crate::source) fn end(&mut self, run: &mut Run<'_>) {
        self.input.end(run.clock.now(), &mut self.events);
        self.publish_events(None, run.publisher);
    }

    pub(in crate::source) fn push(&mut self, chunk: &[u8], run: &mut Run<'_>) {
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

    /// Whether what was pushed ends a frame.
    pub(in crate::source) fn ends(&mut self) -> End {
        if self.input.may_be_completed() { self.ends.ends() } else { End::Unknown }
    }

    /// The write that was pushed ends a frame.
    pub(in crate::source) fn write_has_ended(&mut self, run: &mut Run<'_>) {
        self.complete(EndRule::Write, None, run);
    }

    /// It has been quiet for as long as [`End::AfterQuiet`] said.
    pub(in crate::source) fn quiet_has_passed(&mut self, run: &mut Run<'_>) {
        self.ends.quiet_has_passed();
        self.complete(EndRule::Quiet, None, run);
    }

    /// Whether a line is likely to follow what was pushed.
    pub(in crate::source) const fn awaits_line(&self) -> bool {
        self.lines_come
    }

    /// The line that was waited for has not come, but its write ends a frame.
    pub(in crate::source) fn line_is_late(&mut self, run: &mut Run<'_>) {
        self.lines_come = false;
        self.write_has_ended(run);
    }

    /// A line has come, which says that an access unit is written: it is shown `pts_us` after the first. All that was
    /// written before the line has been pushed.
    pub(in crate::source) fn line(&mut self, pts_us: u64, run: &mut Run<'_>) {
        let Some(matched) = &mut self.lines else { return };
        let owed = self.input.stats().access_units.saturating_sub(*matched);
        if owed > MOST_LINES_OWED {
            tracing::warn!(
                camera = run.publisher.camera(),
                "the lines at descriptor 3 do not fit to the frames"
            );
            self.lines = None;
            self.lines_come = false;
        } else if owed > 0 {
            // Its frame was known to be complete without it.
            *matched += 1;
            self.lines_come = true;
        } else if self.input.may_be_completed() && self.ends.is_trusted() {
            let ticks = i64::try_from(u128::from(pts_us) * 9 / 100).unwrap_or(i64::MAX);
            // With B frames a line says when a frame is shown, not when it is decoded.
            let times = (self.reorder_depth == 0).then_some(Times { pts: ticks, dts: ticks });
            self.complete(EndRule::PtsLine, times, run);
            if self.lines != Some(self.input.stats().access_units) {
                self.ends.line_has_come();
                self.lines = Some(self.input.stats().access_units);
                self.lines_come = true;
            }
        }
    }

    fn complete(&mut self, rule: EndRule, times: Option<Times>, run: &mut Run<'_>) {
        self.input.complete(times, run.clock.now(), &mut self.events);
        self.publish_events(Some(rule), run.publisher);
    }

    /// Publishes what has come; `signal` is what told the end of a frame that cannot tell it itself.
    fn publish_events(&mut self, signal: Option<EndRule>, publisher: &mut Publisher) {
        for event in self.events.drain(..) {
            match event {
                StreamEvent::Frame(frame, ended_by) => {
                    self.frame_at = Instant::now();
                    self.picture = (self.frame_at, self.input.stats().bytes);
                    self.said.clear();
                    self.other_video = None;
                    self.reorder_depth = frame.config.reorder_depth();
                    publisher.publish(frame, Some(rule_name(ended_by, signal)));
                }
                StreamEvent::Trouble(trouble) => {
                    if is_about_other_video(&trouble) {
                        self.other_video = Some(trouble.to_string());
                    }
                    if let Some(others) = self.troubles.event(std::time::Instant::now()) {
                        tracing::warn!(camera = publisher.camera(), others, "{trouble}");
                    }
                }
                StreamEvent::Lost => publisher.damaged(),
            }
        }
    }

    /// Some time has passed without a frame: says what is known about it.
    pub(in crate::source) fn no_frame(&mut self, what: &str, publisher: &mut Publisher) {
        self.frame_at = Instant::now();
        let bytes = self.input.stats().bytes;
        let reason = if bytes == 0 {
            format!("Nothing has come from {what} so far")
        } else if self.input.stats().frames > 0 {
            format!("No picture has come from {what} for {} s", NO_FRAME_AFTER.as_secs())
        } else {
            sentence(&self.nothing_to_show(what))
        };
        if reason != self.said {
            tracing::warn!(camera = publisher.camera(), "{reason}");
            self.said.clone_from(&reason);
        }
        publisher.set_state(CameraState::Offline { reason, retry_at: None });
    }

    pub(in crate::source) fn ended(&self, what: &str) -> SourceError {
        self.was_never_video(what).unwrap_or_else(|| SourceError::Ended { what: what.to_owned() })
    }

    /// Nothing has come for [`GIVE_UP_AFTER`].
    pub(in crate::source) fn fell_silent(&self, what: &str) -> SourceError {
        let silent = || SourceError::Silent { what: what.to_owned(), seconds: GIVE_UP_AFTER.as_secs() };
        self.was_never_video(what).unwrap_or_else(silent)
    }

    /// Why there is no use in reading on, if bytes come and come, and no picture.
    pub(in crate::source) fn is_hopeless(&self, what: &str) -> Option<SourceError> {
        let (at, after_bytes) = self.picture;
        let bytes = self.input.stats().bytes.saturating_sub(after_bytes);
        if at.elapsed() < PICTURE_WITHIN && bytes < PICTURE_WITHIN_BYTES {
            return None;
        }
        let no_more = || SourceError::NotVideo(format!("no picture has come from {what} any more"));
        Some(self.was_never_video(what).unwrap_or_else(no_more))
    }

    fn was_never_video(&self, what: &str) -> Option<SourceError> {
        let stats = self.input.stats();
        let never = stats.frames == 0 && stats.bytes > 0;
        never.then(|| SourceError::NotVideo(self.nothing_to_show(what)))
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
                None => "H.264 (bare, in FLV or MPEG-TS) or motion JPEG".to_owned(),
            };
            format!("{what} is not {wanted}: it looks like {looks_like}")
        } else if format == Format::Mjpeg {
            format!("{what} sends JPEG, but no whole picture has come so far")
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
fn rule_name(ended_by: FrameBoundary, signal: Option<EndRule>) -> &'static str {
    match ended_by {
        FrameBoundary::Signal => signal.unwrap_or(EndRule::NextStartCode).name(),
        FrameBoundary::NextStartCode => EndRule::NextStartCode.name(),
        FrameBoundary::ContainerSize => "container_size",
        FrameBoundary::PesLength => "pes_length",
        FrameBoundary::Stuffing => "stuffing",
        FrameBoundary::NextPusi => "next_pusi",
        FrameBoundary::EndOfImage => "end_of_image",
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        clock::Clock,
        hub::{CacheLimits, Camera},
    };

    #[tokio::test(start_paused = true)]
    async fn reading_on_is_hopeless_after_so_long_or_so_much() {
        const HELLO: &[u8] = b"Hello, this is a page and not a camera.\n";
        const MIB: usize = 1 << 20;
        let table: [(&str, &[u8], u64, usize, bool); 5] = [
            ("some text", HELLO, 0, 1, false),
            ("a little text for a while", HELLO, 29, 3, false),
            ("a little text for long", HELLO, 30, 3, true),
            ("much in no time", &[0x55; MIB], 0, 64, true),
            ("less than too much", &[0x55; MIB], 0, 63, false),
        ];
        for (name, chunk, seconds, count, expected) in table {
            let clock = Clock::start();
            let (_camera, mut publisher, _orders) =
                Camera::new("cam".into(), clock, CacheLimits::default(), crate::encode::admit);
            let mut ingest = Ingest::new(None, Cuts::Arbitrary, &publisher);
            let stop = CancellationToken::new();
            let mut run = Run { publisher: &mut publisher, clock, stop };
            tokio::time::advance(Duration::from_secs(seconds)).await;
            for _ in 0..count {
                ingest.push(chunk, &mut run);
            }
            let error = ingest.is_hopeless("the camera").map(|error| error.to_string());
            assert_eq!(error.is_some(), expected, "{name}: {error:?}");
            assert!(error.is_none_or(|error| error.contains("it looks like")), "{name}");
        }
    }
}
