//! Recipe: H.264 of raw pictures, on a thread of its own, because encoding takes milliseconds in which no viewer should
//! wait for a write.
//!
//! ```text
//! Subscription(pictures) ─► VideoEncoder ─► Framer ─► TrackPublisher(video)
//!                                ▲ keyframe requests
//! ```
//! Pictures larger than any encoder takes are made smaller by a whole factor.

use lenscast_media::{
    bit_rate::default_bits_per_second,
    frame::Frame,
    h264::framer::Framer,
    picture::{RawPicture, Size},
    pixels::Matrix,
    raw_video::picture_of,
    rendition::Rendition,
    rendition_clock::RenditionClock,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    EncodeError, EncoderSettings,
    h264::MAX_SIDES,
    recipe::{RecipeError, Run, on_thread},
    scaler::Scaler,
    video_encoder::VideoEncoder,
    video_settings::VideoSettings,
};
use crate::{
    clock::Clock,
    hub::{Delivery, Demand, Subscription},
};

/// Seconds from one keyframe to the next.
const KEYFRAME_INTERVAL_S: f32 = 2.0;
const TICKS_PER_SECOND: f32 = 90_000.0;
/// Frames that may wait for the publisher; more are dropped by waiting, and pictures are skipped then.
const FRAMES_IN_FLIGHT: usize = 2;

pub(super) async fn run(run: Run<'_>) -> Result<(), RecipeError> {
    let mut demand = run.publisher.demand();
    let keyframe_requests = demand.borrow_and_update().keyframe_requests;
    let encoding = Encoding {
        clock: run.camera.clock(),
        settings: run.settings.video,
        keyframe_requests,
        demand,
        encoder: None,
        scaler: Scaler::default(),
        framer: framer(),
        times: RenditionClock::new(run.publisher.next_dts()),
    };
    let pictures = run.camera.subscribe_recipe(Rendition::RAW_VIDEO)?;
    let (coded, mut frames) = mpsc::channel(FRAMES_IN_FLIGHT);
    let work = on_thread("h264-encoder", encoding.run(pictures, run.stop.clone(), coded));
    let publish = async {
        while let Some(frame) = frames.recv().await {
            run.publisher.publish(frame);
        }
    };
    let (outcome, ()) = tokio::join!(work, publish);
    outcome?.unwrap_or(Ok(()))
}

/// Raw pictures are BT.601 here. OpenH264 is told to say so, the Pi's encoder says nothing of colours.
fn framer() -> Framer {
    let mut framer = Framer::new();
    framer.set_matrix_hint(Some(Matrix::Bt601));
    framer
}

struct Encoding {
    clock: Clock,
    settings: VideoSettings,
    demand: watch::Receiver<Demand>,
    keyframe_requests: u64,
    encoder: Option<(Size, VideoEncoder)>,
    scaler: Scaler,
    framer: Framer,
    times: RenditionClock,
}

impl Encoding {
    async fn run(
        mut self,
        mut pictures: Subscription,
        stop: CancellationToken,
        coded: mpsc::Sender<Frame>,
    ) -> Result<(), RecipeError> {
        loop {
            let delivery = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                delivery = pictures.next() => delivery,
            };
            let Delivery::Frame(shared) = delivery else { continue };
            let Some(frame) = self.encode(&shared.frame)? else { continue };
            if coded.send(frame).await.is_err() {
                return Ok(());
            }
        }
    }

    fn encode(&mut self, raw: &Frame) -> Result<Option<Frame>, RecipeError> {
        let Some(picture) = picture_of(raw) else { return Ok(None) };
        let size = encoded_size(picture.size());
        let mut encoder = match self.encoder.take().filter(|(known, _)| *known == size) {
            Some((_, encoder)) => encoder,
            None => VideoEncoder::new(self.encoder_settings(size, raw.duration))?,
        };
        let wanted = self.demand.borrow_and_update().keyframe_requests;
        if std::mem::replace(&mut self.keyframe_requests, wanted) != wanted {
            encoder.request_keyframe();
        }
        let coded = if size == picture.size() {
            encoder.encode(&picture, raw.received_at)?
        } else {
            let mut smaller = RawPicture::black(size);
            self.scaler.scale(&picture, &mut smaller)?;
            encoder.encode(&smaller, raw.received_at)?
        };
        self.encoder = Some((size, encoder));
        let Some(coded) = coded else { return Ok(None) };
        let (stamp, pts) = self.times.stamp(raw.pts, raw.duration);
        let ready_at = self.clock.now();
        let framed = self.framer.frame_from_annexb(&coded, stamp, raw.captured_at, raw.received_at, ready_at);
        let frame = framed.map_err(EncodeError::NoAccessUnit)?;
        Ok(frame.map(|frame| Frame { pts, ..frame }))
    }

    fn encoder_settings(&self, size: Size, picture_duration: u32) -> EncoderSettings {
        let frames_per_second = TICKS_PER_SECOND / picture_duration.max(1) as f32;
        let default_bitrate = || default_bits_per_second(size, frames_per_second);
        EncoderSettings {
            size,
            frames_per_second,
            bitrate_bps: self.settings.bits_per_second.unwrap_or_else(default_bitrate),
            keyframe_interval_frames: (frames_per_second * KEYFRAME_INTERVAL_S).round().max(1.0) as u32,
        }
    }
}

/// The size in which pictures of `size` are encoded: smaller by a whole factor, if they are too large.
fn encoded_size(size: Size) -> Size {
    let (long, short) = (size.width().max(size.height()), size.width().min(size.height()));
    let factor = long.div_ceil(MAX_SIDES.0).max(short.div_ceil(MAX_SIDES.1));
    let side = |pixels: u32| ((pixels / factor) & !1).max(Size::MIN_SIDE);
    Size::new(side(size.width()), side(size.height())).unwrap_or(size)
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        arrival_clock::Stamp,
        time::{Moment, Timestamp},
    };

    use super::*;

    #[test]
    fn what_is_too_large_for_the_encoder_is_made_smaller() {
        let table = [
            ("1920x1080", "1920x1080"),
            ("3840x2160", "3840x2160"),
            ("2160x3840", "2160x3840"),
            ("4000x3000", "2000x1500"),
            ("4096x2160", "2048x1080"),
            ("3280x2464", "1640x1232"),
            ("4096x4096", "2048x2048"),
            ("4096x16", "2048x16"),
        ];
        for (size, expected) in table {
            assert_eq!(encoded_size(size.parse().expect("a size")).to_string(), expected, "{size}");
        }
    }

    #[test]
    fn an_encoder_that_says_nothing_of_colours_means_those_of_the_pictures() {
        // SPS without a VUI, PPS, the header of an IDR slice.
        let coded = [
            &[0, 0, 0, 1, 0x67, 66, 0xc0, 10, 0xda, 0x79][..],
            &[0, 0, 0, 1, 0x68, 0xce, 0x38, 0x80],
            &[0, 0, 0, 1, 0x65, 0x88, 0x84, 0xc0],
        ];
        let (stamp, now) = (Stamp { dts: Timestamp::video(0), duration: 3_000 }, Moment::default());
        let frame = framer().frame_from_annexb(&coded.concat(), stamp, None, now, now);
        let frame = frame.expect("an access unit").expect("a keyframe");
        let video = frame.config.video().expect("pictures");
        assert_eq!((video.width, video.colours.matrix), (16, Matrix::Bt601));
    }
}
