//! Bytes from a camera, in whatever form they come, to frames.
//!
//! ```text
//!        ┌─ AnnexBUnits    bare H.264
//! push ──┼─ FlashUnits   Flash video       ─► access units ─► FrameMaker ─► frames
//!   │    ├─ TsUnits        transport stream     or pictures
//!   │    └─ JpegUnits      motion JPEG
//!   └ the first bytes tell which, where nobody said it
//!   UnitStream ends at the access units, InputStream goes all the way.
//! ```

mod annexb;
pub mod event;
mod flash;
mod format;
pub mod frame_maker;
mod mjpeg;
mod pes_ends;
pub mod sniff;
mod transport_stream;

pub use format::Format;

use self::{
    annexb::AnnexBUnits,
    event::{StreamEvent, StreamStats, UnitEvent},
    flash::FlashUnits,
    frame_maker::FrameMaker,
    mjpeg::JpegUnits,
    transport_stream::TsUnits,
};

use crate::{arrival_clock::ArrivalClock, container_clock::Times, pixels::Matrix, time::Moment};

/// Finds the access units in bytes of any format.
#[derive(Debug)]
pub struct UnitStream(Inner);

/// First bytes up to which each push is looked at; of more, only each that adds a 64th part. Else bytes that come one by one
/// would cost time by their square. What is found is the same.
const LOOKED_AT_ALWAYS: usize = 2 << 10;

/// The first bytes of a stream, whose format is not known.
#[derive(Debug, Default)]
struct Head {
    bytes: Vec<u8>,
    /// When the first came.
    since: Moment,
    /// How many there were at the last look.
    looked_at: usize,
}

impl Head {
    /// Takes the next bytes; the format, if they tell.
    fn push(&mut self, bytes: &[u8], received_at: Moment) -> Option<Format> {
        if self.bytes.is_empty() {
            self.since = received_at;
        }
        self.bytes.extend_from_slice(bytes);
        let length = self.bytes.len();
        if length > LOOKED_AT_ALWAYS && length < self.looked_at + self.looked_at / 64 {
            return None;
        }
        self.looked_at = length;
        Format::detect(&self.bytes)
    }

    /// No more come.
    fn end(&self) -> Format {
        Format::detect(&self.bytes).unwrap_or(Format::H264)
    }
}

#[derive(Debug)]
enum Inner {
    /// Nobody knows yet.
    Unknown(Head),
    H264(AnnexBUnits),
    Flv(FlashUnits),
    MpegTs(Box<TsUnits>),
    Mjpeg(JpegUnits),
}

impl UnitStream {
    /// A stream at its beginning, in `format`, or in one that its first bytes tell.
    #[must_use]
    pub fn new(format: Option<Format>) -> Self {
        Self(match format {
            None => Inner::Unknown(Head::default()),
            Some(Format::H264) => Inner::H264(AnnexBUnits::new()),
            Some(Format::Flv) => Inner::Flv(FlashUnits::new()),
            Some(Format::MpegTs) => Inner::MpegTs(Box::new(TsUnits::new())),
            Some(Format::Mjpeg) => Inner::Mjpeg(JpegUnits::new()),
        })
    }

    /// What it is, once that is known.
    #[must_use]
    pub const fn format(&self) -> Option<Format> {
        match self.0 {
            Inner::Unknown(..) => None,
            Inner::H264(_) => Some(Format::H264),
            Inner::Flv(_) => Some(Format::Flv),
            Inner::MpegTs(_) => Some(Format::MpegTs),
            Inner::Mjpeg(_) => Some(Format::Mjpeg),
        }
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        match &mut self.0 {
            Inner::Unknown(head) => {
                if let Some(format) = head.push(bytes, received_at) {
                    self.begin(format, found);
                }
            }
            Inner::H264(units) => units.push(bytes, received_at, found),
            Inner::Flv(units) => units.push(bytes, received_at, found),
            Inner::MpegTs(units) => units.push(bytes, received_at, found),
            Inner::Mjpeg(units) => units.push(bytes, received_at, found),
        }
    }

    /// An outside signal: what was pushed ends an access unit, which has `times` if the signal gave them, or a JPEG
    /// picture. A container needs none.
    pub fn complete(&mut self, times: Option<Times>, found: &mut Vec<UnitEvent>) {
        match &mut self.0 {
            Inner::H264(units) => units.complete(times, found),
            Inner::Mjpeg(units) => units.end(found),
            Inner::Flv(_) | Inner::MpegTs(_) | Inner::Unknown(..) => {}
        }
    }

    /// Takes all bytes of one access unit or JPEG picture, as packets carry it, with its `times` if they are known.
    pub fn push_whole(
        &mut self,
        bytes: &[u8],
        times: Option<Times>,
        received_at: Moment,
        found: &mut Vec<UnitEvent>,
    ) {
        self.push(bytes, received_at, found);
        // Of two fields that make one frame only the next access unit tells that both are there.
        if !matches!(&self.0, Inner::H264(units) if units.may_have_fields()) {
            self.complete(times, found);
        }
    }

    /// The input ends.
    pub fn end(&mut self, found: &mut Vec<UnitEvent>) {
        if let Inner::Unknown(head) = &self.0 {
            self.begin(head.end(), found);
        }
        match &mut self.0 {
            Inner::H264(units) => units.end(found),
            Inner::Flv(units) => units.end(found),
            Inner::MpegTs(units) => units.end(found),
            Inner::Mjpeg(units) => units.end(found),
            Inner::Unknown(..) => {}
        }
    }

    /// Whether an outside signal can tell now that a frame is complete: for bare H.264 whose pictures are not in
    /// fields, when as many slices have come as frames have.
    #[must_use]
    pub fn may_be_completed(&self) -> bool {
        matches!(&self.0, Inner::H264(units) if !units.may_have_fields() && units.may_be_whole())
    }

    /// Counters of bytes and NAL units since the beginning.
    #[must_use]
    pub fn stats(&self) -> StreamStats {
        match &self.0 {
            Inner::Unknown(head) => StreamStats { bytes: head.bytes.len() as u64, ..StreamStats::default() },
            Inner::H264(units) => units.stats(),
            Inner::Flv(units) => units.stats(),
            Inner::MpegTs(units) => units.stats(),
            Inner::Mjpeg(units) => units.stats(),
        }
    }

    fn begin(&mut self, format: Format, found: &mut Vec<UnitEvent>) {
        if let Inner::Unknown(head) = std::mem::replace(&mut self.0, Self::new(Some(format)).0)
            && !head.bytes.is_empty()
        {
            self.push(&head.bytes, head.since, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_come_one_by_one_are_not_looked_at_each_time() {
        let mut head = Head::default();
        let mut looks = 0;
        // A picture that does not end.
        head.push(&[0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff], Moment::default());
        for byte in 0..200_000_u32 {
            let before = head.looked_at;
            assert_eq!(head.push(b"a", Moment::default()), None, "{byte}");
            looks += u32::from(head.looked_at > before);
        }
        assert!(looks < 3_000, "{looks} looks");
    }
}

/// Turns bytes of any format into frames.
#[derive(Debug)]
pub struct InputStream {
    units: UnitStream,
    maker: FrameMaker,
    found: Vec<UnitEvent>,
}

impl InputStream {
    /// A stream at its beginning, in `format`, or in one that its first bytes tell. Its frames get their times from
    /// `clock`, or by it from those of the container.
    #[must_use]
    pub fn new(format: Option<Format>, clock: ArrivalClock) -> Self {
        Self { units: UnitStream::new(format), maker: FrameMaker::new(clock), found: Vec::new() }
    }

    /// The matrix of H.264 that names none, where its source is known to mean that one. Counts from the next keyframe on.
    pub const fn set_matrix_hint(&mut self, matrix: Option<Matrix>) {
        self.maker.set_matrix_hint(matrix);
    }

    /// What it is, once that is known.
    #[must_use]
    pub const fn format(&self) -> Option<Format> {
        self.units.format()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `events`.
    pub fn push(&mut self, bytes: &[u8], received_at: Moment, events: &mut Vec<StreamEvent>) {
        self.units.push(bytes, received_at, &mut self.found);
        self.maker.take(self.found.drain(..), received_at, events);
    }

    /// An outside signal at `now`: what was pushed ends an access unit, which has `times` if the signal gave them.
    pub fn complete(&mut self, times: Option<Times>, now: Moment, events: &mut Vec<StreamEvent>) {
        self.units.complete(times, &mut self.found);
        self.maker.take(self.found.drain(..), now, events);
    }

    /// Takes all bytes of one access unit or JPEG picture, as packets carry it, with its `times` if they are known.
    pub fn push_whole(
        &mut self,
        bytes: &[u8],
        times: Option<Times>,
        received_at: Moment,
        now: Moment,
        events: &mut Vec<StreamEvent>,
    ) {
        self.units.push_whole(bytes, times, received_at, &mut self.found);
        self.maker.take(self.found.drain(..), now, events);
    }

    /// Something was lost before what is pushed next.
    pub fn lost(&mut self, now: Moment, events: &mut Vec<StreamEvent>) {
        self.maker.take([UnitEvent::Lost], now, events);
    }

    /// The input ends at `now`.
    pub fn end(&mut self, now: Moment, events: &mut Vec<StreamEvent>) {
        self.units.end(&mut self.found);
        self.maker.take(self.found.drain(..), now, events);
    }

    /// Whether an outside signal can tell now that a frame is complete.
    #[must_use]
    pub fn may_be_completed(&self) -> bool {
        self.units.may_be_completed()
    }

    /// Counters since the beginning.
    #[must_use]
    pub fn stats(&self) -> StreamStats {
        self.units.stats().with_frames(self.maker.stats())
    }

    /// The clock, which knows the `dts` of the next frame and the measured rate.
    #[must_use]
    pub const fn clock(&self) -> &ArrivalClock {
        self.maker.clock()
    }
}
