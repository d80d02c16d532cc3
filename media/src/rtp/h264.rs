//! H.264 in RTP packets (RFC 6184, packetization mode 1).
//!
//! ```text
//! NAL units that fit together     one STAP-A     | F NRI 24 | size: 2 | unit | size: 2 | unit | …     section 5.7.1
//! one that fits alone             itself         | unit |                                           section 5.6
//! a longer one                    FU-As          | F NRI 28 | S E R type | a part |                 section 5.8
//! ```
//! Nothing is left out and nothing is put in another order, so that a receiver gets every NAL unit bit for bit.

use super::{
    MAX_PAYLOAD_BYTES,
    payloads::{Builder, Payloads},
};
use crate::frame::Frame;

/// Type of a packet of several NAL units.
const STAP_A: u8 = 24;
/// Type of a packet with a part of a NAL unit.
const FU_A: u8 = 28;
/// The bits of a NAL unit's header that say how much it is needed.
const NRI: u8 = 0x60;
/// The bits of its type.
const TYPE: u8 = 0x1f;
/// Set in the first part of a NAL unit.
const FU_START: u8 = 0x80;
/// Set in the last part.
const FU_END: u8 = 0x40;
/// Bytes in front of a part.
const FU_HEADER_BYTES: usize = 2;
/// Bytes of a unit's size in a packet of several.
const SIZE_BYTES: usize = 2;

/// The payloads of an access unit.
#[must_use]
pub fn packetize(frame: &Frame) -> Payloads {
    let mut out = Builder::with_capacity(frame.payload.len());
    let mut together: Vec<&[u8]> = Vec::new();
    let mut bytes = 1;
    for unit in frame.nal_units().filter(|unit| !unit.is_empty()) {
        if bytes + SIZE_BYTES + unit.len() > MAX_PAYLOAD_BYTES {
            put_together(&mut out, &mut together);
            bytes = 1;
        }
        if unit.len() > MAX_PAYLOAD_BYTES {
            put_parts(&mut out, unit);
        } else {
            // One that fills a packet alone is put out as itself, so that its size costs nothing.
            bytes += SIZE_BYTES + unit.len();
            together.push(unit);
        }
    }
    put_together(&mut out, &mut together);
    out.build()
}

fn put_together(out: &mut Builder, units: &mut Vec<&[u8]>) {
    match units.as_slice() {
        [] => {}
        [unit] => out.add(&[unit]),
        several => {
            let nri = several.iter().map(|unit| unit[0] & NRI).max().unwrap_or(0);
            let header = [nri | STAP_A];
            let sizes: Vec<[u8; SIZE_BYTES]> =
                several.iter().map(|unit| (unit.len() as u16).to_be_bytes()).collect();
            let mut parts: Vec<&[u8]> = vec![&header];
            for (size, unit) in sizes.iter().zip(several) {
                parts.extend([size.as_slice(), unit]);
            }
            out.add(&parts);
        }
    }
    units.clear();
}

fn put_parts(out: &mut Builder, unit: &[u8]) {
    let (header, rest) = (unit[0], &unit[1..]);
    let parts = rest.chunks(MAX_PAYLOAD_BYTES - FU_HEADER_BYTES);
    let last = parts.len() - 1;
    for (index, part) in parts.enumerate() {
        let start = if index == 0 { FU_START } else { 0 };
        let end = if index == last { FU_END } else { 0 };
        out.add(&[&[(header & !TYPE) | FU_A, start | end | (header & TYPE)], part]);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::fixtures::keyframe;

    fn frame(units: &[Vec<u8>]) -> Frame {
        let (mut payload, mut ranges) = (Vec::new(), Vec::new());
        for unit in units {
            payload.extend([0, 0, 0, 1]);
            let begin = payload.len() as u32;
            payload.extend(unit);
            ranges.push(begin..payload.len() as u32);
        }
        Frame { payload: payload.into(), units: ranges.into(), ..keyframe() }
    }

    /// The NAL units of payloads, by the letter of the RFC.
    fn units(payloads: &Payloads) -> Vec<Vec<u8>> {
        let mut units: Vec<Vec<u8>> = Vec::new();
        for payload in payloads.iter() {
            match payload[0] & TYPE {
                STAP_A => {
                    let mut rest = &payload[1..];
                    while !rest.is_empty() {
                        let size = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
                        units.push(rest[2..2 + size].to_vec());
                        rest = &rest[2 + size..];
                    }
                }
                FU_A => {
                    if payload[1] & FU_START != 0 {
                        units.push(vec![(payload[0] & !TYPE) | (payload[1] & TYPE)]);
                    }
                    units.last_mut().expect("begun").extend(&payload[2..]);
                }
                _ => units.push(payload.to_vec()),
            }
        }
        units
    }

    fn unit(header: u8, bytes: usize) -> Vec<u8> {
        (0..bytes).map(|at| if at == 0 { header } else { at as u8 }).collect()
    }

    #[test]
    fn every_unit_comes_back_and_every_packet_fits() {
        let (sps, pps, idr) = (unit(0x67, 12), unit(0x68, 4), unit(0x65, 5_000));
        let table = [
            ("nothing", vec![], vec![]),
            ("an empty unit", vec![vec![]], vec![]),
            ("a small slice", vec![unit(0x41, 100)], vec![0x41]),
            (
                "parameter sets in front of a long slice",
                vec![sps, pps, idr],
                vec![0x78, 0x7c, 0x7c, 0x7c, 0x7c],
            ),
            ("as long as fits", vec![unit(0x41, MAX_PAYLOAD_BYTES)], vec![0x41]),
            ("a byte longer", vec![unit(0x41, MAX_PAYLOAD_BYTES + 1)], vec![0x5c, 0x5c]),
            ("two that fit together", vec![unit(0x01, 677), unit(0x21, 678)], vec![0x38]),
            ("two that do not", vec![unit(0x01, 678), unit(0x21, 678)], vec![0x01, 0x21]),
            (
                "the header alone is longer",
                vec![unit(0x41, 2), unit(0x41, 1_359), unit(0x41, 2)],
                vec![0x41; 3],
            ),
        ];
        for (name, expected, headers) in table {
            let payloads = packetize(&frame(&expected));
            let found: Vec<Bytes> = payloads.iter().collect();
            assert_eq!(found.iter().map(|payload| payload[0]).collect::<Vec<_>>(), headers, "{name}");
            assert!(found.iter().all(|payload| payload.len() <= MAX_PAYLOAD_BYTES), "{name}");
            let whole: Vec<_> = expected.into_iter().filter(|unit| !unit.is_empty()).collect();
            assert_eq!(units(&payloads), whole, "{name}");
        }
    }

    #[test]
    fn the_parts_of_a_unit_say_where_it_begins_and_ends() {
        let payloads = packetize(&frame(&[unit(0x65, 3_000)]));
        let headers: Vec<u8> = payloads.iter().map(|payload| payload[1]).collect();
        assert_eq!(headers, [FU_START | 5, 5, FU_END | 5]);
    }
}
