//! Streams of real encoders, held against what ffprobe and ffmpeg say of them (golden/make).
//!
//! ```text
//! NAME.h264 ──► InputStream ──► frames ── must agree with ── NAME.ffprobe: packets, pictures, stream
//!                                                           NAME.avcc: configuration by ffmpeg's muxer
//! ```

mod golden_streams;

use golden_streams::{Golden, ProbedPacket};
use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    input::{Format, InputStream, event::StreamEvent},
    time::Moment,
};

const FRAME_US: u64 = 33_333;

/// The frames of `golden`, whose packets come one by one at the times that `arrival` says.
fn frames(golden: &Golden, arrival: impl Fn(usize) -> u64) -> Vec<Frame> {
    let mut stream = InputStream::new(Some(Format::H264), ArrivalClock::new(Moment::default(), 0, 3_000));
    let mut events = Vec::new();
    let mut now = Moment::default();
    for (index, packet) in golden.packets.iter().enumerate() {
        now = Moment::from_micros(arrival(index));
        stream.push(golden.bytes_of(packet), now, &mut events);
    }
    stream.end(now, &mut events);
    let stats = stream.stats();
    assert_eq!(stats.bytes, golden.bytes.len() as u64);
    assert_eq!((stats.troubles, stats.bytes_without_start_code), (0, 0), "{}", golden.name);
    events
        .into_iter()
        .map(|event| match event {
            StreamEvent::Frame(frame, _) => frame,
            StreamEvent::Trouble(trouble) => panic!("{}: {trouble}", golden.name),
            StreamEvent::Lost => panic!("{}: nothing is missing", golden.name),
        })
        .collect()
}

fn evenly(index: usize) -> u64 {
    index as u64 * FRAME_US
}

fn assert_times(name: &str, frames: &[Frame]) {
    for pair in frames.windows(2) {
        assert!(pair[0].duration >= 1, "{name}");
        assert_eq!(pair[0].dts.ticks + i64::from(pair[0].duration), pair[1].dts.ticks, "{name}");
    }
    for frame in frames {
        assert!(
            frame.pts.ticks >= frame.dts.ticks,
            "{name}: {} is shown before it is decoded",
            frame.dts.ticks
        );
        let is_in_order = frame.config.reorder_depth() == 0 && !name.contains("change");
        assert!(!is_in_order || frame.pts == frame.dts, "{name}");
    }
}

/// Positions of the packets in display order.
fn display_order(packets: &[ProbedPacket], frames: &[Frame]) -> Vec<u64> {
    let mut order: Vec<_> =
        frames.iter().zip(packets).map(|(frame, packet)| (frame.pts.ticks, packet.pos)).collect();
    order.sort_unstable();
    assert!(order.windows(2).all(|pair| pair[0].0 < pair[1].0), "two frames at the same time");
    order.into_iter().map(|(_, pos)| pos).collect()
}

#[test]
fn frames_are_the_packets_of_ffprobe() {
    for golden in Golden::all() {
        let frames = frames(&golden, evenly);
        assert_eq!(frames.len(), golden.packets.len(), "{}", golden.name);
        for (index, (frame, packet)) in frames.iter().zip(&golden.packets).enumerate() {
            let units: Vec<&[u8]> = frame.nal_units().collect();
            assert_eq!(
                units,
                golden_streams::naive_units(golden.bytes_of(packet)),
                "{} {index}",
                golden.name
            );
            // ffprobe takes recovery points for keyframes; only an IDR picture is a place to join at.
            let is_key = frame.role == Role::Key;
            let is_open_gop = golden.name == "x264-open-gop";
            assert!(is_key == packet.is_key || is_open_gop && packet.is_key, "{} {index}", golden.name);
        }
    }
}

#[test]
fn payloads_are_the_units_with_start_codes_of_four_bytes() {
    for golden in Golden::all() {
        for frame in frames(&golden, evenly) {
            let mut expected = Vec::new();
            for unit in frame.nal_units() {
                expected.extend_from_slice(&[0, 0, 0, 1]);
                expected.extend_from_slice(unit);
            }
            assert_eq!(frame.payload, expected, "{}", golden.name);
        }
    }
}

#[test]
fn pictures_are_shown_in_the_order_of_ffmpeg() {
    for golden in Golden::all() {
        let frames = frames(&golden, evenly);
        assert_times(&golden.name, &frames);
        assert_eq!(display_order(&golden.packets, &frames), golden.shown, "{}", golden.name);
    }
}

#[test]
fn a_pause_of_three_seconds_anywhere_keeps_the_order() {
    for golden in Golden::all() {
        let places = if golden.packets.len() > 100 { 300..310 } else { 1..golden.packets.len() };
        for place in places {
            let pause = |index| if index >= place { 3_000_000 } else { 0 };
            let frames = frames(&golden, |index| evenly(index) + pause(index));
            let name = format!("{} with a pause before {place}", golden.name);
            assert_times(&name, &frames);
            assert_eq!(display_order(&golden.packets, &frames), golden.shown, "{name}");
            let last = frames.last().expect("frames");
            let lag = evenly(frames.len() - 1) as i64 + 3_000_000 - last.dts.as_micros();
            // Taken up as soon as no earlier picture is to come, which may be after the end.
            if place + 12 < golden.packets.len() {
                assert!(lag.abs() < 60_000, "{name}: {lag} us behind");
            }
        }
    }
}

#[test]
fn order_and_times_hold_at_any_pace() {
    let spread = |index: usize| (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let from_30 =
        |index: usize, period: u64| evenly(index.min(30)) + index.saturating_sub(30) as u64 * period;
    type Arrival<'a> = &'a dyn Fn(usize) -> u64;
    let paces: [(&str, Arrival<'_>); 8] = [
        ("jitter of 15 ms", &|index| evenly(index) + spread(index) % 30_000),
        ("jitter of 100 ms", &|index| evenly(index) + spread(index) % 200_000),
        ("half the rate", &|index| from_30(index, 2 * FRAME_US)),
        ("a third of the rate", &|index| from_30(index, 3 * FRAME_US)),
        ("twice the rate", &|index| from_30(index, FRAME_US / 2)),
        ("in clumps of 5", &|index| evenly(index / 5 * 5)),
        ("in clumps of 15", &|index| evenly(index / 15 * 15)),
        ("many pauses", &|index| evenly(index) + index as u64 / 13 * 700_000),
    ];
    for golden in Golden::all() {
        for (pace, arrival) in paces {
            // Time does not go back.
            let frames = frames(&golden, |index| (0..=index).rev().take(8).map(arrival).max().unwrap_or(0));
            let name = format!("{}, {pace}", golden.name);
            assert_times(&name, &frames);
            assert_eq!(display_order(&golden.packets, &frames), golden.shown, "{name}");
        }
    }
}

#[test]
fn presentation_is_the_decode_time_of_its_place_plus_the_delay() {
    for golden in Golden::all().filter(|golden| golden.name != "x264-resolution-change") {
        let frames = frames(&golden, evenly);
        let delay = i64::from(frames[0].config.reorder_depth()) * 3_000;
        let mut shown: Vec<i64> = frames.iter().map(|frame| frame.pts.ticks).collect();
        shown.sort_unstable();
        for (frame, pts) in frames.iter().zip(shown) {
            let error = pts - frame.dts.ticks - delay;
            assert!(error.abs() < 700, "{}: {} is off by {error} ticks", golden.name, frame.dts.ticks);
        }
    }
}

#[test]
fn configurations_are_those_of_ffmpeg() {
    for golden in Golden::all() {
        let frames = frames(&golden, evenly);
        let config = &frames[0].config;
        assert_eq!(config.size(), Some((golden.width, golden.height)), "{}", golden.name);
        let by_ffmpeg = without_trailing_zeros(&golden.avcc);
        assert_eq!(config.description, by_ffmpeg, "{}", golden.name);
        let [_, profile, constraints, level] = by_ffmpeg[..4] else { panic!("a record has a head") };
        let codec = format!("avc1.{profile:02x}{constraints:02x}{level:02x}");
        assert_eq!(config.codec_string, codec, "{}", golden.name);
        assert_eq!(config.codec_string[9..], format!("{:02x}", golden.level), "{}", golden.name);
        // Of a stream that changes, ffprobe gives the largest.
        if golden.name != "x264-resolution-change" {
            assert_eq!(config.reorder_depth(), golden.has_b_frames, "{}", golden.name);
            let same = frames.iter().all(|frame| std::sync::Arc::ptr_eq(&frame.config, config));
            assert!(same, "{}: the configuration is one and the same", golden.name);
        }
    }
}

/// A decoder configuration record with one SPS and one PPS. ffmpeg takes the first zero of a start code of four
/// bytes for the end of the PPS before it.
fn without_trailing_zeros(record: &[u8]) -> Vec<u8> {
    let pps = 8 + usize::from(record[7]) + 1;
    let pps_end = pps + 2 + usize::from(record[pps + 1]);
    let zeros = record[pps + 2..pps_end].iter().rev().take_while(|&&byte| byte == 0).count();
    let mut out = record[..pps_end - zeros].to_vec();
    out[pps + 1] -= u8::try_from(zeros).expect("few");
    out.extend_from_slice(&record[pps_end..]);
    out
}

#[test]
fn a_change_of_resolution_is_a_new_configuration_at_its_keyframe() {
    let golden = Golden::named("x264-resolution-change");
    let frames = frames(&golden, evenly);
    let sizes: Vec<_> = frames.iter().map(|frame| frame.config.size().expect("pictures")).collect();
    assert!(sizes[..20].iter().all(|&size| size == (128, 96)));
    assert!(sizes[20..40].iter().all(|&size| size == (192, 144)));
    assert!(sizes[40..].iter().all(|&size| size == (128, 96)));
    assert_eq!((frames[20].role, frames[40].role), (Role::Key, Role::Key));
}

#[test]
fn b_frames_that_nothing_needs_are_disposable() {
    let golden = Golden::named("x264-no-pyramid");
    for (frame, packet) in frames(&golden, evenly).iter().zip(&golden.packets) {
        let expected = match golden.picture_type(packet.pos) {
            'I' => Role::Key,
            'P' => Role::Reference,
            _ => Role::Disposable,
        };
        assert_eq!(frame.role, expected, "at {}", packet.pos);
    }
}
