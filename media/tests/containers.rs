//! FLV and transport streams as ffmpeg writes them: what comes out is what the bare stream holds, in time.

mod golden_streams;

use golden_streams::Golden;
use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    h264::access_unit::join,
    input::{
        Format, InputStream,
        event::{FrameBoundary, StreamEvent},
    },
    mpegts::{Muxer, PACKET_BYTES, VideoStream},
    time::Moment,
};

const NAMES: [&str; 4] = ["x264-baseline", "x264-interlaced", "x264-pyramid", "x264-slices"];

/// PES packets that must have begun with an access unit before their ends are believed.
const PROOFS: usize = 8;

/// A stream in a container, with presentation and decode times in 90 kHz, and whether each is a keyframe.
struct Contained {
    name: String,
    format: Format,
    bytes: Vec<u8>,
    packets: Vec<(i64, i64, bool)>,
}

impl Contained {
    fn all() -> Vec<Self> {
        let containers = [("flv", Format::Flv, 90), ("ts", Format::MpegTs, 1)];
        containers
            .into_iter()
            .flat_map(|(extension, format, scale)| {
                NAMES.map(|name| {
                    let name = format!("{name}.{extension}");
                    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
                    let bytes = std::fs::read(&path).expect("a golden stream");
                    let text = std::fs::read_to_string(format!("{path}.ffprobe")).expect("what ffprobe says");
                    let packets = text.lines().map(|line| {
                        let fields: Vec<&str> = line.split(',').collect();
                        let ticks = |field: &str| field.parse::<i64>().expect("ticks") * scale;
                        (ticks(fields[0]), ticks(fields[1]), fields[2].starts_with('K'))
                    });
                    Self { name, format, bytes, packets: packets.collect() }
                })
            })
            .collect()
    }

    /// The same pictures without a container.
    fn bare(&self) -> Vec<Vec<u8>> {
        let golden = Golden::named(self.name.split('.').next().expect("a name"));
        frames(&run(Some(Format::H264), &[&golden.bytes])).iter().map(|frame| slices(frame)).collect()
    }
}

fn stream(format: Option<Format>) -> InputStream {
    InputStream::new(format, ArrivalClock::new(Moment::default(), 0, 3_000))
}

fn run(format: Option<Format>, pieces: &[&[u8]]) -> Vec<StreamEvent> {
    let mut stream = stream(format);
    let mut events = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        stream.push(piece, Moment::from_micros(index as u64), &mut events);
    }
    stream.end(Moment::from_micros(pieces.len() as u64), &mut events);
    events
}

fn frames(events: &[StreamEvent]) -> Vec<&Frame> {
    let mut frames = Vec::new();
    for event in events {
        if let StreamEvent::Frame(frame, _) = event {
            frames.push(frame);
        }
    }
    frames
}

fn is_clean(events: &[StreamEvent]) -> bool {
    events.iter().all(|event| matches!(event, StreamEvent::Frame(..)))
}

/// The slices of a frame: a container may leave out or repeat the rest.
fn slices(frame: &Frame) -> Vec<u8> {
    join(frame.nal_units().filter(|unit| matches!(unit[0] & 31, 1 | 5))).to_vec()
}

/// All of events that cuts must not change.
fn essence(events: &[StreamEvent]) -> Vec<String> {
    events
        .iter()
        .map(|event| match event {
            StreamEvent::Frame(frame, boundary) => {
                format!("{:?} {} {boundary:?} {:?}", frame.role, frame.config.codec_string, frame.payload)
            }
            other => format!("{other:?}"),
        })
        .collect()
}

#[test]
fn the_same_pictures_come_out_of_every_container() {
    for contained in Contained::all() {
        let events = run(None, &[&contained.bytes]);
        assert!(is_clean(&events), "{}", contained.name);
        let frames = frames(&events);
        let got: Vec<_> = frames.iter().map(|frame| slices(frame)).collect();
        assert!(got == contained.bare(), "{}", contained.name);
        for (frame, packet) in frames.iter().zip(&contained.packets) {
            assert_eq!(frame.role == Role::Key, packet.2, "{}", contained.name);
            let types: Vec<u8> = frame.nal_units().map(|unit| unit[0] & 31).collect();
            assert!(!packet.2 || (types.contains(&7) && types.contains(&8)), "{}: {types:?}", contained.name);
        }
    }
}

#[test]
fn frames_have_the_times_of_their_container() {
    for contained in Contained::all() {
        let mut stream = stream(None);
        let mut events = Vec::new();
        // Frames take 20 to 60 ms to come; ours is another clock than the container's.
        for piece in contained.bytes.chunks(20) {
            let done = frames(&events).len().min(contained.packets.len() - 1);
            let dts_us = u64::try_from(contained.packets[done].1 * 100 / 9).expect("after 0");
            let jitter_us = [50, 20, 35, 60, 25][done % 5] * 1_000;
            stream.push(piece, Moment::from_micros(7_000_000 + dts_us + jitter_us), &mut events);
        }
        stream.end(Moment::from_micros(20_000_000), &mut events);
        let frames = frames(&events);
        assert_eq!(frames.len(), contained.packets.len(), "{}", contained.name);
        let settled = 12;
        let of = |index: usize| (frames[index], contained.packets[index]);
        let (first, first_packet) = of(settled);
        for index in settled..frames.len() {
            let (frame, packet) = of(index);
            // A millisecond of FLV, twice, and what the rate is not exactly.
            let near = |ours: i64, theirs: i64| (ours - theirs).abs() <= 300;
            let name = &contained.name;
            assert!(
                near(frame.dts.ticks - first.dts.ticks, packet.1 - first_packet.1),
                "{name} {index}: {} {packet:?}",
                frame.dts.ticks - first.dts.ticks
            );
            assert!(near(frame.pts.ticks - frame.dts.ticks, packet.0 - packet.1), "{name} {index}");
            assert_eq!(frame.captured_at, None);
            if index > 0 {
                let before = frames[index - 1];
                assert_eq!(before.dts.ticks + i64::from(before.duration), frame.dts.ticks, "{name}");
            }
        }
        let mut shown: Vec<i64> = frames.iter().map(|frame| frame.pts.ticks).collect();
        shown.sort_unstable();
        assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "{}", contained.name);
    }
}

#[test]
fn a_frame_is_given_when_its_last_byte_has_come() {
    for contained in Contained::all() {
        let mut stream = stream(None);
        let mut events = Vec::new();
        // What frames were there after each byte, for the second half: the rule needs some proofs.
        let half = contained.bytes.len() / 2;
        stream.push(&contained.bytes[..half], Moment::default(), &mut events);
        let count = frames(&events).len();
        stream.push(&contained.bytes[half..], Moment::default(), &mut events);
        let rules: Vec<FrameBoundary> = events
            .iter()
            .filter_map(|event| if let StreamEvent::Frame(_, rule) = event { Some(*rule) } else { None })
            .collect();
        let later = &rules[count..];
        let by = |rule: FrameBoundary| later.iter().filter(|ended| **ended == rule).count();
        let all = later.len();
        let name = &contained.name;
        match (contained.format, name.contains("interlaced")) {
            (Format::Flv, _) => assert_eq!(by(FrameBoundary::ContainerSize), all, "{name}"),
            // Fields: only the next picture tells.
            (_, true) => assert_eq!(by(FrameBoundary::NextStartCode), all, "{name}"),
            // One in 184 has no room for stuffing.
            _ => assert!(by(FrameBoundary::Stuffing) + 2 >= all, "{name}: {later:?}"),
        }
    }
}

#[test]
fn cuts_do_not_matter() {
    for contained in Contained::all() {
        let bytes = &contained.bytes[..contained.bytes.len().min(4_500)];
        let whole = essence(&run(None, &[bytes]));
        assert!(!whole.is_empty(), "{}", contained.name);
        for at in 0..=bytes.len() {
            let (front, back) = bytes.split_at(at);
            assert!(essence(&run(None, &[front, back])) == whole, "{} cut at {at}", contained.name);
        }
        for length in [1, 7, 188, 1_000] {
            let pieces: Vec<&[u8]> = contained.bytes.chunks(length).collect();
            let whole = essence(&run(None, &[&contained.bytes]));
            assert!(essence(&run(None, &pieces)) == whole, "{} in pieces of {length}", contained.name);
        }
    }
}

#[test]
fn what_is_missing_is_followed_by_a_keyframe() {
    for contained in Contained::all() {
        let bare = contained.bare();
        for (number, at) in (2_000..contained.bytes.len() - 2_000).step_by(997).enumerate() {
            let hole = [1, 187, 188, 500][number % 4];
            // A packet as a whole; between two packets the counters would tell nothing.
            let at = if hole == PACKET_BYTES { at - at % PACKET_BYTES } else { at };
            let mut bytes = contained.bytes.clone();
            bytes.drain(at..at + hole);
            let events = run(Some(contained.format), &[&bytes]);
            // After the loss nothing is played that needs what is missing.
            let mut needs_key = false;
            let mut lost = 0;
            let mut next = 0;
            for (event, follower) in events.iter().zip(events.iter().skip(1).chain([&StreamEvent::Lost])) {
                match event {
                    StreamEvent::Lost => (needs_key, lost) = (true, lost + 1),
                    StreamEvent::Frame(frame, _) => {
                        let name = &contained.name;
                        assert!(!needs_key || frame.role == Role::Key, "{name} without {at}");
                        needs_key = false;
                        let place = bare[next..].iter().position(|unit| *unit == slices(frame));
                        // What FLV says of its sizes comes behind the frame, and a transport packet has no checksum.
                        let is_found_out = !matches!(follower, StreamEvent::Frame(..));
                        assert!(place.is_some() || is_found_out, "{name} without {hole} bytes at {at}");
                        next += place.map_or(0, |place| place + 1);
                    }
                    StreamEvent::Trouble(_) => {}
                }
            }
            // Or it was a table, which comes again.
            let is_all_there = frames(&events).len() == bare.len();
            assert!(lost > 0 || is_all_there, "{} without {hole} bytes at {at}", contained.name);
        }
    }
}

#[test]
fn one_stream_after_another() {
    for contained in Contained::all() {
        let twice = [&contained.bytes[..], &contained.bytes].concat();
        let events = run(None, &[&twice]);
        let frames = frames(&events);
        // A field at the end may or may not have another.
        let open = usize::from(contained.name == "x264-interlaced.ts");
        assert_eq!(frames.len(), 2 * contained.packets.len() - open, "{}", contained.name);
        let (first, second) = frames.split_at(contained.packets.len() - open);
        let last = first.iter().map(|frame| frame.pts.ticks).max();
        assert!(second.iter().all(|frame| Some(frame.pts.ticks) > last), "{}", contained.name);
    }
}

#[test]
fn what_the_muxer_makes_is_read() {
    for name in NAMES {
        let golden = Golden::named(name);
        let events = run(Some(Format::H264), &[&golden.bytes]);
        let all = frames(&events);
        let mut muxer = Muxer::new(VideoStream::H264);
        let bytes: Vec<u8> = all.iter().flat_map(|frame| muxer.mux(frame)).collect();
        let events = run(None, &[&bytes]);
        assert!(is_clean(&events), "{name}");
        let read = frames(&events);
        assert_eq!(read.len(), all.len(), "{name}");
        for (number, (event, (read, sent))) in events.iter().zip(read.iter().zip(&all)).enumerate() {
            let without_delimiter = join(read.nal_units().filter(|unit| unit[0] & 31 != 9));
            let sent_without = join(sent.nal_units().filter(|unit| unit[0] & 31 != 9));
            assert!(without_delimiter == sent_without, "{name}");
            let StreamEvent::Frame(_, boundary) = event else { unreachable!("clean") };
            let expected = if name.contains("interlaced") {
                FrameBoundary::NextStartCode
            } else if number < PROOFS - 1 {
                FrameBoundary::NextPusi
            } else {
                FrameBoundary::PesLength
            };
            let is_last = std::ptr::eq(*read, frames(&events)[all.len() - 1]);
            assert!(*boundary == expected || is_last, "{name}: {boundary:?}");
        }
        // Packets for all viewers are a stream, too, and so are those of one who has skipped frames.
        let shared: Vec<u8> =
            all.iter().flat_map(|frame| Muxer::shared(VideoStream::H264).mux(frame)).collect();
        assert!(is_clean(&run(None, &[&shared])), "{name}");
        assert_eq!(bytes.len() % PACKET_BYTES, 0);
    }
}

/// Packets with this in front of each.
fn timed(ts: &[u8], time: [u8; 4]) -> Vec<u8> {
    ts.chunks(PACKET_BYTES).flat_map(|packet| [&time, packet].concat()).collect()
}

#[test]
fn formats_are_told_by_their_first_bytes() {
    let ts = std::fs::read(format!("{}/tests/golden/x264-baseline.ts", env!("CARGO_MANIFEST_DIR")))
        .expect("golden");
    let table: [(&str, &[u8], Option<Format>); 17] = [
        ("nothing", b"", None),
        ("FL", b"FL", None),
        ("FLV", b"FLV\x01", Some(Format::Flv)),
        ("FLV of another version", b"FLV\x02", Some(Format::Flv)),
        ("FLV of no version", b"FLV\x05", None),
        ("start code", &[0, 0, 0, 1, 9], Some(Format::H264)),
        ("start code of three bytes", &[0, 0, 1, 9, 0xf0], Some(Format::H264)),
        ("start code or time", &[0, 0, 0, 1, 0x47], None),
        (
            "start code and what may be a packet",
            &[&[0, 0, 0, 1, 0x47][..], &[7; 408]].concat(),
            Some(Format::H264),
        ),
        ("time that looks like a start code", &timed(&ts, [0, 0, 0, 1])[..389], Some(Format::MpegTs)),
        ("time", &timed(&ts, [9, 8, 7, 6])[..389], Some(Format::MpegTs)),
        ("three hundred stray bytes", &[&[7; 300][..], &ts[..516]].concat(), Some(Format::MpegTs)),
        ("two packets", &ts[..376], None),
        ("three packets", &ts[..377], Some(Format::MpegTs)),
        ("joined in the middle of a packet", &ts[100..100 + 816], Some(Format::MpegTs)),
        ("rubbish in which a picture may end", &[7; 816], None),
        ("rubbish", &[7; 300_000], Some(Format::H264)),
    ];
    for (name, head, expected) in table {
        assert_eq!(Format::detect(head), expected, "{name}");
    }
}
