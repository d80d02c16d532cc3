//! What holds for every container.

use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    input::{
        Format, InputStream,
        event::{FrameBoundary, StreamEvent},
    },
    mpegts::{Muxer, PACKET_BYTES, VideoStream},
    time::Moment,
};

/// The first two bytes say how the others are cut and how fast they come.
pub fn check(format: Format, data: &[u8]) {
    let [cut, pace, bytes @ ..] = data else { return };
    let whole = run(format, [bytes], *pace);
    let pieces = run(format, bytes.chunks(usize::from(*cut) + 1), *pace);
    assert_eq!(whole.len(), pieces.len());
    for ((one, boundary), (other, ended_by_other)) in whole.iter().zip(&pieces) {
        assert_eq!(one.payload, other.payload);
        assert_eq!((one.role, &one.units, boundary), (other.role, &other.units, ended_by_other));
        assert_eq!(one.config, other.config);
    }
    for frames in [whole, pieces] {
        promises(&frames);
    }
    // What nobody named is told by its first bytes, and found to be the same.
    if Format::detect(bytes) == Some(format) {
        run_as(None, [bytes], *pace);
    }
}

fn promises(frames: &[(Frame, FrameBoundary)]) {
    let mut muxer = Muxer::new(VideoStream::H264);
    let mut shown = Vec::new();
    for (frame, _) in frames {
        assert!(frame.duration >= 1 && frame.captured_at.is_none());
        assert!(
            frame.role != Role::Key
                || [7, 8].into_iter().all(|set| frame.nal_units().any(|u| u[0] & 31 == set))
        );
        assert_eq!(muxer.mux(frame).len() % PACKET_BYTES, 0);
        shown.push(frame.pts.ticks);
    }
    assert!(frames.first().is_none_or(|(frame, _)| frame.role == Role::Key));
    for pair in frames.windows(2) {
        assert_eq!(pair[0].0.dts.ticks + i64::from(pair[0].0.duration), pair[1].0.dts.ticks);
    }
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), frames.len(), "two frames at the same time");
}

fn run<'a>(
    format: Format,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    pace: u8,
) -> Vec<(Frame, FrameBoundary)> {
    run_as(Some(format), pieces, pace)
}

fn run_as<'a>(
    format: Option<Format>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    pace: u8,
) -> Vec<(Frame, FrameBoundary)> {
    let mut stream = InputStream::new(format, ArrivalClock::new(Moment::default(), 0, 3_000));
    let mut events = Vec::new();
    let mut now = Moment::default();
    let mut bytes = 0;
    for piece in pieces {
        now = now.plus_micros(u64::from(pace) * 1_000);
        stream.push(piece, now, &mut events);
        bytes += piece.len() as u64;
    }
    stream.end(now, &mut events);
    let stats = stream.stats();
    assert_eq!(stats.bytes, bytes);
    let mut frames = Vec::new();
    let mut needs_key = false;
    for event in events {
        match event {
            StreamEvent::Frame(frame, boundary) => {
                assert!(!needs_key || frame.role == Role::Key);
                needs_key = false;
                frames.push((frame, boundary));
            }
            StreamEvent::Trouble(trouble) => assert!(!trouble.to_string().is_empty()),
            StreamEvent::Lost => needs_key = true,
        }
    }
    assert_eq!(stats.frames, frames.len() as u64);
    frames
}
