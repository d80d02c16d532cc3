//! The maker: what was found in an input to frames with their times.
//!
//! ```text
//! UnitEvent ─► Framer ─► Picture ─┬─ by arrival ───────────────────────► ArrivalClock ─► Frame
//!                                 └─ by its container ─► ContainerClock ─────┘
//! ```
//! The end of the way that all inputs share, whether their bytes come bare or in a container.

use super::event::{MAX_TROUBLES_A_PUSH, StreamEvent, StreamStats, StreamTrouble, UnitEvent};
use crate::{
    arrival_clock::ArrivalClock,
    container_clock::{ContainerClock, Times},
    frame::{Frame, Role},
    h264::{access_unit::AccessUnit, framer::Framer},
    jpeg::{JpegFramer, JpegPicture},
    pixels::Matrix,
    raw_video::Moments,
    time::Moment,
};

/// Makes frames of access units and of JPEG pictures.
#[derive(Debug)]
pub struct FrameMaker {
    framer: Framer,
    jpeg: JpegFramer,
    clock: ArrivalClock,
    container: ContainerClock,
    stats: StreamStats,
}

impl FrameMaker {
    /// A maker at the beginning of a stream, whose frames get their times from `clock`.
    #[must_use]
    pub fn new(clock: ArrivalClock) -> Self {
        Self {
            framer: Framer::new(),
            jpeg: JpegFramer::default(),
            clock,
            container: ContainerClock::default(),
            stats: StreamStats::default(),
        }
    }

    /// The matrix of H.264 that names none, where its source is known to mean that one.
    pub const fn set_matrix_hint(&mut self, matrix: Option<Matrix>) {
        self.framer.set_matrix_hint(matrix);
    }

    /// Makes frames of what one push has found, at `now`, and appends them to `events`.
    pub fn take(
        &mut self,
        found: impl IntoIterator<Item = UnitEvent>,
        now: Moment,
        events: &mut Vec<StreamEvent>,
    ) {
        let mut out = Out { events, troubles: 0 };
        for event in found {
            match event {
                UnitEvent::ParameterSets(units) => {
                    for unit in units {
                        if let Err(error) = self.framer.keep(&unit) {
                            out.trouble(error.into(), &mut self.stats);
                        }
                    }
                }
                UnitEvent::AccessUnit(unit, times, boundary) => {
                    if let Some(frame) = self.frame(&unit, times, now, &mut out) {
                        out.events.push(StreamEvent::Frame(frame, boundary));
                    }
                }
                UnitEvent::Picture(picture, received_at, boundary) => {
                    let frame = self.frame_of_picture(picture, received_at, now);
                    out.events.push(StreamEvent::Frame(frame, boundary));
                }
                UnitEvent::Trouble(trouble) => out.trouble(trouble, &mut self.stats),
                UnitEvent::Lost => {
                    self.framer.lost();
                    out.events.push(StreamEvent::Lost);
                }
            }
        }
    }

    /// The frame of `access_unit`, unless it is dropped.
    fn frame(
        &mut self,
        access_unit: &AccessUnit,
        times: Option<Times>,
        now: Moment,
        out: &mut Out<'_>,
    ) -> Option<Frame> {
        let Self { framer, clock, container, stats, .. } = self;
        stats.access_units += 1;
        let picture = framer.picture(access_unit, |error| out.trouble(error.into(), stats))?;
        if let Some(period) = framer.frame_period_90k() {
            clock.set_period_hint(period);
        }
        let arrival = clock.ticks_of(picture.received_at());
        let placed = times.and_then(|times| Some((times, container.place(times.dts, arrival)?)));
        let frame = if let Some((times, place)) = placed {
            let stamp = clock.stamp_exactly(place);
            let pts = container.presentation(times, stamp.dts.ticks);
            framer.frame_shown_at(picture, stamp, pts, now)
        } else {
            let stamp = if picture.is_within_group() {
                clock.stamp_within_group(picture.received_at())
            } else {
                clock.stamp(picture.received_at())
            };
            framer.set_period(clock.period_90k());
            let mut frame = framer.frame(picture, stamp, None, now);
            frame.pts.ticks = container.presentation_without_times(frame.dts.ticks, frame.pts.ticks);
            frame
        };
        stats.frames += 1;
        stats.keyframes += u64::from(frame.role == Role::Key);
        Some(frame)
    }

    fn frame_of_picture(&mut self, picture: JpegPicture, received_at: Moment, now: Moment) -> Frame {
        self.stats.frames += 1;
        self.stats.keyframes += 1;
        let size = (picture.width.into(), picture.height.into());
        let moments = Moments { captured_at: None, received_at, ready_at: now };
        self.jpeg.frame(picture.into_bytes_with_tables(), size, self.clock.stamp(received_at), moments)
    }

    /// Ticks from frame to frame as the last keyframe's SPS says.
    #[must_use]
    pub const fn frame_period_90k(&self) -> Option<u32> {
        self.framer.frame_period_90k()
    }

    /// Counters of access units, frames and troubles since the beginning.
    #[must_use]
    pub fn stats(&self) -> StreamStats {
        StreamStats { dropped_before_keyframe: self.framer.dropped_before_keyframe(), ..self.stats }
    }

    /// The clock, which knows the `dts` of the next frame and the measured rate.
    #[must_use]
    pub const fn clock(&self) -> &ArrivalClock {
        &self.clock
    }
}

/// Where events go during one push.
struct Out<'a> {
    events: &'a mut Vec<StreamEvent>,
    troubles: usize,
}

impl Out<'_> {
    /// Counts a trouble, and gives it if there were not too many.
    fn trouble(&mut self, trouble: StreamTrouble, stats: &mut StreamStats) {
        stats.troubles += 1;
        self.troubles += 1;
        if self.troubles <= MAX_TROUBLES_A_PUSH {
            self.events.push(StreamEvent::Trouble(trouble));
        }
    }
}
