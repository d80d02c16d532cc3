//! The fragment for a newcomer, read back with the parser of mp4-atom, which did not write it.

use std::sync::Arc;

use bytes::Bytes;
use lenscast_media::{
    codec::MediaConfig,
    fixtures::{h264_config, keyframe},
    frame::{Frame, Role},
    mp4::{join_fragment, past_frames},
    time::Timestamp,
};
use mp4_atom::{Decode, Mdat, Moof};

const FRAME: i64 = 3_000;

/// Frames with these times of presentation, in units of [`FRAME`], in decode order from `first` on.
fn frames(first: u64, shown: &[i64], reorder_depth: u32) -> Vec<Frame> {
    let mut config = h264_config(16, 16);
    if let MediaConfig::Video(video) = &mut config.media {
        video.reorder_depth = reorder_depth;
    }
    let config = Arc::new(config);
    let frame = |(at, pts): (usize, &i64)| Frame {
        sequence: first + at as u64,
        role: if at == 0 { Role::Key } else { Role::Reference },
        pts: Timestamp::video(pts * FRAME),
        dts: Timestamp::video((first as i64 + at as i64) * FRAME),
        duration: FRAME as u32,
        payload: Bytes::from(vec![0, 0, 0, 1, 0x65, at as u8]),
        units: std::iter::once(4..6).collect(),
        config: Arc::clone(&config),
        ..keyframe()
    };
    shown.iter().enumerate().map(frame).collect()
}

/// Decode time of the first sample, and for each sample its presentation time, duration and payload.
fn read(fragment: &[u8]) -> (u32, i64, Vec<(i64, u32)>, Vec<u8>) {
    let mut rest = fragment;
    let moof = Moof::decode(&mut rest).expect("moof");
    let mdat = Mdat::decode(&mut rest).expect("mdat");
    assert!(rest.is_empty());
    let traf = &moof.traf[0];
    let begins = traf.tfdt.as_ref().expect("tfdt").base_media_decode_time as i64;
    let mut dts = begins;
    let samples = traf.trun[0].samples.iter().map(|entry| {
        let duration = entry.duration.expect("its own");
        let pts = dts + entry.cts.unwrap_or(0);
        dts += i64::from(duration);
        (pts, duration)
    });
    (moof.mfhd.sequence_number, begins, samples.collect(), mdat.data)
}

#[test]
fn the_past_takes_a_tick_a_frame_and_ends_where_the_newest_begins() {
    let frames = frames(100, &[100, 101, 102, 103, 104], 0);
    let frames: Vec<&Frame> = frames.iter().collect();
    let past = past_frames(&frames);
    assert_eq!(past, 4);
    let (number, begins, samples, data) = read(&join_fragment(&frames[..past], &frames[past..]));
    let newest = 104 * FRAME;
    assert_eq!((number, begins), (101, newest - 4));
    assert_eq!(samples, (0..4).map(|at| (newest - 4 + at, 1)).collect::<Vec<_>>());
    assert_eq!(
        data,
        [[0, 0, 0, 2, 0x65, 0], [0, 0, 0, 2, 0x65, 1], [0, 0, 0, 2, 0x65, 2], [0, 0, 0, 2, 0x65, 3]].concat()
    );
}

#[test]
fn a_hole_before_the_newest_is_closed() {
    let frames = frames(0, &[0, 1, 50], 0);
    let frames: Vec<&Frame> = frames.iter().collect();
    let (_, _, samples, _) = read(&join_fragment(&frames[..2], &frames[2..]));
    assert_eq!(samples, [(50 * FRAME - 2, 1), (50 * FRAME - 1, 1)]);
}

#[test]
fn with_b_frames_the_order_of_showing_stays_and_room_is_left_for_those_to_come() {
    // Decoded K P b b P: the last P waits for two more that are shown before it.
    let frames = frames(10, &[11, 14, 12, 13, 17], 1);
    let frames: Vec<&Frame> = frames.iter().collect();
    let past = past_frames(&frames);
    assert_eq!(past, 4);
    let (_, begins, samples, _) = read(&join_fragment(&frames[..past], &frames[past..]));
    assert_eq!(begins, 14 * FRAME - 4, "decoding goes on without a hole");
    let ends = 15 * FRAME;
    assert_eq!(samples, [(ends - 4, 1), (ends - 1, 1), (ends - 3, 1), (ends - 2, 1)]);
}

#[test]
fn what_is_past_is_shown_before_all_the_rest() {
    let table: [(&str, &[i64], usize); 6] = [
        ("nothing", &[], 0),
        ("a keyframe alone", &[0], 0),
        ("no B frames", &[0, 1, 2], 2),
        ("a group of its own", &[0, 3, 1, 2], 1),
        ("the newest group", &[0, 3, 1, 2, 6, 4], 4),
        ("times that go back", &[5, 4, 3, 2], 0),
    ];
    for (name, shown, expected) in table {
        let frames = frames(0, shown, 1);
        assert_eq!(past_frames(&frames.iter().collect::<Vec<_>>()), expected, "{name}");
    }
}

#[test]
fn times_at_the_edge_of_their_numbers_do_no_harm() {
    for shown in [i64::MIN / FRAME, -1, i64::MAX / FRAME] {
        let frames = frames(0, &[shown, shown, shown], 1);
        let frames: Vec<&Frame> = frames.iter().collect();
        assert!(!join_fragment(&frames[..2], &frames[2..]).is_empty());
    }
    assert!(join_fragment(&[], &[]).is_empty());
}
