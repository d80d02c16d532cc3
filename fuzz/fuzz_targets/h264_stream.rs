//! The whole way from bytes to frames: frames do not depend on cuts, and keep their promises.
#![no_main]

use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    input::{Format, InputStream, event::StreamEvent},
    time::Moment,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [cut, pace, signal, bytes @ ..] = data else { return };
    let whole = run([bytes], *pace, 0);
    let pieces = run(bytes.chunks(usize::from(*cut) + 1), *pace, 0);
    assert_eq!(whole.len(), pieces.len());
    for (one, other) in whole.iter().zip(&pieces) {
        assert_eq!(one.payload, other.payload);
        assert_eq!((one.role, &one.units), (other.role, &other.units));
        assert_eq!(one.config, other.config);
    }
    run(bytes.chunks(usize::from(*cut) + 1), *pace, *signal);
});

fn run<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, pace: u8, signal: u8) -> Vec<Frame> {
    let mut stream = InputStream::new(Some(Format::H264), ArrivalClock::new(Moment::default(), 0, 3_000));
    let mut events = Vec::new();
    let mut now = Moment::default();
    let mut bytes = 0;
    for (index, piece) in pieces.into_iter().enumerate() {
        now = now.plus_micros(u64::from(pace) * 1_000);
        stream.push(piece, now, &mut events);
        bytes += piece.len() as u64;
        if signal != 0 && index % usize::from(signal) == 0 {
            stream.complete(None, now, &mut events);
        }
    }
    stream.end(now, &mut events);
    let stats = stream.stats();
    assert_eq!(stats.bytes, bytes);
    let mut frames = Vec::new();
    let mut troubles = 0;
    for event in events {
        match event {
            StreamEvent::Frame(frame, _) => frames.push(frame),
            StreamEvent::Lost => unreachable!("a byte stream has nothing that counts"),
            StreamEvent::Trouble(trouble) => {
                troubles += 1;
                assert!(!trouble.to_string().is_empty());
            }
        }
    }
    assert_eq!(stats.frames, frames.len() as u64);
    assert!(stats.troubles >= troubles);
    assert!(stats.frames + stats.dropped_before_keyframe <= stats.access_units);
    check(&frames);
    frames
}

fn check(frames: &[Frame]) {
    assert!(frames.first().is_none_or(|frame| frame.role == Role::Key));
    for frame in frames {
        let mut joined = Vec::new();
        for unit in frame.nal_units() {
            assert!(!unit.is_empty());
            joined.extend_from_slice(&[0, 0, 0, 1]);
            joined.extend_from_slice(unit);
        }
        assert_eq!(frame.payload, joined);
        let config = &frame.config;
        let (width, height) = config.size().expect("pictures");
        assert!((16..=8192).contains(&width) && (16..=8192).contains(&height));
        assert!(config.reorder_depth() <= 16);
        if frame.role == Role::Key {
            for set in [7, 8] {
                assert!(
                    frame.nal_units().any(|unit| unit[0] & 31 == set),
                    "a keyframe has its parameter sets"
                );
            }
        }
        assert!(frame.received_at <= frame.ready_at);
    }
    for pair in frames.windows(2) {
        assert_eq!(pair[0].dts.ticks + i64::from(pair[0].duration), pair[1].dts.ticks);
        assert!(pair[0].duration >= 1);
        assert!(pair[1].role == Role::Key || std::sync::Arc::ptr_eq(&pair[0].config, &pair[1].config));
    }
    let mut shown: Vec<i64> = frames.iter().map(|frame| frame.pts.ticks).collect();
    shown.sort_unstable();
    assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "two frames at the same time");
}
