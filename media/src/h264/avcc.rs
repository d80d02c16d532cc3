//! The decoder configuration record, `avcC` (ISO/IEC 14496-15 section 5.3.3.1).
//!
//! ```text
//! 1 | profile | constraints | level | length size 4 | SPS… | PPS… | [chroma, depths, 0]
//! ```
//! MP4's sample description holds it, and WebCodecs' `description` where access units are length-prefixed.

use bytes::{BufMut, Bytes};

use super::sps::{Sps, has_chroma_fields};

/// Most PPS that the record can count.
const MAX_PPS: usize = 255;

/// The record for `sps`, whose NAL unit is `sps_unit`, and the PPS that need it.
///
/// Units longer than 65535 bytes, which parameter sets never are, are left out.
#[must_use]
pub fn decoder_configuration<'a>(
    sps: &Sps,
    sps_unit: &[u8],
    pps_units: impl Iterator<Item = &'a [u8]>,
) -> Bytes {
    let mut out = vec![1, sps.profile_idc, sps.constraints, sps.level_idc, 0xfc | 3, 0xe0 | 1];
    put_unit(&mut out, sps_unit);
    let count_at = out.len();
    out.put_u8(0);
    for unit in pps_units.filter(|unit| unit.len() <= usize::from(u16::MAX)).take(MAX_PPS) {
        put_unit(&mut out, unit);
        out[count_at] += 1;
    }
    if has_chroma_fields(sps.profile_idc) {
        out.put_u8(0xfc | sps.chroma_format_idc);
        out.put_u8(0xf8 | (sps.bit_depth_luma - 8));
        out.put_u8(0xf8 | (sps.bit_depth_chroma - 8));
        let sps_extensions = 0;
        out.put_u8(sps_extensions);
    }
    out.into()
}

/// The parameter sets of a record: its SPS and its PPS, as NAL units. What is cut off is left out.
#[must_use]
pub fn parameter_sets(record: &[u8]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let mut rest = record.get(5..).unwrap_or_default();
    let sps = take_units(&mut rest, 0x1f);
    let pps = take_units(&mut rest, 0xff);
    (sps, pps)
}

/// Takes a count, of which `mask` are the bits, and so many units with their lengths.
fn take_units<'a>(rest: &mut &'a [u8], mask: u8) -> Vec<&'a [u8]> {
    let Some((count, after)) = rest.split_first() else { return Vec::new() };
    *rest = after;
    let units = (0..count & mask).map_while(|_| {
        let (length, after) = rest.split_at_checked(2)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let (unit, after) = after.split_at_checked(length)?;
        *rest = after;
        Some(unit)
    });
    units.collect()
}

fn put_unit(out: &mut Vec<u8>, unit: &[u8]) {
    let Ok(length) = u16::try_from(unit.len()) else {
        return;
    };
    out.put_u16(length);
    out.extend_from_slice(unit);
}
