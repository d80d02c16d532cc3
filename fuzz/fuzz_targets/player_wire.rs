//! The player's wire: any message is survived, and a frame that is written is read back the same.
#![no_main]

use bytes::Bytes;
use lenscast_media::{
    fixtures::keyframe,
    frame::{Frame, Role},
    player_wire::{ClientMessage, FRAME_HEADER_BYTES, parse_frame, put_frame_header},
    time::{Moment, Timestamp},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = ClientMessage::parse(text);
    }
    let Ok((header, payload)) = parse_frame(Bytes::copy_from_slice(data)) else { return };
    assert_eq!(payload.len() + usize::from(data[1]), data.len());
    // What a frame says in ticks comes back in microseconds, so begin with ticks.
    let frame = Frame {
        sequence: header.sequence,
        role: header.role,
        pts: Timestamp::video(header.pts_us),
        dts: Timestamp::video(0),
        duration: header.duration_us,
        captured_at: header.captured_at,
        received_at: header.received_at,
        ready_at: header.ready_at,
        payload: payload.clone(),
        units: Box::default(),
        ..keyframe()
    };
    let mut message = Vec::new();
    put_frame_header(&mut message, header.track, &frame);
    assert_eq!(message.len(), FRAME_HEADER_BYTES);
    message.extend_from_slice(&frame.payload);
    let (again, again_payload) = parse_frame(message.into()).expect("it was just written");
    assert_eq!(again_payload, payload);
    assert_eq!((again.track, again.role, again.sequence), (header.track, header.role, header.sequence));
    assert_eq!(again.captured_at, header.captured_at);
    assert_eq!((again.received_at, again.ready_at), (header.received_at, header.ready_at));
    assert_eq!(again.pts_us, frame.pts.as_micros());
    assert!(matches!(again.role, Role::Key | Role::Reference | Role::Disposable));
    assert_eq!(Moment::from_micros(again.ready_at.as_micros()), again.ready_at);
});
