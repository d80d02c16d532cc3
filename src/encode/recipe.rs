//! What all recipes share: a way to run one on a thread of its own, and why one ended.

use std::sync::Arc;

use lenscast_media::{
    mpeg1::{MAX_SIDE, splitter::SplitError},
    picture::Size,
    rendition::Rendition,
};
use tokio_util::sync::CancellationToken;

use super::{DecodeError, EncodeError, JpegDecodeError, JpegError, ScaleError, settings::Settings};
use crate::hub::{Camera, Delivery, SharedFrame, Subscription, TrackPublisher};

/// Why a recipe ended by itself, as a sentence for a person.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecipeError {
    /// The encoder failed.
    #[error("cannot encode the picture: {0}")]
    Encode(#[from] EncodeError),
    /// The picture could not be brought to its size.
    #[error("{0}")]
    Scale(#[from] ScaleError),
    /// The encoder of sound failed.
    #[cfg(feature = "sound")]
    #[error("cannot encode the sound: {0}")]
    Sound(&'static str),
    /// There is no microphone.
    #[error("this camera has no sound")]
    NoSound,
    /// The JPEG encoder failed.
    #[error("cannot encode the picture: {0}")]
    Jpeg(#[from] JpegError),
    /// The decoder failed.
    #[error("cannot decode the picture: {0}")]
    Decode(#[from] DecodeError),
    /// The JPEG decoder failed.
    #[error("cannot decode the picture: {0}")]
    JpegDecode(#[from] JpegDecodeError),
    /// A thread ended as it should not.
    #[error("the {0} failed because of a fault in Lenscast and is started again")]
    Died(&'static str),
    /// There is no way from what the source gives to this track.
    #[error("no {wanted} is made of {origin}")]
    NoWay {
        /// What is wanted.
        wanted: &'static str,
        /// What the source gives.
        origin: &'static str,
    },
    /// The track it is made of cannot be made. A sentence already.
    #[error("{0}")]
    Input(String),
    /// The track it is made of is not there.
    #[error("{0}")]
    NoInput(#[from] crate::hub::RenditionRefused),
    /// There is no ffmpeg.
    #[error(
        "MPEG-1 is made by ffmpeg, which is not found in PATH: install it (Debian, Raspberry Pi OS: sudo apt install ffmpeg)"
    )]
    NoFfmpeg,
    /// ffmpeg is there and does not start.
    #[error("cannot start ffmpeg, which makes MPEG-1: {}", crate::os_error::in_words(.0))]
    StartFfmpeg(std::io::Error),
    /// ffmpeg ended.
    #[error("{0}")]
    Ffmpeg(String),
    /// What ffmpeg gives cannot be used.
    #[error("ffmpeg gives {0}")]
    Mpeg1(#[from] SplitError),
    /// MPEG-1 has no such pictures.
    #[error("MPEG-1 has no pictures of {0}: each side is at most {MAX_SIDE} pixels")]
    Mpeg1Size(Size),
    /// The system said no.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

/// What a recipe needs.
pub(super) struct Run<'a> {
    /// The camera whose tracks it reads.
    pub(super) camera: &'a Arc<Camera>,
    /// The pictures that its source writes.
    pub(super) origin: Rendition,
    /// Writes the rendition.
    pub(super) publisher: &'a mut TrackPublisher,
    /// How renditions of this camera are made.
    pub(super) settings: &'a Settings,
    /// The run before this one has failed.
    pub(super) after_failure: bool,
    /// Cancelled when the recipe is to end.
    pub(super) stop: CancellationToken,
}

/// The newest frame of a track whose frames are all keyframes, once there is one that was not taken yet.
pub(super) async fn newest(track: &mut Subscription) -> Arc<SharedFrame> {
    let mut newest = None;
    track
        .wait_for(|track| {
            while let Some(delivery) = track.poll() {
                if let Delivery::Frame(frame) = delivery {
                    newest = Some(frame);
                }
            }
            newest.take()
        })
        .await
}

/// Runs `work` on a thread called `name`, where it may take its time with a picture, and gives back what it gives.
pub(super) async fn on_thread<T, F>(name: &str, work: F) -> Result<Option<T>, RecipeError>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let (done, finished) = tokio::sync::oneshot::channel();
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new()
        .name(name.into())
        .spawn(move || drop(done.send(runtime.block_on(work))))
        .map_err(RecipeError::Thread)?;
    Ok(finished.await.ok())
}
