//! What its SPS says of colours: nothing with the Pi's encoder, which leaves the VUI out; the matrix with libav.
//!
//! ```text
//! 67 │ profile … cropping │ vui_parameters_present_flag │ VUI, if any │ 1 0…     H.264 section 7.3.2.1.1
//!     └── copied ─────────┘ └── made ──────────────────────────────┘
//! ```

use lenscast_media::{bit_writer::BitWriter, bits::BitReader, pixels::Matrix};

use super::clip::nal_units;

const SPS: u8 = 7;

/// An access unit in Annex B form with another SPS: without a VUI, or with one that names `matrix`.
pub fn described(unit: &[u8], matrix: Option<Matrix>) -> Vec<u8> {
    let mut out = Vec::with_capacity(unit.len() + 16);
    for unit in nal_units(unit) {
        out.extend([0, 0, 0, 1]);
        out.extend(if unit[0] & 0x1f == SPS { rewritten(&unit, matrix) } else { unit });
    }
    out
}

fn rewritten(unit: &[u8], matrix: Option<Matrix>) -> Vec<u8> {
    let plain = without_escapes(&unit[1..]);
    let mut bits = BitWriter::with_capacity(unit.len() + 16);
    let mut reader = BitReader::new(&plain);
    for _ in 0..before_vui(&plain) {
        bits.put(reader.bits(1).expect("a bit"), 1);
    }
    match matrix {
        None => bits.put(0, 1),
        Some(matrix) => put_vui(&mut bits, matrix),
    }
    // rbsp_stop_one_bit
    bits.put(1, 1);
    [&[unit[0]][..], &with_escapes(&bits.into_bytes())].concat()
}

/// Bits in front of vui_parameters_present_flag in an SPS of the encoder here: progressive, 4:2:0.
fn before_vui(plain: &[u8]) -> usize {
    let mut bits = BitReader::new(plain);
    assert!(matches!(plain[0], 66 | 77), "a profile without chroma formats");
    bits.bits(24).expect("profile, constraints, level");
    let mut next = || bits.ue().expect("a number");
    let (_id, _log2_frame_num) = (next(), next());
    if next() == 0 {
        let _log2_poc = next();
    }
    let _references = next();
    bits.bits(1).expect("gaps");
    let (_width, _height) = (bits.ue().expect("a width"), bits.ue().expect("a height"));
    assert!(bits.flag().expect("a flag"), "frames only");
    bits.bits(1).expect("direct inference");
    if bits.flag().expect("a flag") {
        for _ in 0..4 {
            let _side = bits.ue().expect("a crop");
        }
    }
    bits.position()
}

/// A VUI with a colour description, and without reordering.
fn put_vui(bits: &mut BitWriter, matrix: Matrix) {
    let code = match matrix {
        Matrix::Bt709 => 1,
        Matrix::Bt601 => 6,
        Matrix::Bt2020 => 9,
    };
    // Present; no aspect, no overscan; a video signal of format 5 in limited range, described by three codes.
    for (value, count) in [(1, 1), (0, 1), (0, 1), (1, 1), (5, 3), (0, 1), (1, 1)] {
        bits.put(value, count);
    }
    (0..3).for_each(|_| bits.put(code, 8));
    // No chroma place, timing, HRD or pic_struct; a bitstream restriction: motion over the edges, no limits of bytes and bits,
    // vectors up to 2^16, no reordering, one frame stored.
    bits.put(0, 5);
    bits.put(0b11, 2);
    for value in [0, 0, 16, 16, 0, 1_u32] {
        let code = value + 1;
        bits.put(code, 2 * code.ilog2() + 1);
    }
}

fn without_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut zeros = 0;
    for &byte in bytes {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}

fn with_escapes(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    let mut zeros = 0;
    for &byte in bytes {
        if zeros >= 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out
}
