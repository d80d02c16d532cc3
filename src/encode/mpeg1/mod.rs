//! Recipe: MPEG-1 of raw pictures, by ffmpeg as a child.
//!
//! ```text
//!                                 ┌── at most MAX_IN_CHILD at once ───┐
//! Subscription(pictures) ─► Preparer ─┤ stdin ─► ffmpeg ─► stdout, a     ├─► Splitter ─► Framer ─► TrackPublisher(mpeg1)
//!    newest, thinned       fitted │                    pipe of packets│                 ▲
//!                                 └───────────────────────────────────┘                 │
//!                             └── coded here, until ffmpeg has loaded itself ───────────┘
//! ```
//! A picture goes in when there is room for it; while the child is slow, pictures are skipped, whole ones. Each that comes
//! out has the times of the one that went in first. A child that has given pictures and ends, or stops giving them, is
//! replaced at once; the recipe fails only when several in a row end soon.
//!
//! ffmpeg needs some 0.1 s to load itself, on a small machine much more. Viewers do not wait for that: until then they get
//! intra pictures, which this program encodes itself. After a failure they wait for ffmpeg: its first picture shows that it
//! works again.
//!
//! The players learn the size of the picture once and never again. So the rendition keeps its size for as long as it is
//! watched: pictures of another size are fitted into it.

mod child;
mod pipes;
mod preparer;
mod settings;

use std::{sync::Arc, time::Duration};

use lenscast_media::{
    frame::Frame,
    mpeg1::{
        framer::Framer,
        splitter::{Picture, SplitError},
    },
    picture::Size,
    raw_video::{Moments, picture_of},
    rendition::Rendition,
    rendition_clock::RenditionClock,
};
use tokio::{io::AsyncReadExt, time::Instant};

pub use self::settings::Mpeg1Settings;
use self::{
    child::{Encoder, Plan},
    pipes::{Input, Output},
    preparer::{Preparer, Times},
};
use super::{
    rate_limiter::RateLimiter,
    recipe::{RecipeError, Run, newest},
};
use crate::{
    child::{Child, find_program},
    hub::{SharedFrame, Subscription},
};

/// A child that ends after it has given pictures for this time is replaced at once.
const DOING_WELL: Duration = Duration::from_millis(500);
/// This many children in a row that ended sooner, but gave pictures, are replaced at once, too.
const SHORT_LIVES: u32 = 5;
/// A child that has pictures to encode, or is still loading itself, is ended after this time without output.
const SILENT: Duration = Duration::from_secs(10);
/// A child is ended after this many bytes that are no picture.
const RUBBISH_BYTES: usize = 4 << 20;
/// After this quiet, a picture that ends with a whole page of the pipe is complete.
const QUIET: Duration = Duration::from_millis(2);
/// Ticks of 90 kHz.
const TICKS_PER_SECOND: u32 = 90_000;
/// Bytes asked of the child at once.
const READ_BYTES: usize = 64 << 10;

pub(in crate::encode) async fn run(run: Run<'_>) -> Result<(), RecipeError> {
    find_program("ffmpeg", std::env::var_os("PATH").as_deref()).map_err(|_| RecipeError::NoFfmpeg)?;
    let mut pictures = run.camera.subscribe_recipe(Rendition::RAW_VIDEO)?;
    let mut recipe = Recipe { run, framer: Framer::default(), clock: None, size: None, short_lives: 0 };
    while let Some(first) = recipe.next(&mut pictures).await {
        match recipe.encode(first, &mut pictures).await? {
            Outcome::Stopped => break,
            Outcome::Died(why) => {
                tracing::warn!(camera = recipe.run.camera.name(), "MPEG-1 encoder restarts: {why}");
            }
        }
    }
    Ok(())
}

struct Recipe<'a> {
    run: Run<'a>,
    framer: Framer,
    /// Made with the first picture.
    clock: Option<RenditionClock>,
    /// Size of the rendition, from the first picture on.
    size: Option<Size>,
    /// Children in a row that ended soon.
    short_lives: u32,
}

/// Why a child is not fed any more.
enum Outcome {
    Stopped,
    /// It ended, though it was doing well. A sentence for the log.
    Died(String),
}

impl Recipe<'_> {
    /// The newest raw picture; `None` when the recipe is to end.
    async fn next(&self, pictures: &mut Subscription) -> Option<Arc<SharedFrame>> {
        loop {
            let raw = tokio::select! {
                () = self.run.stop.cancelled() => return None,
                raw = newest(pictures) => raw,
            };
            if picture_of(&raw.frame).is_some() {
                return Some(raw);
            }
        }
    }

    /// Encodes pictures by one child.
    async fn encode(
        &mut self,
        first: Arc<SharedFrame>,
        pictures: &mut Subscription,
    ) -> Result<Outcome, RecipeError> {
        let settings = self.run.settings.mpeg1;
        let Some(input) = picture_of(&first.frame) else { return Ok(Outcome::Stopped) };
        let size = *self.size.get_or_insert(settings.output_size(input.size()));
        let plan = Plan::new(settings, size, first.frame.duration)?;
        let Encoder { mut child, stdin } =
            Encoder::start(&plan, self.run.camera.name()).await.map_err(RecipeError::StartFfmpeg)?;
        let fed = self.feed(&mut child, Input::new(stdin, &plan), &plan, first, pictures).await;
        let ended = child.end().await;
        let (how, lived) = match fed? {
            Fed::Stopped => return Ok(Outcome::Stopped),
            Fed::Silent(lived) => (format!("gave no picture for {} s", SILENT.as_secs()), lived),
            Fed::Rubbish(lived) => ("gives something else".into(), lived),
            Fed::Ended(lived) => (ended.how(), lived),
        };
        let words =
            if ended.last_words.is_empty() { String::new() } else { format!(": {}", ended.last_words) };
        let why = format!("ffmpeg, which makes MPEG-1, {how}{words}");
        self.short_lives = if lived < DOING_WELL { self.short_lives + 1 } else { 0 };
        if lived.is_zero() || self.short_lives > SHORT_LIVES {
            return Err(RecipeError::Ffmpeg(why));
        }
        Ok(Outcome::Died(why))
    }

    async fn feed(
        &mut self,
        child: &mut Child,
        mut input: Input,
        plan: &Plan,
        first: Arc<SharedFrame>,
        pictures: &mut Subscription,
    ) -> Result<Fed, RecipeError> {
        let starts_itself = !self.run.after_failure;
        let mut rate_limiter = RateLimiter::new(plan.frames_per_second);
        let mut preparer = Preparer::new(plan);
        // The first goes through, whatever the rate.
        rate_limiter.is_due(first.frame.pts, first.frame.duration);
        preparer.begin(first, starts_itself);
        let mut output = Output::new(Instant::now());
        let mut buffer = vec![0; READ_BYTES];
        let mut silent_since = Instant::now();
        loop {
            let (waits, has_room) = (input.is_writing(), input.has_room());
            let quiet = output.quiet_since.map(|since| since + QUIET);
            let is_busy = !input.is_idle();
            silent_since = if is_busy { silent_since.max(output.picture_at) } else { Instant::now() };
            tokio::select! {
                biased;
                () = self.run.stop.cancelled() => return Ok(Fed::Stopped),
                read = child.stdout.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => return Ok(Fed::Ended(output.lived())),
                    Ok(count) => {
                        output.push(&buffer[..count]);
                        self.publish_given(&mut output, &mut input)?;
                        if output.rubbish_bytes > RUBBISH_BYTES {
                            return Ok(Fed::Rubbish(output.lived()));
                        }
                    }
                },
                () = tokio::time::sleep_until(quiet.unwrap_or(silent_since)), if quiet.is_some() => {
                    output.complete();
                    self.publish_given(&mut output, &mut input)?;
                }
                () = tokio::time::sleep_until(silent_since + SILENT), if is_busy => {
                    return Ok(Fed::Silent(output.lived()));
                }
                // A child that does not read any more has ended, or will: its output says so.
                writable = input.writable(), if waits => if writable.is_ok() { input.write() },
                prepared = preparer.done() => if let Some(prepared) = prepared? {
                    if input.has_begun() {
                        input.take(prepared);
                    } else if let Some(coded) = prepared.coded {
                        self.publish(coded, Some(prepared.times), prepared.times.duration);
                    }
                },
                raw = newest(pictures), if has_room && preparer.is_free() => {
                    if rate_limiter.is_due(raw.frame.pts, raw.frame.duration) {
                        let is_coded = starts_itself && !input.has_begun();
                        preparer.begin(raw, is_coded);
                    }
                }
            }
        }
    }

    /// Publishes what the child gave.
    fn publish_given(&mut self, output: &mut Output, input: &mut Input) -> Result<(), RecipeError> {
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
            // There is one, unless ffmpeg makes two pictures of one.
            let went_in = input.in_child.pop_front();
            self.publish(picture, went_in, input.duration);
        }
        Ok(())
    }

    /// Publishes a picture with the times of that it was made of; `duration` counts where these are not known.
    fn publish(&mut self, picture: Picture, went_in: Option<Times>, duration: u32) {
        let ready_at = self.run.camera.clock().now();
        let received_at = went_in.map_or(ready_at, |times| times.received_at);
        let next_dts = self.run.publisher.next_dts();
        let clock = self.clock.get_or_insert_with(|| RenditionClock::new(next_dts));
        let (pts, duration) =
            went_in.map_or((clock.next_dts(), duration), |times| (times.pts, times.duration));
        // A rendition of fewer pictures a second has longer ones.
        let shortest =
            self.run.settings.mpeg1.frames_per_second.map_or(1, |rate| TICKS_PER_SECOND / rate.max(1));
        let (stamp, pts) = clock.stamp(pts, duration.max(shortest));
        let captured_at = went_in.and_then(|times| times.captured_at);
        let moments = Moments { captured_at, received_at, ready_at };
        if let Some(frame) = self.framer.frame(picture, stamp, moments) {
            self.run.publisher.publish(Frame { pts, ..frame });
        }
    }
}

/// How the feeding of a child ended, and how long it had lived by then if it has given a picture.
enum Fed {
    Stopped,
    /// It gives nothing any more.
    Silent(Duration),
    /// It gives what is no MPEG-1.
    Rubbish(Duration),
    /// It has closed its output.
    Ended(Duration),
}
