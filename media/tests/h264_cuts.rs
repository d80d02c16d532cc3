//! Frames do not depend on how the bytes of their stream were cut, and hold all that was in it.

mod golden_streams;

use golden_streams::Golden;
use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    h264::{access_unit::join, annexb::Splitter, framer::FramerError, sps::ParameterSetError},
    input::{
        Format, InputStream,
        event::{StreamEvent, StreamTrouble},
    },
    time::Moment,
};

/// All of a frame that cuts must not change: role, codec string, payload.
type Essence = (Role, String, Vec<u8>);

fn stream() -> InputStream {
    InputStream::new(Some(Format::H264), ArrivalClock::new(Moment::default(), 0, 3_000))
}

fn run(pieces: &[&[u8]]) -> Vec<StreamEvent> {
    let mut stream = stream();
    let mut events = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        stream.push(piece, Moment::from_micros(index as u64 * 100), &mut events);
    }
    stream.end(Moment::from_micros(pieces.len() as u64 * 100), &mut events);
    events
}

fn frames(events: &[StreamEvent]) -> Vec<&Frame> {
    let mut all = Vec::new();
    for event in events {
        if let StreamEvent::Frame(frame, _) = event {
            all.push(frame);
        }
    }
    all
}

fn troubles(events: &[StreamEvent]) -> Vec<&StreamTrouble> {
    let mut all = Vec::new();
    for event in events {
        if let StreamEvent::Trouble(trouble) = event {
            all.push(trouble);
        }
    }
    all
}

fn essence(events: &[StreamEvent]) -> Vec<Essence> {
    let essence = |frame: &&Frame| (frame.role, frame.config.codec_string.clone(), frame.payload.to_vec());
    frames(events).iter().map(essence).collect()
}

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most as u64).expect("below a usize")
    }
}

/// The first bytes of a stream: some frames, so that every cut can be tried.
fn head(golden: &Golden, bytes: usize) -> &[u8] {
    let end = golden.packets.iter().map(|packet| packet.pos + packet.size).find(|&end| end >= bytes as u64);
    &golden.bytes[..end.map_or(golden.bytes.len(), |end| usize::try_from(end).expect("a small file"))]
}

#[test]
fn two_pieces_at_every_byte() {
    for golden in Golden::all() {
        let bytes = head(&golden, 1_500);
        let whole = essence(&run(&[bytes]));
        assert!(!whole.is_empty(), "{}", golden.name);
        for at in 0..=bytes.len() {
            let (front, back) = bytes.split_at(at);
            assert!(essence(&run(&[front, back])) == whole, "{} cut at {at}", golden.name);
        }
    }
}

#[test]
fn byte_by_byte() {
    for golden in Golden::all() {
        let bytes = head(&golden, 20_000);
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert!(essence(&run(&single)) == essence(&run(&[bytes])), "{}", golden.name);
    }
}

#[test]
fn pieces_of_random_lengths() {
    for (seed, golden) in (99..).zip(Golden::all()) {
        let whole = essence(&run(&[&golden.bytes]));
        let mut dice = Dice(seed);
        for most in [3, 50, 1_000, 10_000] {
            let mut pieces = Vec::new();
            let mut rest = &golden.bytes[..];
            while !rest.is_empty() {
                let (piece, others) = rest.split_at((1 + dice.below(most)).min(rest.len()));
                pieces.push(piece);
                rest = others;
            }
            assert!(essence(&run(&pieces)) == whole, "{} in pieces up to {most}", golden.name);
        }
    }
}

#[test]
fn split_and_joined_it_is_the_same() {
    for golden in Golden::all() {
        let split = |bytes: &[u8]| {
            let mut units = Vec::new();
            let mut splitter = Splitter::new();
            splitter.push(bytes, |unit| units.push(unit.expect("short units").bytes));
            units.extend(splitter.end().map(|unit| unit.expect("short units").bytes));
            units
        };
        let units = split(&golden.bytes);
        assert_eq!(units, golden_streams::naive_units(&golden.bytes), "{}", golden.name);
        let joined = join(units.iter().map(|unit| &unit[..]));
        assert_eq!(split(&joined), units, "{}", golden.name);
        let payloads: Vec<u8> =
            frames(&run(&[&golden.bytes])).iter().flat_map(|frame| frame.payload.to_vec()).collect();
        assert_eq!(payloads, joined, "{}: all that came in goes out", golden.name);
    }
}

#[test]
fn an_outside_signal_after_each_picture_gives_each_frame_at_once() {
    for golden in Golden::all() {
        let whole = essence(&run(&[&golden.bytes]));
        let mut stream = stream();
        let mut events = Vec::new();
        for (index, packet) in golden.packets.iter().enumerate() {
            let now = Moment::from_micros(index as u64 * 33_333);
            stream.push(golden.bytes_of(packet), now, &mut events);
            stream.complete(None, now, &mut events);
            assert_eq!(frames(&events).len(), index + 1, "{}", golden.name);
            stream.complete(None, now, &mut events);
        }
        stream.end(Moment::default(), &mut events);
        assert!(essence(&events) == whole, "{}", golden.name);
    }
}

#[test]
fn a_picture_is_given_as_soon_as_the_next_begins() {
    for golden in Golden::all() {
        let mut stream = stream();
        let mut events = Vec::new();
        for (index, pair) in golden.packets.windows(2).enumerate() {
            let bytes = golden.bytes_of(&pair[0]);
            let begin = if index == 0 { 0 } else { 6 };
            stream.push(&bytes[begin..], Moment::default(), &mut events);
            assert_eq!(frames(&events).len(), index, "{}", golden.name);
            stream.push(&golden.bytes_of(&pair[1])[..6], Moment::default(), &mut events);
            assert_eq!(frames(&events).len(), index + 1, "{}", golden.name);
        }
    }
}

#[test]
fn rubbish_is_survived_and_what_follows_is_played() {
    let golden = Golden::named("x264-baseline");
    let whole = essence(&run(&[&golden.bytes]));
    let mut dice = Dice(7);
    let random: Vec<u8> = (0..300_000).map(|_| u8::try_from(dice.below(256)).expect("a byte")).collect();
    let table: [(&str, Vec<u8>); 5] = [
        ("random bytes", random),
        ("a JPEG", [&[0xff, 0xd8, 0xff, 0xe0, 0, 16][..], b"JFIF", &[0, 1, 1, 0, 0, 1]].concat()),
        ("half an access unit", golden.bytes_of(&golden.packets[0])[..700].to_vec()),
        ("ten megabytes without a start code", vec![7; 10 << 20]),
        ("a start code and ten megabytes", [&[0, 0, 1, 0x65][..], &vec![7; 10 << 20]].concat()),
    ];
    for (name, rubbish) in table {
        let events = run(&[&rubbish, &golden.bytes]);
        let all = essence(&events);
        assert!(all.len() >= whole.len() && all.ends_with(&whole[1..]), "{name}: {} frames", all.len());
    }
}

#[test]
fn a_late_joiner_begins_at_the_next_keyframe() {
    let golden = Golden::named("x264-pyramid");
    let cut = usize::try_from(golden.packets[5].pos + 7).expect("a small file");
    let mut stream = stream();
    let mut events = Vec::new();
    stream.push(&golden.bytes[cut..], Moment::default(), &mut events);
    stream.end(Moment::default(), &mut events);
    let all = frames(&events);
    assert_eq!((all.len(), all[0].role), (60, Role::Key));
    // The one that was cut has no start code.
    assert_eq!(stream.stats().dropped_before_keyframe, 24);
    assert!(stream.stats().bytes_without_start_code > 0);
}

#[test]
fn parameter_sets_that_came_once_stand_in_front_of_every_keyframe() {
    for name in ["x264-pyramid", "x264-aud-sei"] {
        let golden = Golden::named(name);
        let whole = run(&[&golden.bytes]);
        let mut units = golden_streams::naive_units(&golden.bytes);
        let first_slice = units.iter().position(|unit| unit[0] & 31 == 5).expect("a keyframe");
        let later = units.split_off(first_slice);
        units.extend(later.into_iter().filter(|unit| !matches!(unit[0] & 31, 7 | 8)));
        let once = join(units);
        assert!(once.len() < join(golden_streams::naive_units(&golden.bytes)).len());
        assert!(essence(&run(&[&once])) == essence(&whole), "{name}");
    }
}

#[test]
fn a_damaged_sps_never_replaces_a_good_one() {
    let golden = Golden::named("x264-pyramid");
    let good = frames(&run(&[&golden.bytes]))[0].config.clone();
    let units = golden_streams::naive_units(&golden.bytes);
    let sps = units[0];
    let second = units.iter().skip(1).position(|unit| *unit == sps).expect("repeated") + 1;
    for length in 1..sps.len() {
        // The second SPS is cut; every keyframe still has the good one.
        let cut: Vec<u8> = units
            .iter()
            .enumerate()
            .flat_map(|(index, unit)| {
                let unit = if index == second { &unit[..length] } else { unit };
                [&[0, 0, 1], unit].concat()
            })
            .collect();
        let events = run(&[&cut]);
        let all = frames(&events);
        assert_eq!(all.len(), 90, "{length}");
        assert!(all.iter().all(|frame| *frame.config == *good), "{length}");
        assert!(all.iter().all(|frame| frame.role != Role::Key || frame.nal_units().any(|unit| unit == sps)));
        let expected = |trouble: &&StreamTrouble| {
            matches!(trouble, StreamTrouble::Framer(FramerError::ParameterSet(_)))
                && !matches!(
                    trouble,
                    StreamTrouble::Framer(FramerError::ParameterSet(ParameterSetError::Size { .. }))
                )
        };
        let troubles = troubles(&events);
        assert!(troubles.len() == 1 && troubles.iter().all(expected), "{length}: {troubles:?}");
    }
}
