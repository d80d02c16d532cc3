//! A file, played at its own rate, in a loop. A FIFO is read as it comes (`fifo.rs`).
//!
//! ```text
//! read ─► UnitStream ─ access unit ─► wait until it is due ─► FrameMaker ─► Publisher
//! ```
//! A frame is due by its container's time stamps, as far as they make sense (`file_pace.rs`). Without a container, or with
//! `rate=`, frames are due at that rate, else at the stream's own, else 30 times per second.

use std::{
    fs::FileType,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    time::Duration,
};

use lenscast_media::{
    container_clock::Times,
    input::sniff,
    input::{
        Format, UnitStream,
        event::{StreamEvent, UnitEvent},
        frame_maker::FrameMaker,
    },
    y4m,
};
use rustix::fs::{Access, access};
use tokio::{fs::File, io::AsyncReadExt, time::Instant};

use super::{fifo, file_pace::Pace, raw_file};
use crate::{
    os_error::in_words,
    source::{
        error::SourceError,
        ingest::{frames::PERIOD_HINT, picture_reader::PictureReader},
        kind::Kind,
        run::{Run, RunPolicy},
        typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
    },
};

/// Bytes read at once.
const READ_BYTES: usize = 64 << 10;
/// A file system that has not answered after this may do so later.
const ANSWER_WITHIN: Duration = Duration::from_millis(500);
/// Bytes without a picture after which a file is given up: some have no end.
const PICTURE_WITHIN_BYTES: usize = 32 << 20;

/// What to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the file is.
    pub path: PathBuf,
    /// Frames a second; the stream's own rate if not given.
    pub frames_per_second: Option<u32>,
    /// Format of the file; detected from its first bytes if not given.
    pub format: Option<InputFormat>,
    /// Whether it is a FIFO, into which another program writes.
    pub is_fifo: bool,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "file {}", self.path.display())
    }
}

impl Kind for Config {
    const RUN_POLICY: RunPolicy = RunPolicy::OnDemand;

    fn run_policy(&self) -> RunPolicy {
        if self.is_fifo { RunPolicy::Always } else { Self::RUN_POLICY }
    }

    fn can_run_on_demand(&self) -> bool {
        !self.is_fifo
    }

    /// What `spec` says; the file has to be there.
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let format = spec.input_format_beside_options()?;
        let is_raw = matches!(format, Some(InputFormat::Raw(_)));
        let mut frames_per_second = None;
        for (key, value) in &spec.options {
            match key.as_str() {
                _ if is_raw => {}
                "rate" => frames_per_second = Some(spec.number("rate", value, 1, 240)?),
                _ => return Err(spec.unknown_option(key, "rate")),
            }
        }
        let path = spec.rest.as_deref().filter(|path| !path.is_empty());
        let path = spec.path(path.ok_or_else(|| spec.wrong_rest("a path, such as file:clip.h264"))?);
        let cannot = |reason: String| SpecError::File { path: path.display().to_string(), reason };
        let is_fifo = match look_up(&path, ANSWER_WITHIN) {
            Some(Ok(kind)) if kind.is_dir() => return Err(cannot("it is a folder".into())),
            Some(Ok(kind)) if kind.is_socket() => return Err(cannot("it is a socket".into())),
            Some(Err(error)) => return Err(cannot(in_words(&error))),
            Some(Ok(kind)) => kind.is_fifo(),
            // A file system that does not answer may do so later.
            None => false,
        };
        Ok(Self { path, frames_per_second, format, is_fifo })
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

/// What `path` is, and that it may be read; `None` when the file system does not answer in time. Nothing is opened: to open a
/// FIFO waits for its writer, and to close it again ends that.
fn look_up(path: &Path, within: Duration) -> Option<std::io::Result<FileType>> {
    let (answer, answered) = std::sync::mpsc::channel();
    let path = path.to_owned();
    let looking = std::thread::Builder::new().name("file".into()).spawn(move || {
        let kind = std::fs::metadata(&path).map(|metadata| metadata.file_type());
        let kind = kind.and_then(|kind| Ok(access(&path, Access::READ_OK).map(|()| kind)?));
        // Nobody waits any more when it has taken long.
        let _ = answer.send(kind);
    });
    match looking {
        Ok(_) => answered.recv_timeout(within).ok(),
        Err(error) => Some(Err(error)),
    }
}

/// A reader of YUV4MPEG2.
fn y4m() -> PictureReader {
    PictureReader::y4m(Vec::new())
}

/// Whether the file begins as YUV4MPEG2 does. What cannot be read twice, or not at all, does not.
async fn is_y4m(path: &Path) -> bool {
    if !tokio::fs::metadata(path).await.is_ok_and(|found| found.is_file()) {
        return false;
    }
    let mut head = [0; y4m::MAGIC.len()];
    let Ok(mut file) = File::open(path).await else { return false };
    file.read_exact(&mut head).await.is_ok() && head == y4m::MAGIC
}

async fn run_once(config: &Config, run: Run<'_>) -> Result<(), SourceError> {
    let path = config.path.clone();
    let looking = tokio::task::spawn_blocking(move || std::fs::metadata(path));
    let found = looking.await.ok().and_then(Result::ok);
    if found.as_ref().is_some_and(|found| found.file_type().is_fifo()) {
        return fifo::run(&config.path, config.format, run).await;
    }
    let format = match config.format {
        Some(InputFormat::Raw(raw)) => {
            let raw = raw.of_file(found.map_or(0, |found| found.len()));
            return raw_file::run(&config.path, || PictureReader::raw(raw), run).await;
        }
        Some(InputFormat::Y4m) => return raw_file::run(&config.path, y4m, run).await,
        None if is_y4m(&config.path).await => return raw_file::run(&config.path, y4m, run).await,
        Some(InputFormat::Coded(format)) => Some(format),
        None => None,
    };
    let clock = run.publisher.run_clock().arrival(PERIOD_HINT);
    let mut player = Player {
        config,
        format,
        run,
        maker: FrameMaker::new(clock),
        events: Vec::new(),
        pace: Pace::new(),
        head: Vec::new(),
    };
    loop {
        let frames = player.play_once().await?;
        if player.run.stop.is_cancelled() {
            return Ok(());
        }
        if frames == 0 {
            let looks_like = sniff::looks_like(&player.head);
            let path = config.path.display();
            if player.head.is_empty() {
                return Err(SourceError::NotVideo(format!("file {path} is empty")));
            }
            return Err(SourceError::NotVideo(format!(
                "file {path} holds neither H.264 (bare, in FLV or MPEG-TS) nor motion JPEG: it looks like {looks_like}"
            )));
        }
    }
}

struct Player<'a> {
    config: &'a Config,
    format: Option<Format>,
    run: Run<'a>,
    maker: FrameMaker,
    events: Vec<StreamEvent>,
    pace: Pace,
    head: Vec<u8>,
}

impl Player<'_> {
    /// Plays the file once. Returns the number of frames. Nothing before its beginning is of use for what it begins with.
    async fn play_once(&mut self) -> Result<u64, SourceError> {
        let cannot =
            |error| SourceError::io(format!("cannot read file {}", self.config.path.display()))(error);
        let mut file = File::open(&self.config.path).await.map_err(cannot)?;
        let mut units = UnitStream::new(self.format);
        let mut buffer = vec![0; READ_BYTES];
        let mut found = Vec::new();
        let mut frames = 0;
        let mut bytes_without_picture = 0;
        self.pace.rewind();
        self.play(UnitEvent::Lost).await;
        loop {
            let read = file.read(&mut buffer).await.map_err(cannot)?;
            if read == 0 {
                units.end(&mut found);
            } else {
                if self.head.is_empty() {
                    self.head = buffer[..read.min(4 << 10)].to_vec();
                }
                units.push(&buffer[..read], self.run.clock.now(), &mut found);
            }
            bytes_without_picture += read;
            for event in found.drain(..) {
                let published = self.play(event).await;
                if published > 0 {
                    bytes_without_picture = 0;
                }
                frames += published;
                if self.run.stop.is_cancelled() {
                    return Ok(frames);
                }
            }
            if read == 0 || (bytes_without_picture >= PICTURE_WITHIN_BYTES && frames == 0) {
                return Ok(frames);
            }
            if bytes_without_picture >= PICTURE_WITHIN_BYTES {
                let path = self.config.path.display();
                return Err(SourceError::NotVideo(format!(
                    "no picture has come from file {path} in its last {} MiB",
                    PICTURE_WITHIN_BYTES >> 20
                )));
            }
        }
    }

    /// Publishes an access unit when it is due. Returns the number of frames.
    async fn play(&mut self, event: UnitEvent) -> u64 {
        let event = match event {
            UnitEvent::AccessUnit(unit, times, ended_by) => {
                let times = times.filter(|_| self.config.frames_per_second.is_none());
                if !self.is_due(times).await {
                    return 0;
                }
                let times = times.filter(|_| self.pace.is_followed());
                let unit = unit.with_received_at(self.run.clock.now());
                UnitEvent::AccessUnit(unit, times, ended_by)
            }
            UnitEvent::Picture(picture, _, ended_by) => {
                if !self.is_due(None).await {
                    return 0;
                }
                UnitEvent::Picture(picture, self.run.clock.now(), ended_by)
            }
            other => other,
        };
        self.maker.take([event], self.run.clock.now(), &mut self.events);
        let mut frames = 0;
        let camera = self.run.publisher.camera().to_owned();
        for event in self.events.drain(..) {
            match event {
                StreamEvent::Frame(frame, _) => {
                    self.run.publisher.publish(frame, None);
                    frames += 1;
                }
                StreamEvent::Trouble(trouble) => tracing::debug!(camera, "stream error: {trouble}"),
                StreamEvent::Lost => {}
            }
        }
        if frames > 0 {
            self.pace.published();
        }
        frames
    }

    /// Waits until an access unit with these times is due; `false` when the run is to end before.
    async fn is_due(&mut self, times: Option<Times>) -> bool {
        let due = self.pace.due(times.map(|times| times.dts), self.period_90k(), Instant::now());
        tokio::select! {
            () = self.run.stop.cancelled() => false,
            () = tokio::time::sleep_until(due) => true,
        }
    }

    fn period_90k(&self) -> u32 {
        match self.config.frames_per_second {
            Some(per_second) => 90_000 / per_second,
            None => self.maker.frame_period_90k().unwrap_or(PERIOD_HINT),
        }
    }
}

#[cfg(test)]
mod tests {
    use lenscast_media::{codec::Codec, rendition::Rendition};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{
        clock::Clock,
        hub::{CacheLimits, Camera, TrackCounters},
    };

    /// A file of this name, with these bytes, that is removed in the end.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str, bytes: &[u8]) -> Self {
            let path = std::env::temp_dir().join(format!("lenscast-file-{}-{name}", std::process::id()));
            std::fs::write(&path, bytes).expect("room");
            Self(path)
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    /// Pictures that a file gives within this time, the keyframes among them, and why it ended, if it did.
    async fn played(source: &str, seconds: u64) -> (u64, u64, Option<String>) {
        let spec: SourceSpec = source.parse().expect("a source");
        let config = Config::from_spec(&spec).expect("a file");
        let clock = Clock::start();
        let (camera, mut publisher, _requests) =
            Camera::new("cam".into(), clock, CacheLimits::default(), crate::encode::admit);
        let run = Run { publisher: &mut publisher, clock, stop: CancellationToken::new(), timeout: None };
        let outcome = tokio::time::timeout(Duration::from_secs(seconds), config.run(run)).await;
        let error = outcome.ok().map(|outcome| outcome.expect_err("nobody stops it").to_string());
        let codecs = [Codec::H264, Codec::Jpeg];
        let renditions = codecs.map(Rendition::of).into_iter().chain([Rendition::RAW_VIDEO]);
        let tracks = renditions.filter_map(|rendition| camera.track(rendition));
        let counters: Vec<_> = tracks.map(|track| track.status().counters).collect();
        let sum = |count: fn(&TrackCounters) -> u64| counters.iter().map(count).sum();
        (sum(|counters| counters.frames), sum(|counters| counters.keyframes), error)
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_never_outruns_its_rate() {
        let inputs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs");
        let read = |name: &str| std::fs::read(format!("{inputs}/{name}")).expect("it is there");
        let jpeg = read("control-good.mjpeg");
        let end = jpeg.windows(2).position(|pair| pair == [0xff, 0xd9]).expect("an end of image") + 2;
        let one = Temporary::new("one.jpg", &jpeg[..end]);
        let one = one.0.display();
        let pictures = |begin: &[u8], before_each: &[u8]| {
            let one = [before_each, &[90; 16 * 16 * 3 / 2]].concat();
            [begin, &one.repeat(3), &one[..20]].concat()
        };
        let y4m = Temporary::new("three.y4m", &pictures(b"YUV4MPEG2 W16 H16 F10:1\n", b"FRAME\n"));
        let y4m = y4m.0.display();
        let raw = Temporary::new("three.yuv", &pictures(b"", b""));
        let raw = raw.0.display();
        // Pictures within 8 s: their rate is 10, which the headers of H.264 say, or 30 where nothing does.
        let table = [
            (format!("file:{inputs}/control-good.ts"), 78..=82),
            (format!("file:{inputs}/control-good.flv"), 78..=82),
            (format!("file:{inputs}/control-good.mjpeg"), 230..=242),
            (format!("file:{inputs}/mjpeg-every-second-picture-cut-off.mjpeg"), 100..=242),
            (format!("file:{inputs}/h264-forbidden-bit-unit-before-each-picture.h264"), 78..=82),
            (format!("file:{inputs}/ts-all-pts-equal.ts"), 78..=82),
            (format!("file,rate=5:{inputs}/ts-all-pts-equal.ts"), 39..=42),
            (format!("file,rate=5:{inputs}/control-good.mjpeg"), 39..=42),
            (format!("file:{one}"), 230..=242),
            (format!("file:{y4m}"), 78..=82),
            (format!("file+y4m:{y4m}"), 78..=82),
            (format!("file+yuv420p,size=16x16,rate=10:{raw}"), 78..=82),
            ("file+yuv420p,size=16x16,rate=10:/dev/zero".to_owned(), 78..=82),
        ];
        for (source, expected) in table {
            let (pictures, _, error) = played(&source, 8).await;
            assert_eq!(error, None, "{source}");
            assert!(expected.contains(&pictures), "{source}: {pictures} pictures");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_begins_within_a_gop_begins_at_its_first_keyframe_each_time() {
        let inputs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs");
        let source = format!("file,rate=100:{inputs}/h264-intra-refresh-joined-late.h264");
        let (pictures, keyframes, _) = played(&source, 43).await;
        // 5 of 43, and none of the 7 before them.
        assert_eq!((pictures, keyframes), (4301, 501));
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_without_pictures_ends_with_a_sentence() {
        let empty = Temporary::new("empty", b"");
        let text = Temporary::new("text", b"Hello, this is no video.\n");
        let tenbit = Temporary::new("tenbit.y4m", b"YUV4MPEG2 W16 H16 F10:1 C420p10\nFRAME\n");
        let inputs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/inputs");
        let jpeg = std::fs::read(format!("{inputs}/control-good.mjpeg")).expect("it is there");
        let then_zeros = Temporary::new("then-zeros", &[&jpeg[..], &vec![0; 33 << 20]].concat());
        let table = [
            (empty.0.display().to_string(), "is empty"),
            (text.0.display().to_string(), "it looks like text"),
            ("/dev/zero".to_owned(), "it looks like zeros only"),
            ("/dev/urandom".to_owned(), "holds neither H.264 (bare, in FLV or MPEG-TS) nor motion JPEG"),
            (tenbit.0.display().to_string(), "in C420p10 is not read"),
            (then_zeros.0.display().to_string(), "no picture has come from file"),
        ];
        for (path, expected) in table {
            let (_, _, error) = played(&format!("file:{path}"), 60).await;
            let error = error.expect(expected);
            assert!(error.contains(expected), "{path}: {error}");
        }
    }
}
