//! Where raw pictures are made ready for ffmpeg: fitted into the rendition's size; and coded here as long as ffmpeg is
//! still loading itself.
//!
//! ```text
//! begin(picture) ─► a thread, if there is anything to do ─► done() ─► Prepared { planes, coded }
//! ```
//! One picture at a time: what takes longer than a picture lasts costs pictures, not delay.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use lenscast_media::{
    frame::Frame,
    mpeg1::{intra::IntraEncoder, splitter::Picture},
    picture::Size,
    raw_video::picture_of,
    time::{Moment, Timestamp},
};
use tokio::task::spawn_blocking;

use super::child::Plan;
use crate::{
    encode::{
        recipe::RecipeError,
        scaler::{ScaleError, Scaler},
    },
    hub::SharedFrame,
};

/// Times of a picture on its way through an encoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// When it is shown.
    pub(super) pts: Timestamp,
    pub(super) captured_at: Option<Moment>,
    pub(super) received_at: Moment,
    /// Ticks of 90 kHz.
    pub(super) duration: u32,
}

impl Times {
    fn of(frame: &Frame) -> Self {
        Self {
            pts: frame.pts,
            captured_at: frame.captured_at,
            received_at: frame.received_at,
            duration: frame.duration,
        }
    }
}

/// A picture of the rendition's size.
pub(super) struct Prepared {
    /// Y, then U and V.
    pub(super) planes: Bytes,
    /// It as an intra picture, if that was asked for and it did not come out too long.
    pub(super) coded: Option<Picture>,
    pub(super) times: Times,
}

/// Prepares pictures, one at a time.
pub(super) struct Preparer {
    /// `None` while it is at work.
    tools: Option<Tools>,
    work: Option<Pin<Box<dyn Future<Output = Worked> + Send>>>,
}

type Worked = Result<(Tools, Option<Prepared>), RecipeError>;

struct Tools {
    size: Size,
    scaler: Scaler,
    encoder: IntraEncoder,
}

impl Preparer {
    /// For pictures as `plan` has them.
    pub(super) fn new(plan: &Plan) -> Self {
        let encoder = IntraEncoder::new(plan.size, plan.frame_rate, plan.bits_per_second);
        Self { tools: Some(Tools { size: plan.size, scaler: Scaler::default(), encoder }), work: None }
    }

    /// Whether another picture can be begun.
    pub(super) const fn is_free(&self) -> bool {
        self.tools.is_some()
    }

    /// Begins a picture, and has it coded if `is_coded`. Only when it [is free](Self::is_free).
    pub(super) fn begin(&mut self, raw: Arc<SharedFrame>, is_coded: bool) {
        let Some(mut tools) = self.tools.take() else { return };
        self.work = Some(Box::pin(async move {
            let size = Some((tools.size.width(), tools.size.height()));
            let is_quick = !is_coded && raw.frame.config.size() == size;
            let work = move || tools.prepare(&raw.frame, is_coded).map(|prepared| (tools, prepared));
            if is_quick {
                return Ok(work()?);
            }
            Ok(spawn_blocking(work).await.map_err(|_| RecipeError::Died("MPEG-1 encoder"))??)
        }));
    }

    /// The picture that was begun, when it is ready, or `None` for what is no picture; never returns if there was none.
    /// Cancel-safe.
    pub(super) async fn done(&mut self) -> Result<Option<Prepared>, RecipeError> {
        let Some(work) = &mut self.work else { return std::future::pending().await };
        let worked = work.await;
        self.work = None;
        let (tools, prepared) = worked?;
        self.tools = Some(tools);
        Ok(prepared)
    }
}

impl Tools {
    fn prepare(&mut self, raw: &Frame, is_coded: bool) -> Result<Option<Prepared>, ScaleError> {
        let Some(picture) = picture_of(raw) else { return Ok(None) };
        let (planes, coded) = if picture.size() == self.size {
            let coded = if is_coded { self.encoder.encode(&picture) } else { None };
            (picture.into_planes(), coded)
        } else {
            let picture = self.scaler.fit(&picture, self.size)?;
            let coded = if is_coded { self.encoder.encode(&picture) } else { None };
            (picture.into_planes().into(), coded)
        };
        Ok(Some(Prepared { planes, coded, times: Times::of(raw) }))
    }
}
