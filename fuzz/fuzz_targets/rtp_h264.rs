//! H.264 in RTP packets: every packet fits, and by the letter of RFC 6184 every NAL unit comes back bit for bit.
#![no_main]

use lenscast_media::{
    fixtures::keyframe,
    frame::Frame,
    rtp::{MAX_PAYLOAD_BYTES, Payloads, h264},
};
use libfuzzer_sys::fuzz_target;

/// Units of the lengths that pairs of bytes say, filled with what follows.
fn units(data: &[u8]) -> Vec<Vec<u8>> {
    let unit = |pair: &[u8]| {
        let length = usize::from(u16::from_le_bytes([pair[0], pair[1]])) % 5_000;
        (0..length).map(|at| (pair[0].wrapping_mul(31)).wrapping_add(at as u8) & 0x77 | 0x01).collect()
    };
    data.chunks_exact(2).take(40).map(unit).collect()
}

fuzz_target!(|data: &[u8]| {
    let expected: Vec<Vec<u8>> = units(data)
        .into_iter()
        .map(|mut unit: Vec<u8>| {
            if let Some(header) = unit.first_mut() {
                *header = *header & 0x60 | 1 + *header % 23;
            }
            unit
        })
        .collect();
    let (mut payload, mut ranges) = (Vec::new(), Vec::new());
    for unit in &expected {
        let begin = payload.len() as u32;
        payload.extend(unit);
        ranges.push(begin..payload.len() as u32);
    }
    let frame = Frame { payload: payload.into(), units: ranges.into(), ..keyframe() };
    let payloads = Payloads::from_bytes(h264::packetize(&frame).into_bytes());
    let mut found: Vec<Vec<u8>> = Vec::new();
    for packet in payloads.iter() {
        assert!((1..=MAX_PAYLOAD_BYTES).contains(&packet.len()));
        match packet[0] & 0x1f {
            24 => {
                let mut rest = &packet[1..];
                while let [high, low, after @ ..] = rest {
                    let (unit, after) = after.split_at(usize::from(u16::from_be_bytes([*high, *low])));
                    found.push(unit.to_vec());
                    rest = after;
                }
            }
            28 => {
                if packet[1] & 0x80 != 0 {
                    found.push(vec![packet[0] & 0xe0 | packet[1] & 0x1f]);
                }
                found.last_mut().expect("a part follows its beginning").extend(&packet[2..]);
            }
            _ => found.push(packet.to_vec()),
        }
    }
    let whole: Vec<_> = expected.into_iter().filter(|unit| !unit.is_empty()).collect();
    assert_eq!(found, whole);
});
