//! Buffers of a camera to frames.
//!
//! ```text
//! H264  buffer ─► splitter ─► an access unit, which the end of the buffer ends ─► Frame
//! JPEG  buffer ─► the picture in it, complete ────────────────────────────────► Frame
//! raw   buffer ─► planes Y, U, V ─────────────────────────────────────────────► Frame
//! ```

use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::Frame,
    input::{InputStream, event::StreamEvent},
    picture::RawPicture,
    pixels::{Colours, Layout},
    raw_video::{Moments, PictureFramer},
    time::Moment,
};

use crate::clock::Clock;

/// While there is no viewer, one raw picture is made per interval, for the next viewer: 0.5 s.
const UNWANTED_INTERVAL_US: u64 = 500_000;

/// When a buffer was filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// When the picture was taken, if the driver says so.
    pub(super) captured_at: Option<Moment>,
    /// When we had it.
    pub(super) received_at: Moment,
}

/// Makes frames of what one camera gives.
pub(super) enum Framing {
    Jpeg(Box<InputStream>),
    H264(Box<InputStream>),
    Raw { layout: Layout, colours: Colours, framer: PictureFramer, arrival: ArrivalClock, made_at: Moment },
}

impl Framing {
    /// Appends the frames of a buffer to `frames`; what is wrong with it is the error. With `is_wanted` false, fewer.
    pub(super) fn frames(
        &mut self,
        bytes: &[u8],
        times: Times,
        clock: Clock,
        is_wanted: bool,
        frames: &mut Vec<Frame>,
    ) -> Result<(), String> {
        let Times { captured_at, received_at } = times;
        match self {
            Self::H264(stream) => {
                let mut events = Vec::new();
                stream.push(bytes, received_at, &mut events);
                stream.complete(None, clock.now(), &mut events);
                take(events, captured_at, frames)
            }
            Self::Jpeg(stream) => {
                let mut events = Vec::new();
                stream.push(bytes, received_at, &mut events);
                // Not every camera ends its pictures with EOI.
                stream.complete(None, clock.now(), &mut events);
                take(events, captured_at, frames)
            }
            Self::Raw { layout, colours, framer, arrival, made_at } => {
                // Every picture counts for the clock, so that the rate is known when a viewer comes.
                let stamp = arrival.stamp(captured_at.unwrap_or(received_at));
                if !is_wanted && received_at.micros_since(*made_at) < UNWANTED_INTERVAL_US {
                    return Ok(());
                }
                *made_at = received_at;
                let planes = layout.convert(bytes, *colours).map_err(|error| error.to_string())?;
                let picture = RawPicture::from_planes(layout.size(), planes.into());
                let picture = picture.ok_or("a converted picture has another size")?;
                let moments = Moments { captured_at, received_at, ready_at: clock.now() };
                frames.push(framer.frame(picture, stamp, moments));
                Ok(())
            }
        }
    }
}

/// Appends the frames among `events`; what is wrong is the error.
fn take(
    events: Vec<StreamEvent>,
    captured_at: Option<Moment>,
    frames: &mut Vec<Frame>,
) -> Result<(), String> {
    let mut outcome = Ok(());
    for event in events {
        match event {
            StreamEvent::Frame(frame, _) => frames.push(Frame { captured_at, ..frame }),
            StreamEvent::Trouble(trouble) => outcome = Err(trouble.to_string()),
            StreamEvent::Lost => {}
        }
    }
    outcome
}
