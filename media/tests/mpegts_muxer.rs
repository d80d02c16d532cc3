//! What the muxer makes, taken apart by a plain reader that knows nothing of it.

use bytes::Bytes;
use lenscast_media::{
    fixtures::keyframe,
    frame::{Frame, Role},
    mpegts::{Muxer, PACKET_BYTES, VideoStream},
    time::{Timebase, Timestamp},
};

/// A frame whose payload is `bytes`; it begins like an H.264 slice.
fn frame(sequence: u64, role: Role, bytes: usize) -> Frame {
    let mut payload: Vec<u8> = (0..bytes).map(|at| (at % 251) as u8).collect();
    let head = [0, 0, 0, 1, 0x41];
    let length = bytes.min(5);
    payload[..length].copy_from_slice(&head[..length]);
    let ticks = i64::try_from(sequence).expect("small") * 3_000;
    Frame {
        sequence,
        role,
        pts: Timestamp::video(ticks),
        dts: Timestamp::video(ticks),
        units: std::iter::once(4..u32::try_from(bytes).expect("small")).collect(),
        payload: Bytes::from(payload),
        ..keyframe()
    }
}

/// A packet taken apart.
#[derive(Debug)]
struct Packet<'a> {
    pid: u16,
    begins_unit: bool,
    counter: u8,
    adaptation: Option<&'a [u8]>,
    payload: &'a [u8],
}

fn packets(bytes: &[u8]) -> Vec<Packet<'_>> {
    assert_eq!(bytes.len() % PACKET_BYTES, 0, "whole packets");
    bytes
        .chunks(PACKET_BYTES)
        .map(|packet| {
            assert_eq!((packet[0], packet[1] & 0xa0, packet[3] & 0xc0), (0x47, 0, 0));
            assert_ne!(packet[3] & 0x10, 0, "every packet has payload, so every packet counts");
            let field = (packet[3] & 0x20 != 0).then(|| usize::from(packet[4]));
            let payload_at = field.map_or(4, |length| 5 + length);
            Packet {
                pid: u16::from(packet[1] & 0x1f) << 8 | u16::from(packet[2]),
                begins_unit: packet[1] & 0x40 != 0,
                counter: packet[3] & 0x0f,
                adaptation: field.map(|length| &packet[5..5 + length]),
                payload: &packet[payload_at..],
            }
        })
        .collect()
}

/// `PES_packet_length`, PTS, DTS and payload of the video in `packets`.
fn pes(packets: &[Packet<'_>]) -> (usize, u64, Option<u64>, Vec<u8>) {
    let video: Vec<u8> = packets
        .iter()
        .filter(|packet| packet.pid == 0x100)
        .flat_map(|packet| packet.payload)
        .copied()
        .collect();
    assert_eq!(video[..4], [0, 0, 1, 0xe0]);
    let time = |at: usize| {
        let byte = |index: usize| u64::from(video[at + index]);
        assert!([0, 2, 4].iter().all(|marker| byte(*marker) & 1 == 1), "marker bits");
        byte(0) >> 1 << 61 >> 31 | byte(1) << 22 | byte(2) >> 1 << 15 | byte(3) << 7 | byte(4) >> 1
    };
    let has_dts = video[7] & 0x40 != 0;
    let header = 9 + usize::from(video[8]);
    (
        usize::from(video[4]) << 8 | usize::from(video[5]),
        time(9),
        has_dts.then(|| time(14)),
        video[header..].to_vec(),
    )
}

const AUD: [u8; 6] = [0, 0, 0, 1, 9, 0xf0];

#[test]
fn the_payload_comes_out_as_it_went_in() {
    let sizes = (5..600).chain([9_000, 65_000]).chain(65_480..65_560).chain([70_000, 300_000, 300_001]);
    for size in sizes {
        for (stream, prefix) in [(VideoStream::H264, &AUD[..]), (VideoStream::Mpeg1, &[])] {
            let frame = frame(7, Role::Reference, size);
            let bytes = Muxer::new(stream).mux(&frame);
            let packets = packets(&bytes);
            let (length, pts, dts, payload) = pes(&packets);
            assert_eq!(payload, [prefix, &frame.payload[..]].concat(), "{size}");
            assert_eq!((pts, dts), (21_000, None), "{size}");
            let whole = 8 + payload.len();
            assert_eq!(length, if whole < 65_536 { whole } else { 0 }, "{size}");
            let last = packets.last().expect("packets");
            if length == 0 {
                assert!(!last.begins_unit && last.adaptation.is_some(), "{size}: its end cannot be told");
            }
            assert!(packets[0].begins_unit && !packets[1..].iter().any(|packet| packet.begins_unit));
            let stuffed = packets[1..].iter().filter(|packet| packet.adaptation.is_some()).count();
            assert!(stuffed <= 1, "{size}: stuffing stands at the end only");
        }
    }
}

#[test]
fn counters_go_on_for_a_viewer_and_begin_anew_in_shared_packets() {
    let mut muxer = Muxer::new(VideoStream::H264);
    let mut next = std::collections::BTreeMap::new();
    for (sequence, size) in [100, 5_000, 184, 300, 20_000, 1, 700].into_iter().enumerate() {
        let role = if sequence % 3 == 0 { Role::Key } else { Role::Reference };
        let frame = frame(sequence as u64, role, size.max(5));
        let bytes = muxer.mux(&frame);
        let packets = packets(&bytes);
        let tables: Vec<u16> =
            packets.iter().map(|packet| packet.pid).take_while(|pid| *pid != 0x100).collect();
        assert_eq!(tables, if role == Role::Key { vec![0, 0x1000] } else { vec![] });
        for packet in &packets {
            let counter = next.entry(packet.pid).or_insert(0);
            assert_eq!(packet.counter, *counter, "PID {:#x}", packet.pid);
            *counter = (*counter + 1) % 16;
        }
        let first = &packets[tables.len()];
        let flags = first.adaptation.expect("the clock")[0];
        assert_eq!(flags, if role == Role::Key { 0x50 } else { 0x10 });
        let shared = Muxer::shared(VideoStream::H264).mux(&frame);
        let first = &self::packets(&shared)[tables.len()];
        assert_eq!((first.counter, first.adaptation.expect("the clock")[0]), (0, flags | 0x80));
    }
}

#[test]
fn times() {
    let table = [
        ("beginning", 90_000, 0, 0, 0, None),
        ("B frames", 90_000, 6_000, 3_000, 6_000, Some(3_000)),
        ("before the beginning", 90_000, -1, -1, (1 << 33) - 1, None),
        ("after a day and more", 90_000, (1 << 33) + 5, (1 << 33) + 5, 5, None),
        ("another timebase", 1_000, 1_000, 1_000, 90_000, None),
    ];
    for (name, per_second, pts, dts, expected_pts, expected_dts) in table {
        let timebase = Timebase::new(per_second).expect("not zero");
        let mut frame = frame(0, Role::Reference, 500);
        frame.pts = Timestamp { ticks: pts, timebase };
        frame.dts = Timestamp { ticks: dts, timebase };
        let bytes = Muxer::new(VideoStream::H264).mux(&frame);
        let packets = packets(&bytes);
        let (_, got_pts, got_dts, _) = pes(&packets);
        assert_eq!((got_pts, got_dts), (expected_pts, expected_dts), "{name}");
        let field = packets[0].adaptation.expect("the clock");
        let pcr = field[1..6].iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte)) >> 7;
        assert_eq!(pcr, expected_dts.unwrap_or(expected_pts), "{name}: the clock is the decode time");
    }
}

#[test]
fn a_delimiter_is_not_put_before_another() {
    let mut frame = frame(0, Role::Reference, 500);
    let mut payload = AUD.to_vec();
    payload.extend_from_slice(&[0, 0, 0, 1, 0x41, 5, 6, 7]);
    frame.units = Box::new([4..6, 10..14]);
    frame.payload = payload.clone().into();
    let bytes = Muxer::new(VideoStream::H264).mux(&frame);
    assert_eq!(pes(&packets(&bytes)).3, payload);
}
