//! Variable-length codes of intra blocks (annex B: tables 2-B.5a to 2-B.5g).

use crate::bit_writer::BitWriter;

/// A code: how many bits, and which.
type Code = (u32, u32);

/// Largest level of a coefficient, either way; what is larger has no code.
pub(super) const MAX_LEVEL: i32 = 255;

/// Codes of the number of bits of a DC difference, from 0 on: tables 2-B.5a (luma) and 2-B.5b (chroma).
const LUMA_SIZES: [Code; 9] = [
    (3, 0b100),
    (2, 0b00),
    (2, 0b01),
    (3, 0b101),
    (3, 0b110),
    (4, 0b1110),
    (5, 0b1_1110),
    (6, 0b11_1110),
    (7, 0b111_1110),
];
const CHROMA_SIZES: [Code; 9] = [
    (2, 0b00),
    (2, 0b01),
    (2, 0b10),
    (3, 0b110),
    (4, 0b1110),
    (5, 0b1_1110),
    (6, 0b11_1110),
    (7, 0b111_1110),
    (8, 0b1111_1110),
];

const END_OF_BLOCK: Code = (2, 0b10);
/// A run and a level follow as they are (table 2-B.5f).
const ESCAPE: Code = (6, 0b00_0001);

/// Codes of a coefficient behind a run of zeros, without its sign: by the run, then by its level from 1 on (tables 2-B.5c to
/// 2-B.5e).
#[rustfmt::skip]
const COEFFICIENTS: [&[Code]; 32] = [
    &[
        (2, 0x03), (4, 0x04), (5, 0x05), (7, 0x06), (8, 0x26), (8, 0x21), (10, 0x0a), (12, 0x1d), (12, 0x18), (12, 0x13),
        (12, 0x10), (13, 0x1a), (13, 0x19), (13, 0x18), (13, 0x17), (14, 0x1f), (14, 0x1e), (14, 0x1d), (14, 0x1c), (14, 0x1b),
        (14, 0x1a), (14, 0x19), (14, 0x18), (14, 0x17), (14, 0x16), (14, 0x15), (14, 0x14), (14, 0x13), (14, 0x12), (14, 0x11),
        (14, 0x10), (15, 0x18), (15, 0x17), (15, 0x16), (15, 0x15), (15, 0x14), (15, 0x13), (15, 0x12), (15, 0x11), (15, 0x10),
    ],
    &[
        (3, 0x03), (6, 0x06), (8, 0x25), (10, 0x0c), (12, 0x1b), (13, 0x16), (13, 0x15), (15, 0x1f), (15, 0x1e), (15, 0x1d),
        (15, 0x1c), (15, 0x1b), (15, 0x1a), (15, 0x19), (16, 0x13), (16, 0x12), (16, 0x11), (16, 0x10),
    ],
    &[(4, 0x05), (7, 0x04), (10, 0x0b), (12, 0x14), (13, 0x14)],
    &[(5, 0x07), (8, 0x24), (12, 0x1c), (13, 0x13)],
    &[(5, 0x06), (10, 0x0f), (12, 0x12)],
    &[(6, 0x07), (10, 0x09), (13, 0x12)],
    &[(6, 0x05), (12, 0x1e), (16, 0x14)],
    &[(6, 0x04), (12, 0x15)],
    &[(7, 0x07), (12, 0x11)],
    &[(7, 0x05), (13, 0x11)],
    &[(8, 0x27), (13, 0x10)],
    &[(8, 0x23), (16, 0x1a)],
    &[(8, 0x22), (16, 0x19)],
    &[(8, 0x20), (16, 0x18)],
    &[(10, 0x0e), (16, 0x17)],
    &[(10, 0x0d), (16, 0x16)],
    &[(10, 0x08), (16, 0x15)],
    &[(12, 0x1f)], &[(12, 0x1a)], &[(12, 0x19)], &[(12, 0x17)], &[(12, 0x16)],
    &[(13, 0x1f)], &[(13, 0x1e)], &[(13, 0x1d)], &[(13, 0x1c)], &[(13, 0x1b)],
    &[(16, 0x1f)], &[(16, 0x1e)], &[(16, 0x1d)], &[(16, 0x1c)], &[(16, 0x1b)],
];

/// Which of the codes for DC differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plane {
    Luma,
    Chroma,
}

/// The difference of a block's DC value from that before, from -255 to 255.
pub(super) fn put_dc(out: &mut BitWriter, plane: Plane, difference: i32) {
    let size = u32::BITS - difference.unsigned_abs().leading_zeros();
    let codes = if plane == Plane::Luma { &LUMA_SIZES } else { &CHROMA_SIZES };
    let (bits, code) = codes[size as usize];
    out.put(code, bits);
    // A negative one is as far above 0 as it is above the smallest with so many bits.
    let value = if difference < 0 { difference + (1 << size) - 1 } else { difference };
    out.put(value.unsigned_abs(), size);
}

/// A coefficient of `level`, not 0 and at most [`MAX_LEVEL`] either way, behind `run` coefficients of 0.
pub(super) fn put_coefficient(out: &mut BitWriter, run: usize, level: i32) {
    let magnitude = level.unsigned_abs();
    let known = COEFFICIENTS.get(run).and_then(|levels| levels.get(magnitude as usize - 1));
    if let Some((bits, code)) = known {
        return out.put(code << 1 | u32::from(level < 0), bits + 1);
    }
    out.put(ESCAPE.1, ESCAPE.0);
    out.put(run as u32, 6);
    // Two's complement in eight bits, or, behind 0 or 128 (none is either of them), the lowest eight of it.
    match (magnitude, level < 0) {
        (128.., false) => out.put(0x00, 8),
        (128.., true) => out.put(0x80, 8),
        _ => {}
    }
    out.put((level & 0xff).unsigned_abs(), 8);
}

/// All further coefficients are 0.
pub(super) fn put_end_of_block(out: &mut BitWriter) {
    out.put(END_OF_BLOCK.1, END_OF_BLOCK.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether no code is the beginning of another, and the part of all bit strings that begin with one of them.
    fn part_of_all(codes: &[Code]) -> f64 {
        for (at, (bits, code)) in codes.iter().enumerate() {
            for (other_bits, other) in &codes[at + 1..] {
                let common = *bits.min(other_bits);
                assert_ne!(
                    code >> (bits - common),
                    other >> (other_bits - common),
                    "{bits}/{code:b}, {other:b}"
                );
            }
        }
        codes.iter().map(|(bits, _)| 0.5f64.powi(*bits as i32)).sum()
    }

    #[test]
    fn no_code_begins_another() {
        let mut coefficients = vec![END_OF_BLOCK, ESCAPE];
        coefficients.extend(COEFFICIENTS.iter().flat_map(|levels| levels.iter()));
        assert_eq!(coefficients.len(), 113, "as many as the standard has");
        // Few strings are left: most of them begin with the zeros of start codes.
        let part = part_of_all(&coefficients);
        assert!((0.99..1.0).contains(&part), "{part}");
        // The standard has sizes up to 8, and the code of all ones is none.
        assert_eq!(part_of_all(&LUMA_SIZES), 1.0 - 0.5f64.powi(7));
        assert_eq!(part_of_all(&CHROMA_SIZES), 1.0 - 0.5f64.powi(8));
    }

    fn bits(put: impl Fn(&mut BitWriter)) -> String {
        let mut out = BitWriter::default();
        put(&mut out);
        // Marks the end, before which nothing is filled up.
        out.put(1, 1);
        let text: String = out.into_bytes().iter().map(|byte| format!("{byte:08b}")).collect();
        text.trim_end_matches('0').strip_suffix('1').expect("the mark").to_owned()
    }

    #[test]
    fn differences() {
        let table = [
            (Plane::Luma, 0, "100"),
            (Plane::Luma, 1, "001"),
            (Plane::Luma, -1, "000"),
            (Plane::Luma, 5, "101101"),
            (Plane::Luma, -5, "101010"),
            (Plane::Luma, 255, "111111011111111"),
            (Plane::Luma, -255, "111111000000000"),
            (Plane::Chroma, 0, "00"),
            (Plane::Chroma, -3, "1000"),
            (Plane::Chroma, 128, "1111111010000000"),
        ];
        for (plane, difference, expected) in table {
            assert_eq!(bits(|out| put_dc(out, plane, difference)), expected, "{plane:?} {difference}");
        }
    }

    #[test]
    fn coefficients() {
        let table = [
            (0, 1, "110"),
            (0, -1, "111"),
            (0, 40, "0000000000100000"),
            (31, -1, "00000000000110111"),
            (0, 41, "00000100000000101001"),
            (2, -6, "00000100001011111010"),
            (63, 127, "00000111111101111111"),
            (5, 128, "0000010001010000000010000000"),
            (5, 255, "0000010001010000000011111111"),
            (5, -127, "00000100010110000001"),
            (5, -128, "0000010001011000000010000000"),
            (5, -255, "0000010001011000000000000001"),
        ];
        for (run, level, expected) in table {
            assert_eq!(bits(|out| put_coefficient(out, run, level)), expected, "{run} {level}");
        }
    }
}
