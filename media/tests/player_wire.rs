//! The player's wire: every flag there and back, and what is not of this version.

use bytes::Bytes;
use lenscast_media::{
    fixtures::keyframe,
    frame::{Frame, Role},
    pcm::SoundClock,
    pixels::Matrix,
    player_wire::{
        ClientMessage, FRAME_HEADER_BYTES, FrameHeader, KIND_FRAME, ServerMessage, StateName, TrackEntry,
        WireError, parse_frame, put_frame_header,
    },
    time::{Moment, Timestamp},
};

fn frame(role: Role, captured_at: Option<Moment>) -> Frame {
    Frame {
        sequence: 0x0102_0304_0506_0708,
        role,
        pts: Timestamp::video(-90_000),
        dts: Timestamp::video(-93_000),
        captured_at,
        received_at: Moment::from_micros(u64::MAX),
        ready_at: Moment::from_micros(7),
        payload: Bytes::from_static(&[0, 0, 0, 1, 0x65, 0x88]),
        units: std::iter::once(4..6).collect(),
        ..keyframe()
    }
}

fn message(track: u8, frame: &Frame) -> Vec<u8> {
    let mut message = Vec::new();
    put_frame_header(&mut message, track, frame);
    message.extend_from_slice(&frame.payload);
    message
}

#[test]
fn every_flag_there_and_back() {
    for (role, role_flag) in [(Role::Key, 1), (Role::Reference, 0), (Role::Disposable, 2)] {
        for (captured_at, captured_flag) in
            [(None, 0), (Some(Moment::from_micros(5)), 4), (Some(Moment::default()), 4)]
        {
            for track in [0, 1, 255] {
                let frame = frame(role, captured_at);
                let message = message(track, &frame);
                assert_eq!(message[3], role_flag | captured_flag);
                let (header, payload) = parse_frame(message.into()).expect("just written");
                let expected = FrameHeader {
                    track,
                    role,
                    duration_us: 33_333,
                    sequence: frame.sequence,
                    pts_us: -1_000_000,
                    captured_at,
                    received_at: frame.received_at,
                    ready_at: frame.ready_at,
                };
                assert_eq!((header, payload), (expected, frame.payload));
            }
        }
    }
}

#[test]
fn bytes_are_where_the_document_says() {
    let message = message(9, &frame(Role::Key, Some(Moment::from_micros(5))));
    assert_eq!(FRAME_HEADER_BYTES, 48);
    assert_eq!(message[..4], [KIND_FRAME, 48, 9, 5]);
    assert_eq!(message[4..8], 33_333u32.to_be_bytes());
    assert_eq!(message[8..16], [1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(message[16..24], (-1_000_000i64).to_be_bytes());
    assert_eq!(message[24..32], 5u64.to_be_bytes());
    assert_eq!(message[32..40], [0xff; 8]);
    assert_eq!(message[40..48], 7u64.to_be_bytes());
    assert_eq!(message[48..], [0, 0, 0, 1, 0x65, 0x88]);
}

#[test]
fn a_longer_header_of_a_later_version_is_passed_over() {
    let mut message = message(0, &frame(Role::Reference, None));
    let payload = message.split_off(FRAME_HEADER_BYTES);
    message[1] = 52;
    message.extend_from_slice(&[9, 9, 9, 9]);
    message.extend_from_slice(&payload);
    let (header, rest) = parse_frame(message.into()).expect("a later version may append fields");
    assert_eq!((header.role, &rest[..]), (Role::Reference, &payload[..]));
}

#[test]
fn unknown_flags_are_ignored() {
    let mut message = message(0, &frame(Role::Key, None));
    message[3] |= 0xf8;
    assert_eq!(parse_frame(message.into()).expect("flags are to be ignored").0.role, Role::Key);
}

#[test]
fn short_messages_and_other_kinds() {
    let whole = message(0, &frame(Role::Key, None));
    for length in 0..FRAME_HEADER_BYTES {
        let cut = Bytes::copy_from_slice(&whole[..length]);
        assert_eq!(parse_frame(cut), Err(WireError::Short(length)), "{length}");
    }
    let only_header = Bytes::copy_from_slice(&whole[..FRAME_HEADER_BYTES]);
    assert!(parse_frame(only_header).expect("an empty payload").1.is_empty());
    for kind in [0, 2, 255] {
        let mut other = whole.clone();
        other[0] = kind;
        assert_eq!(parse_frame(other.into()), Err(WireError::Kind(kind)));
    }
    for header_bytes in [0, 47, 255] {
        let mut other = whole.clone();
        other[1] = header_bytes;
        assert_eq!(parse_frame(other.into()), Err(WireError::Short(whole.len())));
    }
}

#[test]
fn messages_of_a_client() {
    let table = [
        (r#"{"type":"keyframe","track":3}"#, Some(ClientMessage::Keyframe { track: 3 })),
        (r#"{"type":"keyframe"}"#, Some(ClientMessage::Keyframe { track: 0 })),
        (r#"{"type":"pause","why":"hidden"}"#, Some(ClientMessage::Pause)),
        (r#"{"type":"resume"}"#, Some(ClientMessage::Resume)),
        (r#"{"type":"clock","t0":12.5}"#, Some(ClientMessage::Clock { t0: 12.5 })),
        (r#"{"type":"clock"}"#, None),
        (r#"{"type":"subscribe","track":1}"#, None),
        (r#"{"type":"keyframe","track":256}"#, None),
        ("keyframe", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(ClientMessage::parse(text), expected, "{text}");
    }
}

#[test]
fn messages_of_the_server() {
    let table = [
        (
            ServerMessage::Hello {
                protocol: "lenscast.v1".to_owned(),
                server: "lenscast 0.1.0".to_owned(),
                camera: "cam1".to_owned(),
                tracks: vec![TrackEntry { track: 0, kind: "video".to_owned() }],
            },
            r#"{"type":"hello","protocol":"lenscast.v1","server":"lenscast 0.1.0","camera":"cam1","tracks":[{"track":0,"kind":"video"}]}"#,
        ),
        (
            ServerMessage::State { state: StateName::Live, message: String::new(), retry_ms: None },
            r#"{"type":"state","state":"live","message":""}"#,
        ),
        (
            ServerMessage::State {
                state: StateName::Offline,
                message: "gone".to_owned(),
                retry_ms: Some(100),
            },
            r#"{"type":"state","state":"offline","message":"gone","retry_ms":100}"#,
        ),
        (
            ServerMessage::Config {
                track: 0,
                codec: "avc1.42c01f".to_owned(),
                width: 1280,
                height: 720,
                reorder_depth: 2,
                matrix: Matrix::Bt709,
                full_range: false,
                pixel_aspect: [16, 11],
                crop: [0, 4],
            },
            r#"{"type":"config","track":0,"codec":"avc1.42c01f","width":1280,"height":720,"reorder_depth":2,"matrix":"bt709","full_range":false,"pixel_aspect":[16,11],"crop":[0,4]}"#,
        ),
        (ServerMessage::Skip { track: 0, frames: 9 }, r#"{"type":"skip","track":0,"frames":9}"#),
        (ServerMessage::Viewers { count: 3 }, r#"{"type":"viewers","count":3}"#),
        (
            ServerMessage::Sound { message: "gone".to_owned(), clock: None },
            r#"{"type":"sound","message":"gone"}"#,
        ),
        (
            ServerMessage::Sound {
                message: String::new(),
                clock: Some(SoundClock { offset_ms: -0.5, drift_ppm: 12.25, gaps: 1, gap_ms: 300.5 }),
            },
            r#"{"type":"sound","message":"","clock":{"offset_ms":-0.5,"drift_ppm":12.25,"gaps":1,"gap_ms":300.5}}"#,
        ),
        (
            ServerMessage::Clock { t0: 1.5, t1: Moment::from_micros(2), t2: Moment::from_micros(3) },
            r#"{"type":"clock","t0":1.5,"t1":2,"t2":3}"#,
        ),
    ];
    for (message, text) in table {
        assert_eq!(serde_json::to_string(&message).expect("JSON"), text);
        assert_eq!(serde_json::from_str::<ServerMessage>(text).expect(text), message);
    }
}
