//! Recipe: the raw pictures of a coded track, on a thread of its own.
//!
//! ```text
//! Subscription(video) ─► H264Decoder ─► DisplayQueue ─► TrackPublisher(pictures)
//! Subscription(jpeg)  ─► JpegDecoder ───────────────────────┘
//! ```
//! Every frame of H.264 is decoded, a newcomer's burst too, but pictures that are late by then are not passed on. When
//! decoding does not keep up, only keyframes are decoded (`load.rs`), and the status says so. Pictures that are not whole are
//! not passed on (`beginning.rs`). All that are passed on have square pixels.

use bytes::Bytes;
use lenscast_media::{
    arrival_clock::Stamp,
    frame::{Frame, Role},
    picture::RawPicture,
    pixels::PixelAspect,
    raw_video::{Moments, PictureFramer},
    rendition::Rendition,
    time::Moment,
};
use tokio::{
    sync::mpsc,
    time::{Duration, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{
    H264Decoder, JpegDecoder,
    beginning::{Beginning, Use},
    display::DisplayQueue,
    h264_decoder::{check_kind, check_size, is_idr},
    load::Load,
    recipe::{RecipeError, Run, newest, on_thread},
    scaler::{Scaler, with_square_pixels},
};
use crate::{
    clock::Clock,
    hub::{Delivery, EncoderState, Subscription},
};

/// Pictures that may wait for the publisher.
const PICTURES_IN_FLIGHT: usize = 1;
/// A picture that waited longer than 100 ms to be decoded is not passed on if a newer one is there.
const STALE_US: u64 = 100_000;
/// After this time without a frame, the waiting pictures are shown: none is expected before them.
const QUIET: Duration = Duration::from_millis(200);
/// After so many JPEG pictures in a row that cannot be decoded, the status says why.
const MAX_DAMAGED_IN_A_ROW: u32 = 30;
const TOO_SLOW: &str = "this machine is too slow to decode every picture of the camera, so only keyframes are shown: \
                        a smaller picture or a lower rate at the camera helps";

/// What a decoding thread has to say.
enum Output {
    Picture(Frame),
    EncoderState(EncoderState),
}

pub(super) async fn run(run: Run<'_>) -> Result<(), RecipeError> {
    let (decoded, mut output) = mpsc::channel(PICTURES_IN_FLIGHT);
    let out = Out { clock: run.camera.clock(), framer: PictureFramer::default(), decoded };
    let stop = run.stop.clone();
    let work = async {
        match run.origin {
            Rendition::H264 => {
                let coded = run.camera.subscribe_recipe(Rendition::H264)?;
                on_thread("h264-decoder", H264Decoding::new(out).run(coded, stop)).await
            }
            Rendition::JPEG => {
                let coded = run.camera.subscribe_recipe(Rendition::JPEG)?;
                on_thread("jpeg-decoder", decode_jpeg(coded, out, stop)).await
            }
            origin => Err(RecipeError::NoWay { wanted: "pictures", origin: origin.name() }),
        }
    };
    let publish = async {
        while let Some(output) = output.recv().await {
            match output {
                Output::Picture(frame) => run.publisher.publish(frame),
                Output::EncoderState(encoder) => run.publisher.set_encoder_state(encoder),
            }
        }
    };
    let (outcome, ()) = tokio::join!(work, publish);
    outcome?.unwrap_or(Err(RecipeError::Died("decoder")))
}

/// Where decoded pictures go.
struct Out {
    clock: Clock,
    framer: PictureFramer,
    decoded: mpsc::Sender<Output>,
}

impl Out {
    /// The publisher is gone, if this is `false`.
    async fn send(&mut self, picture: RawPicture<Bytes>, coded: &Times) -> bool {
        let moments = Moments {
            captured_at: coded.captured_at,
            received_at: coded.received_at,
            ready_at: self.clock.now(),
        };
        let frame = self.framer.frame(picture, coded.stamp, moments);
        self.decoded.send(Output::Picture(frame)).await.is_ok()
    }
}

/// The times of a coded frame.
#[derive(Clone, Copy)]
struct Times {
    stamp: Stamp,
    captured_at: Option<Moment>,
    received_at: Moment,
}

impl Times {
    fn of(frame: &Frame) -> Self {
        let stamp = Stamp { dts: frame.pts, duration: frame.duration };
        Self { stamp, captured_at: frame.captured_at, received_at: frame.received_at }
    }
}

/// What is there of JPEG, newest first: no picture needs another.
async fn decode_jpeg(
    mut coded: Subscription,
    mut out: Out,
    stop: CancellationToken,
) -> Result<(), RecipeError> {
    let mut decoder = JpegDecoder::new();
    let mut damaged = 0;
    loop {
        let shared = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            shared = newest(&mut coded) => shared,
        };
        match decoder.decode(&shared.frame.payload) {
            Ok(picture) => {
                damaged = 0;
                if !out.send(picture, &Times::of(&shared.frame)).await {
                    return Ok(());
                }
            }
            Err(error) if error.is_for_all() || damaged >= MAX_DAMAGED_IN_A_ROW => return Err(error.into()),
            Err(error) => {
                damaged += 1;
                tracing::debug!("{error}");
            }
        }
    }
}

fn pixel_aspect(frame: &Frame) -> PixelAspect {
    frame.config.video().map_or(PixelAspect::SQUARE, |video| video.pixel_aspect)
}

struct H264Decoding {
    out: Out,
    decoder: H264Decoder,
    display: DisplayQueue<(Times, RawPicture<Bytes>)>,
    scaler: Scaler,
    load: Load,
    beginning: Beginning,
}

impl H264Decoding {
    fn new(out: Out) -> Self {
        Self {
            out,
            decoder: H264Decoder::new(),
            display: DisplayQueue::new(),
            scaler: Scaler::default(),
            load: Load::default(),
            beginning: Beginning::new(),
        }
    }

    async fn run(mut self, mut coded: Subscription, stop: CancellationToken) -> Result<(), RecipeError> {
        let mut next = None;
        loop {
            let delivery = match next.take() {
                Some(delivery) => delivery,
                None => tokio::select! {
                    () = stop.cancelled() => return Ok(()),
                    delivery = coded.next() => delivery,
                    () = sleep(QUIET), if !self.display.is_empty() => {
                        let mut due = Vec::new();
                        self.display.flush(&mut |picture| due.push(picture));
                        if !self.show(due, true).await {
                            return Ok(());
                        }
                        continue;
                    }
                },
            };
            let Delivery::Frame(shared) = delivery else {
                self.beginning.lost();
                continue;
            };
            next = coded.poll();
            if !self.take(&shared.frame, &coded, next.is_none()).await? {
                return Ok(());
            }
        }
    }

    /// Decodes one frame, the newest there is or not; `false` when the publisher is gone.
    async fn take(
        &mut self,
        frame: &Frame,
        coded: &Subscription,
        is_newest: bool,
    ) -> Result<bool, RecipeError> {
        check_size(frame)?;
        let is_keyframe = frame.role == Role::Key && frame.recovery_frames == 0;
        let now = self.out.clock.now();
        let was_too_high = self.load.is_too_high();
        if !self.load.takes(is_keyframe, now) {
            self.beginning.lost();
            return Ok(true);
        }
        let Use::Decode { begins, is_whole } = self.beginning.next(frame) else { return Ok(true) };
        let is_fresh = is_newest || now.micros_since(frame.ready_at) < STALE_US;
        // Those that wait for their turn are shown later than they are decoded.
        let depth = frame.config.reorder_depth();
        let decoded = self.decoder.decode_frame(frame, begins, is_whole && (is_fresh || depth > 0));
        let duration_us =
            u64::from(frame.duration) * 1_000_000 / u64::from(frame.dts.timebase.ticks_per_second());
        self.load.decoded(frame.ready_at, duration_us, now, self.out.clock.now());
        let is_too_high = self.load.is_too_high();
        if is_too_high != was_too_high {
            let encoder =
                if is_too_high { EncoderState::Degraded(TOO_SLOW.into()) } else { EncoderState::Running };
            let _publisher_is_asked_below = self.out.decoded.send(Output::EncoderState(encoder)).await;
        }
        let mut due = Vec::new();
        match decoded {
            Ok(picture) => {
                if is_too_high {
                    self.beginning.lost();
                }
                if begins || is_idr(frame) {
                    self.display.flush(&mut |picture| due.push(picture));
                }
                if let Some(picture) = picture {
                    let picture = with_square_pixels(picture, pixel_aspect(frame), &mut self.scaler)?;
                    let depth = if is_too_high { 0 } else { depth };
                    let picture = (Times::of(frame), picture);
                    self.display.push(frame.pts.ticks, picture, depth, &mut |picture| due.push(picture));
                }
            }
            // It costs the pictures up to the next keyframe: what refers to it would be wrong too.
            Err(error) => {
                if is_keyframe {
                    check_kind(frame)?;
                }
                tracing::debug!("{error}");
                self.beginning.lost();
                coded.request_keyframe();
            }
        }
        Ok(self.show(due, is_fresh).await)
    }

    /// Passes on what is due, if it is fresh; `false` when the publisher is gone.
    async fn show(&mut self, due: Vec<(Times, RawPicture<Bytes>)>, is_fresh: bool) -> bool {
        for (times, picture) in due.into_iter().filter(|_| is_fresh) {
            if !self.out.send(picture, &times).await {
                return false;
            }
        }
        true
    }
}
