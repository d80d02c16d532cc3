//! Makes frames of a source's bytes, publishes them, and says in words why there is no picture.
//!
//! ```text
//! chunk, line, time ─► Ingest ─► InputStream ─► Frame ─► hand_over ─► Publisher
//!                        │ BoundaryDetector: is the frame complete?
//!                        └ Patience: is a frame overdue?
//! ```
//! The bytes may be anything. When they are no video, the camera's state says what they look like, and reading goes on: real
//! video that follows is shown at once. When none follows, a source that can be run again is.

use std::time::Duration;

use lenscast_media::{
    container_clock::Times,
    flv::FlvError,
    frame::Frame,
    input::sniff::{self, Guess},
    input::{
        Format, InputStream,
        event::{FrameBoundary, StreamEvent, StreamTrouble},
    },
    jpeg::JpegError,
    mpegts::MpegTsError,
    pixels::Matrix,
    time::Moment,
};
use tokio::time::Instant;

use super::{
    advice::{advise_on_b_frames, advise_on_profile},
    boundary_signs::{CounterExample, Cuts, Signal},
    frame_boundary::{self, BoundaryDetector, Decision, Parsed},
    timeouts::{Overdue, Patience, Silence},
};
use crate::{
    hub::{CameraState, Publisher, Reason, Trouble},
    log_limiter::LogLimiter,
    source::{
        error::{SourceError, sentence},
        run::Run,
    },
};

/// Frame duration that is assumed until the stream or its arrival shows another: 1/30 s in 90 kHz ticks.
pub(in crate::source) const PERIOD_HINT: u32 = 3_000;
/// First bytes that are kept, to say what they look like.
const HEAD_BYTES: usize = 4 << 10;
/// Of these the first tell an MP4 or a Matroska file.
const CONTAINER_BYTES: usize = 12;
/// Log at most one trouble of a stream per interval; count the rest.
const TROUBLE_INTERVAL: Duration = Duration::from_secs(10);

/// An access unit in Annex B form or a JPEG picture, all of it.
#[cfg(feature = "rtsp")]
pub(in crate::source) struct Whole<'a> {
    pub(in crate::source) bytes: &'a [u8],
    /// When its first byte came.
    pub(in crate::source) received_at: Moment,
    /// When the camera shows it, by the camera's clock.
    pub(in crate::source) times: Times,
}

/// Makes frames of the bytes of one connection to a source and publishes them.
pub(in crate::source) struct Ingest<'a> {
    /// The source, for a person.
    what: &'a str,
    input: InputStream,
    /// The configured format.
    format: Option<Format>,
    boundaries: BoundaryDetector,
    patience: Patience,
    events: Vec<StreamEvent>,
    head: Vec<u8>,
    troubles: LogLimiter,
    /// What the container holds instead of H.264.
    other_video: Option<String>,
    /// The reason that the state gives for the lack of frames; empty when they come.
    reported: String,
    reorder_depth: u32,
    /// Codec of the newest frame.
    codec_string: String,
}

impl<'a> Ingest<'a> {
    pub(in crate::source) fn new(
        what: &'a str,
        format: Option<Format>,
        cuts: Cuts,
        silence: Silence,
        run: &Run<'_>,
    ) -> Self {
        let clock = run.publisher.run_clock().arrival(PERIOD_HINT);
        Self {
            what,
            input: InputStream::new(format, clock),
            format,
            boundaries: BoundaryDetector::new(cuts),
            patience: Patience::new(silence, run.timeout, Instant::now()),
            events: Vec::new(),
            head: Vec::new(),
            troubles: LogLimiter::new(TROUBLE_INTERVAL),
            other_video: None,
            reported: String::new(),
            reorder_depth: 0,
            codec_string: String::new(),
        }
    }

    /// The matrix of H.264 that names none, where the source is known to mean that one.
    pub(super) const fn set_matrix_hint(&mut self, matrix: Option<Matrix>) {
        self.input.set_matrix_hint(matrix);
    }

    /// `chunk` was read.
    ///
    /// # Errors
    /// When there is no use in reading on, since it is no video.
    pub(super) fn push(&mut self, chunk: &[u8], run: &mut Run<'_>) -> Result<(), SourceError> {
        let now = run.clock.now();
        self.patience.byte(Instant::now());
        let (known, room) = (self.head.len(), HEAD_BYTES - self.head.len());
        self.head.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if known < CONTAINER_BYTES && self.head.len() >= CONTAINER_BYTES {
            self.is_no_file()?;
        }
        if let Err(CounterExample(signal)) = self.boundaries.push(chunk, now) {
            tracing::warn!(
                camera = run.publisher.camera(),
                ?signal,
                "wrong frame boundary: a frame went on after its end; for a minute only the next start code ends frames"
            );
            run.publisher.damaged();
        }
        self.input.push(chunk, now, &mut self.events);
        self.publish_events(None, run.publisher);
        self.boundaries.parsed(self.parsed());
        self.hopeless().map_or(Ok(()), Err)
    }

    /// Whether there is room for a line.
    pub(super) const fn takes_line(&self) -> bool {
        self.boundaries.takes_line()
    }

    /// A line has come: an access unit is written that is shown `pts_us` after the first.
    pub(super) const fn line(&mut self, pts_us: u64) {
        self.boundaries.line(pts_us);
    }

    /// When to poll, if nothing comes before.
    pub(super) fn boundary_deadline(&self) -> Option<Moment> {
        self.boundaries.deadline()
    }

    /// Publishes the frame that is complete by now, if one is. `bytes_wait` says whether bytes have come that were not read.
    pub(super) fn poll(&mut self, bytes_wait: impl Fn() -> bool, run: &mut Run<'_>) {
        while let Some(decision) = self.boundaries.poll(run.clock.now(), &bytes_wait) {
            match decision {
                Decision::Complete { signal, pts_us } => self.complete(signal, pts_us, run),
                Decision::LinesOutOfStep => tracing::warn!(
                    camera = run.publisher.camera(),
                    "timestamps ignored: the lines at descriptor 3 do not match the frames"
                ),
            }
        }
    }

    /// The input has ended; why there is no more.
    pub(in crate::source) fn end(&mut self, run: &mut Run<'_>) -> SourceError {
        self.input.end(run.clock.now(), &mut self.events);
        self.publish_events(None, run.publisher);
        self.was_never_video().unwrap_or_else(|| SourceError::Ended { what: self.what.to_owned() })
    }

    fn parsed(&self) -> Parsed {
        Parsed {
            access_units: self.input.stats().access_units,
            may_be_completed: self.input.may_be_completed(),
        }
    }

    /// Refuses what only a file can be, by its first bytes: no picture ever comes of that, however long it goes on.
    fn is_no_file(&self) -> Result<(), SourceError> {
        let (container, option) = match sniff::looks_like(&self.head) {
            Guess::Mp4 => ("an MP4 file", "-f mp4"),
            Guess::Matroska => ("a Matroska or WebM file", "-f matroska"),
            _ => return Ok(()),
        };
        Err(SourceError::NotVideo(format!(
            "{} sends {container}; Lenscast reads H.264 (bare, FLV, MPEG-TS) and motion JPEG: use -f mpegts instead of {option}",
            self.what
        )))
    }

    fn complete(&mut self, signal: Signal, pts_us: Option<u64>, run: &mut Run<'_>) {
        let times = pts_us.filter(|_| self.reorder_depth == 0).map(|pts_us| {
            // With B frames a line says when a frame is shown, not when it is decoded.
            let ticks = i64::try_from(u128::from(pts_us) * 9 / 100).unwrap_or(i64::MAX);
            Times { pts: ticks, dts: ticks }
        });
        self.input.complete(times, run.clock.now(), &mut self.events);
        self.publish_events(Some(signal), run.publisher);
        self.boundaries.completed(signal, self.parsed());
    }

    /// Publishes what the parser has given. `signal` ended the frame, where the bytes do not say where it ends.
    fn publish_events(&mut self, signal: Option<Signal>, publisher: &mut Publisher) {
        let stats = self.input.stats();
        self.patience.access_units(stats.access_units, stats.bytes);
        for event in self.events.drain(..) {
            match event {
                StreamEvent::Frame(frame, boundary) => {
                    self.patience.frame(Instant::now(), self.input.stats().bytes);
                    self.reported.clear();
                    self.other_video = None;
                    let before = std::mem::replace(&mut self.reorder_depth, frame.config.reorder_depth());
                    if self.reorder_depth > before {
                        advise_on_b_frames(&frame, publisher.camera());
                    }
                    if frame.config.codec_string != self.codec_string {
                        self.codec_string.clone_from(&frame.config.codec_string);
                        advise_on_profile(&self.codec_string, publisher.camera());
                    }
                    hand_over(frame, boundary, signal, publisher);
                }
                StreamEvent::Trouble(trouble) => {
                    if is_about_other_video(&trouble) {
                        self.other_video = Some(trouble.to_string());
                    }
                    if let Some(others) = self.troubles.event(std::time::Instant::now()) {
                        tracing::warn!(camera = publisher.camera(), others, "stream error: {trouble}");
                    }
                }
                StreamEvent::Lost => publisher.damaged(),
            }
        }
    }

    /// When [`Self::frame_is_overdue`], unless a frame comes before.
    pub(in crate::source) fn frame_deadline(&self) -> Instant {
        self.patience.deadline()
    }

    /// The deadline has passed without a frame: the camera's state says so.
    ///
    /// # Errors
    /// When the source is given up.
    pub(in crate::source) fn frame_is_overdue(&mut self, run: &mut Run<'_>) -> Result<(), SourceError> {
        let silent =
            |limit: Duration| SourceError::Silent { what: self.what.to_owned(), seconds: limit.as_secs() };
        let looks_right = self.looks_right();
        match self.patience.overdue(Instant::now(), looks_right) {
            Overdue::NoPicture(limit) => Err(silent(limit)),
            Overdue::NoByte(limit) => Err(self.was_never_video().unwrap_or_else(|| silent(limit))),
            Overdue::SayWaiting => {
                run.publisher.set_state(CameraState::Waiting {
                    reason: Reason::new(Trouble::Waiting, self.waits_for()),
                });
                Ok(())
            }
            Overdue::SayNoFrame(limit) => {
                self.say_no_frame(limit, run.publisher);
                Ok(())
            }
        }
    }

    /// Says in the state, and once in the log, what is known about the lack of frames.
    fn say_no_frame(&mut self, limit: Duration, publisher: &mut Publisher) {
        let what = self.what;
        let (trouble, reason) = if self.input.stats().frames > 0 {
            (Trouble::NoPicture, format!("No picture has come from {what} for {} s", limit.as_secs()))
        } else {
            (Trouble::NotVideo, sentence(&self.nothing_to_show()))
        };
        if reason != self.reported {
            tracing::warn!(camera = publisher.camera(), "no frame: {reason}");
            self.reported.clone_from(&reason);
        }
        let reason = Reason::new(trouble, reason);
        publisher.set_state(CameraState::Offline { reason, retry_at: None });
    }

    /// Why there is no use in reading on, if bytes come and come, and no picture.
    fn hopeless(&self) -> Option<SourceError> {
        let bytes = self.input.stats().bytes;
        if !self.patience.is_hopeless(Instant::now(), bytes, || self.looks_right()) {
            return None;
        }
        let no_more = || SourceError::NotVideo(format!("no picture has come from {} any more", self.what));
        Some(self.was_never_video().unwrap_or_else(no_more))
    }

    /// What a source that has just begun waits for.
    fn waits_for(&self) -> String {
        match self.input.stats().bytes {
            0 => format!("Waiting for {}: nothing has come from it so far", self.what),
            _ => format!("Waiting for the first picture from {}", self.what),
        }
    }

    /// Whether what has come looks like video, and nothing is known that is wrong with it.
    fn looks_right(&self) -> bool {
        let format = self.input.format().unwrap_or(Format::H264);
        self.other_video.is_none() && sniff::looks_like(&self.head).is(format)
    }

    fn was_never_video(&self) -> Option<SourceError> {
        let stats = self.input.stats();
        let never = stats.frames == 0 && stats.bytes > 0;
        never.then(|| SourceError::NotVideo(self.nothing_to_show()))
    }

    fn nothing_to_show(&self) -> String {
        let what = self.what;
        const KEYFRAMES: &str = "but no keyframe (IDR) with its parameter sets has come so far: set a shorter \
                                 keyframe interval and repeated headers (rpicam-vid: --intra 60 --inline)";
        let looks_like = sniff::looks_like(&self.head);
        let format = self.input.format().unwrap_or(Format::H264);
        if let Some(other) = &self.other_video {
            format!("{what} cannot be shown: {other}")
        } else if !looks_like.is(format) {
            let wanted = match self.format {
                Some(format) => format!("does not send {format}, the configured format"),
                None => "sends neither H.264 (bare, in FLV or MPEG-TS) nor motion JPEG".to_owned(),
            };
            format!("{what} {wanted}: it looks like {looks_like}")
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

#[cfg(feature = "rtsp")]
impl Ingest<'_> {
    /// An access unit or a picture has come that packets of its own have carried, so that nobody has to find its end.
    ///
    /// # Errors
    /// When there is no use in reading on, since it is no video.
    pub(in crate::source) fn push_whole(
        &mut self,
        whole: &Whole<'_>,
        run: &mut Run<'_>,
    ) -> Result<(), SourceError> {
        let Whole { bytes, received_at, .. } = *whole;
        self.patience.byte(Instant::now());
        let room = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        // With B frames the time at which one is shown is not the time at which it is decoded.
        let times = Some(whole.times).filter(|_| self.reorder_depth == 0);
        self.input.push_whole(bytes, times, received_at, run.clock.now(), &mut self.events);
        self.publish_events(Some(Signal::Marker), run.publisher);
        self.hopeless().map_or(Ok(()), Err)
    }

    /// Something was lost before what comes next: viewers go on at the next keyframe.
    pub(in crate::source) fn lost(&mut self, run: &mut Run<'_>) {
        self.input.lost(run.clock.now(), &mut self.events);
        self.publish_events(None, run.publisher);
    }
}

const fn is_about_other_video(trouble: &StreamTrouble) -> bool {
    use StreamTrouble::{Flv, Jpeg, MpegTs};
    matches!(
        trouble,
        Flv(FlvError::OtherVideo(_))
            | MpegTs(MpegTsError::OtherVideo(_))
            | Jpeg(JpegError::NotShown(_) | JpegError::TooManyScans)
    )
}

/// Hands a frame to the viewers: the one place where frames of byte streams are published.
fn hand_over(frame: Frame, boundary: FrameBoundary, signal: Option<Signal>, publisher: &mut Publisher) {
    publisher.publish(frame, Some(frame_boundary::name(boundary, signal)));
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::{
        super::timeouts::{PICTURE_WITHIN, VIDEO_FACTOR},
        *,
    };
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
            let stop = CancellationToken::new();
            let mut run = Run { publisher: &mut publisher, clock, stop, timeout: None };
            let mut ingest = Ingest::new("the camera", None, Cuts::Arbitrary, Silence::GiveUp, &run);
            tokio::time::advance(Duration::from_secs(seconds)).await;
            let pushed = (0..count).try_for_each(|_| ingest.push(chunk, &mut run));
            let error = pushed.err().map(|error| error.to_string());
            assert_eq!(error.is_some(), expected, "{name}: {error:?}");
            assert!(error.is_none_or(|error| error.contains("it looks like")), "{name}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_keyframe_may_be_many_bytes_away() {
        // Pictures of 1 MiB that begin no GOP.
        let picture = [&[0, 0, 1, 0x41, 0x9a, 0x22][..], &[0x55; 1 << 20]].concat();
        let clock = Clock::start();
        let (_camera, mut publisher, _orders) =
            Camera::new("cam".into(), clock, CacheLimits::default(), crate::encode::admit);
        let format = Some(Format::H264);
        // A picture ends with the next, or with the line behind it.
        for has_lines in [false, true] {
            let stop = CancellationToken::new();
            let mut run = Run { publisher: &mut publisher, clock, stop, timeout: None };
            let mut ingest = Ingest::new("the camera", format, Cuts::Arbitrary, Silence::GiveUp, &run);
            for number in 0..200 {
                assert!(ingest.push(&picture, &mut run).is_ok(), "picture {number}, lines: {has_lines}");
                if has_lines {
                    ingest.line(number * 33_333);
                    ingest.poll(|| false, &mut run);
                }
            }
            tokio::time::advance(PICTURE_WITHIN * VIDEO_FACTOR).await;
            let error = ingest.push(&picture, &mut run).expect_err("no keyframe for long").to_string();
            assert!(error.contains("no keyframe (IDR)"), "{error}");
        }
    }
}
