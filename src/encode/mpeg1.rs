//! Recipe: MPEG-1 of raw pictures, by ffmpeg as a child.
//!
//! ```text
//!                          ┌── at most MAX_IN_CHILD at once ──┐
//! Subscription(pictures) ─►│ stdin ─► ffmpeg ─► stdout, a     │─► Splitter ─► Framer ─► TrackPublisher(mpeg1)
//!    newest, thinned       │                    pipe of packets│
//!                          └──────────────────────────────────┘
//! ```
//! A picture goes in when there is room for it; while the child is slow, pictures are skipped, whole ones. Each that comes
//! out has the times of the one that went in first. When the child has ended although it was doing well, another is
//! started at once.
//!
//! The players learn the size of the picture once and never again. So the rendition keeps its size for as long as it is
//! watched: pictures of another size are fitted into it.

use std::{collections::VecDeque, io::ErrorKind, time::Duration};

use bytes::{Buf, Bytes};
use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::Frame,
    mpeg1::{
        framer::Framer,
        splitter::{Picture, SplitError, Splitter},
    },
    picture::Size,
    raw_video::{Moments, picture_of},
};
use tokio::{io::AsyncReadExt, net::unix::pipe, time::Instant};

use super::{
    mpeg1_child::{Encoder, Plan, ends_picture},
    recipe::{RecipeError, Run, newest},
    thinner::Thinner,
};
use crate::{
    child::{Child, find_program},
    hub::{Subscription, TrackKind},
};

/// Pictures that the child may have: one that it encodes, and one to go on with.
const MAX_IN_CHILD: usize = 2;
/// A child that has given pictures for so long and ends is replaced at once.
const DOING_WELL: Duration = Duration::from_secs(1);
/// A picture that ends with a whole page of the pipe is known to be complete after so long a quiet.
const QUIET: Duration = Duration::from_millis(2);
/// Bytes asked of the child at once.
const READ_BYTES: usize = 64 << 10;

pub(super) async fn run(run: Run<'_>) -> Result<(), RecipeError> {
    find_program("ffmpeg", std::env::var_os("PATH").as_deref()).map_err(|_| RecipeError::NoFfmpeg)?;
    let mut pictures = run.camera.subscribe_recipe(TrackKind::Pictures)?;
    let mut recipe = Recipe { run, framer: Framer::default(), arrival: None, size: None };
    while let Some(first) = recipe.next(&mut pictures).await {
        match recipe.feed(first, &mut pictures).await? {
            Outcome::Stopped => break,
            Outcome::OtherPictures => {}
            Outcome::Died(why) => {
                tracing::warn!(camera = recipe.run.camera.name(), "{why}; starting it anew");
            }
        }
    }
    Ok(())
}

struct Recipe<'a> {
    run: Run<'a>,
    framer: Framer,
    /// Made with the first picture, which tells the rate.
    arrival: Option<ArrivalClock>,
    /// Size of the rendition, from the first picture on.
    size: Option<Size>,
}

/// Why a child is not fed any more.
enum Outcome {
    Stopped,
    /// The pictures have another size now, which takes another child.
    OtherPictures,
    /// It ended, though it was doing well. A sentence for the log.
    Died(String),
}

impl Recipe<'_> {
    /// The newest raw picture; `None` when the recipe is to end.
    async fn next(&self, pictures: &mut Subscription) -> Option<Frame> {
        loop {
            let raw = tokio::select! {
                () = self.run.stop.cancelled() => return None,
                raw = newest(pictures) => raw,
            };
            if picture_of(&raw.frame).is_some() {
                return Some(raw.frame.clone());
            }
        }
    }

    /// Encodes pictures of one size by one child.
    async fn feed(&mut self, first: Frame, pictures: &mut Subscription) -> Result<Outcome, RecipeError> {
        let settings = self.run.settings.mpeg1;
        let Some(input) = picture_of(&first).map(|picture| picture.size()) else {
            return Ok(Outcome::OtherPictures);
        };
        let output = *self.size.get_or_insert(settings.output_size(input));
        let plan = Plan::new(settings, input, output, first.duration)?;
        let Encoder { mut child, stdin } =
            Encoder::start(&plan, self.run.camera.name()).await.map_err(RecipeError::StartFfmpeg)?;
        let fed = self.feed_child(&mut child, stdin, &plan, first, pictures).await;
        let ended = child.end().await;
        match fed {
            Ok(Fed::Ended { doing_well }) => {
                let words = if ended.last_words.is_empty() {
                    String::new()
                } else {
                    format!(": {}", ended.last_words)
                };
                let why = format!("ffmpeg, which makes MPEG-1, {}{words}", ended.how());
                if doing_well { Ok(Outcome::Died(why)) } else { Err(RecipeError::Ffmpeg(why)) }
            }
            Ok(Fed::Stopped) => Ok(Outcome::Stopped),
            Ok(Fed::OtherPictures) => Ok(Outcome::OtherPictures),
            Err(error) => Err(error),
        }
    }

    async fn feed_child(
        &mut self,
        child: &mut Child,
        stdin: pipe::Sender,
        plan: &Plan,
        first: Frame,
        pictures: &mut Subscription,
    ) -> Result<Fed, RecipeError> {
        let mut input = Input::new(stdin, plan);
        input.take(first);
        let mut output = Output::default();
        let mut buffer = vec![0; READ_BYTES];
        let began = Instant::now();
        loop {
            let has_room = input.has_room();
            let waits = input.is_writing();
            let quiet = output.quiet_since.map(|since| since + QUIET);
            tokio::select! {
                biased;
                () = self.run.stop.cancelled() => return Ok(Fed::Stopped),
                read = child.stdout.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => {
                        return Ok(Fed::Ended { doing_well: output.pictures > 0 && began.elapsed() >= DOING_WELL });
                    }
                    Ok(count) => {
                        output.push(&buffer[..count]);
                        self.publish(&mut output, &mut input)?;
                    }
                },
                () = tokio::time::sleep_until(quiet.unwrap_or(began)), if quiet.is_some() => {
                    output.complete();
                    self.publish(&mut output, &mut input)?;
                }
                // A child that does not read any more has ended, or will: its output says so.
                writable = input.stdin.writable(), if waits => if writable.is_ok() { input.write() },
                raw = newest(pictures), if has_room => {
                    if raw.frame.config.width != plan.input.width() || raw.frame.config.height != plan.input.height() {
                        return Ok(Fed::OtherPictures);
                    }
                    input.take(raw.frame.clone());
                }
            }
        }
    }

    fn publish(&mut self, output: &mut Output, input: &mut Input) -> Result<(), RecipeError> {
        for picture in output.given.drain(..) {
            let picture = match picture {
                Ok(picture) => picture,
                Err(SplitError::WentOn) => {
                    tracing::warn!(
                        camera = self.run.camera.name(),
                        "ffmpeg's writes do not end with pictures"
                    );
                    output.trusts_writes = false;
                    self.run.publisher.damaged();
                    continue;
                }
                Err(error) => return Err(RecipeError::Mpeg1(error)),
            };
            output.pictures += 1;
            let ready_at = self.run.camera.clock().now();
            // There is one, unless ffmpeg makes two pictures of one.
            let went_in = input.in_child.pop_front();
            let received_at = went_in.as_ref().map_or(ready_at, |times| times.received_at);
            let duration = went_in.as_ref().map_or(input.duration, |times| times.duration);
            let (epoch, next_dts) = (self.run.publisher.epoch(), self.run.publisher.next_dts());
            let clock = || ArrivalClock::resume(epoch, next_dts, duration);
            let stamp = self.arrival.get_or_insert_with(clock).stamp(received_at);
            let captured_at = went_in.and_then(|times| times.captured_at);
            let moments = Moments { captured_at, received_at, ready_at };
            if let Some(frame) = self.framer.frame(picture, stamp, moments) {
                self.run.publisher.publish(frame);
            }
        }
        Ok(())
    }
}

/// How the feeding of a child ended.
enum Fed {
    Stopped,
    OtherPictures,
    Ended { doing_well: bool },
}

/// The child's standard input, and what it has not given back yet.
struct Input {
    stdin: pipe::Sender,
    /// What is still to be written of a picture.
    rest: Bytes,
    in_child: VecDeque<Times>,
    thinner: Thinner,
    duration: u32,
}

/// Times of a picture that is being encoded.
struct Times {
    captured_at: Option<lenscast_media::time::Moment>,
    received_at: lenscast_media::time::Moment,
    duration: u32,
}

impl Input {
    fn new(stdin: pipe::Sender, plan: &Plan) -> Self {
        let thinner = Thinner::new(plan.frames_per_second);
        Self { stdin, rest: Bytes::new(), in_child: VecDeque::new(), thinner, duration: 0 }
    }

    const fn is_writing(&self) -> bool {
        !self.rest.is_empty()
    }

    fn has_room(&self) -> bool {
        !self.is_writing() && self.in_child.len() < MAX_IN_CHILD
    }

    /// Takes a picture to write, if it is one of those that are to be encoded.
    fn take(&mut self, raw: Frame) {
        if !self.thinner.is_due(raw.pts, raw.duration) {
            return;
        }
        self.duration = raw.duration;
        self.in_child.push_back(Times {
            captured_at: raw.captured_at,
            received_at: raw.received_at,
            duration: raw.duration,
        });
        self.rest = raw.payload;
        self.write();
    }

    /// Writes what the child takes now.
    fn write(&mut self) {
        while !self.rest.is_empty() {
            match self.stdin.try_write(&self.rest) {
                Ok(count) => self.rest.advance(count),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                // It has closed its input, and its output will end.
                Err(_) => self.rest.clear(),
            }
        }
    }
}

/// What the child writes.
struct Output {
    splitter: Splitter,
    given: Vec<Result<Picture, SplitError>>,
    pictures: u64,
    /// Whether the ends of its writes were ends of pictures so far.
    trusts_writes: bool,
    /// When a picture that may be complete had come.
    quiet_since: Option<Instant>,
}

impl Default for Output {
    fn default() -> Self {
        Self {
            splitter: Splitter::new(),
            given: Vec::new(),
            pictures: 0,
            trusts_writes: true,
            quiet_since: None,
        }
    }
}

impl Output {
    fn push(&mut self, packet: &[u8]) {
        let given = &mut self.given;
        self.splitter.push(packet, |picture| given.push(picture));
        self.quiet_since = None;
        if !self.trusts_writes {
            return;
        }
        match ends_picture(packet.len(), self.splitter.pending_bytes()) {
            Some(true) => self.complete(),
            Some(false) => {}
            None => self.quiet_since = Some(Instant::now()),
        }
    }

    fn complete(&mut self) {
        self.quiet_since = None;
        self.given.extend(self.splitter.complete());
    }
}
