//! What tests of lenient demuxers share: streams to play, and what is seen of them.

#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod flv_writer;
pub(crate) mod ts_writer;

use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::Frame,
    h264::access_unit::join,
    input::{
        Format, InputStream,
        event::{FrameBoundary, StreamEvent},
    },
    time::Moment,
};

/// From picture to picture of the streams in `tests/inputs`.
pub(crate) const PERIOD_US: u64 = 100_000;
/// The same in ticks.
pub(crate) const PERIOD_90K: i64 = 9_000;

/// A file of `tests/inputs`.
pub(crate) fn input(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/inputs/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("an input file")
}

/// What a stream has given.
pub(crate) struct Seen {
    pub(crate) frames: Vec<(Frame, FrameBoundary)>,
    /// Sentences about what was left out, without repetitions in a row.
    pub(crate) troubles: Vec<String>,
    pub(crate) losses: usize,
    events: Vec<String>,
}

impl Seen {
    /// The slices of each picture.
    pub(crate) fn pictures(&self) -> Vec<Vec<u8>> {
        self.frames.iter().map(|(frame, _)| slices(frame)).collect()
    }

    /// Steps between presentation times in their order.
    pub(crate) fn steps(&self) -> Vec<i64> {
        let mut shown: Vec<i64> = self.frames.iter().map(|(frame, _)| frame.pts.ticks).collect();
        shown.sort_unstable();
        shown.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    /// Asserts that presentation times rise in the order in which the pictures come, none by much more or less than the
    /// period once so many have come.
    pub(crate) fn assert_pace(&self, name: &str, settled: usize) {
        let shown: Vec<i64> = self.frames.iter().map(|(frame, _)| frame.pts.ticks).collect();
        assert!(shown.is_sorted_by(|one, next| one < next), "{name}: {shown:?}");
        let is_near = |step: &i64| (step - PERIOD_90K).abs() < 500;
        assert!(self.steps()[settled..].iter().all(is_near), "{name}: {:?}", self.steps());
    }
}

/// Plays pieces that come at these times in microseconds.
pub(crate) fn play_at<'a>(format: Option<Format>, pieces: impl IntoIterator<Item = (&'a [u8], u64)>) -> Seen {
    let mut stream = InputStream::new(format, ArrivalClock::new(Moment::default(), 0, 3_000));
    let mut events = Vec::new();
    let mut now = Moment::default();
    for (piece, at_us) in pieces {
        now = Moment::from_micros(at_us);
        stream.push(piece, now, &mut events);
    }
    stream.end(now, &mut events);
    let mut seen = Seen { frames: Vec::new(), troubles: Vec::new(), losses: 0, events: Vec::new() };
    for event in events {
        seen.events.push(match &event {
            StreamEvent::Frame(frame, boundary) => {
                format!("{:?} {} {boundary:?} {:?}", frame.role, frame.config.codec_string, frame.payload)
            }
            other => format!("{other:?}"),
        });
        match event {
            StreamEvent::Frame(frame, boundary) => seen.frames.push((frame, boundary)),
            StreamEvent::Trouble(trouble) => seen.troubles.push(trouble.to_string()),
            StreamEvent::Lost => seen.losses += 1,
        }
    }
    seen.troubles.dedup();
    seen
}

/// Plays pieces that come one period after another.
pub(crate) fn play_paced(format: Option<Format>, pieces: &[Vec<u8>]) -> Seen {
    let times = (0..).map(|number| number * PERIOD_US);
    play_at(format, pieces.iter().map(Vec::as_slice).zip(times))
}

/// Plays a stream, asserts that cuts do not change what comes, and gives what was seen.
pub(crate) fn play_with_every_cut(name: &str, format: Option<Format>, bytes: &[u8]) -> Seen {
    let whole = play_at(format, [(bytes, 0)]);
    // Every cut where formats are detected and habits learned, then many.
    let cuts = (0..=bytes.len().min(800)).chain((800..=bytes.len()).step_by(37));
    for at in cuts {
        let (front, back) = bytes.split_at(at);
        assert!(play_at(format, [(front, 0), (back, 0)]).events == whole.events, "{name} cut at {at}");
    }
    for length in [1, 7, 188] {
        let pieces = bytes.chunks(length).map(|piece| (piece, 0));
        assert!(play_at(format, pieces).events == whole.events, "{name} in pieces of {length}");
    }
    whole
}

/// The slices of a frame: a container may leave out or repeat the rest.
pub(crate) fn slices(frame: &Frame) -> Vec<u8> {
    join(frame.nal_units().filter(|unit| matches!(unit[0] & 31, 1 | 5))).to_vec()
}

/// NAL units of each access unit of the control: thirty pictures at ten a second, a keyframe each second.
pub(crate) fn access_units() -> Vec<Vec<Vec<u8>>> {
    let control = play_at(Some(Format::Flv), [(&input("control-good.flv")[..], 0)]);
    control
        .frames
        .iter()
        .map(|(frame, _)| frame.nal_units().map(<[u8]>::to_vec).collect::<Vec<_>>())
        .collect()
}

/// The slices of each of `access_units`.
pub(crate) fn slices_of(access_units: &[Vec<Vec<u8>>]) -> Vec<Vec<u8>> {
    let is_slice = |unit: &&[u8]| matches!(unit[0] & 31, 1 | 5);
    let of_one = |units: &Vec<Vec<u8>>| join(units.iter().map(Vec::as_slice).filter(is_slice)).to_vec();
    access_units.iter().map(of_one).collect()
}
