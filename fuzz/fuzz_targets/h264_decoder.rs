//! From bytes to pictures: each frame of a stream is decoded as recipes do it, and damage ends in an error.
#![no_main]

// Pure, and needs nothing of the server.
#[path = "../../src/encode/h264_decoder.rs"]
mod h264_decoder;

use h264_decoder::{H264Decoder, check_kind, check_size, is_idr};
use lenscast_media::{
    arrival_clock::ArrivalClock,
    frame::{Frame, Role},
    input::{Format, InputStream, event::StreamEvent},
    time::Moment,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut stream = InputStream::new(Some(Format::H264), ArrivalClock::new(Moment::default(), 0, 3_000));
    let mut events = Vec::new();
    stream.push(data, Moment::default(), &mut events);
    stream.end(Moment::default(), &mut events);
    let frames: Vec<_> = events
        .into_iter()
        .filter_map(|event| match event {
            StreamEvent::Frame(frame, _) => Some(frame),
            _ => None,
        })
        .collect();
    decode(&frames);
});

/// Decodes the frames from a keyframe on; behind an error from the next one on.
fn decode(frames: &[Frame]) {
    let mut decoder = H264Decoder::new();
    let mut begins = true;
    for frame in frames {
        assert!(!is_idr(frame) || frame.role == Role::Key);
        if (begins && frame.role != Role::Key) || check_size(frame).is_err() {
            begins = true;
            continue;
        }
        match decoder.decode_frame(frame, begins, true) {
            Ok(picture) => {
                begins = false;
                if let Some(picture) = picture {
                    assert_eq!(picture.as_bytes().len(), picture.size().picture_bytes());
                }
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                if let Err(error) = check_kind(frame) {
                    assert!(!error.to_string().is_empty());
                }
                begins = true;
            }
        }
    }
}
