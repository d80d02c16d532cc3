//! What the synthetic camera writes into every access unit so that a viewer can check it: an SEI message of its own.
//!
//! ```text
//! 00 00 00 01 │ 06 │ 05 38 │ UUID (16) │ sequence, monotonic, real time, digest (10 each) │ 80
//!             SEI   user data           seven bits a byte, the eighth set: no zeros, no escapes
//! ```
//! User data unregistered, ITU-T H.264 D.1.7. The digest is over the NAL units behind the stamp, without start codes or
//! lengths, so it holds in Annex B and in MP4 alike.

/// Start code in front of every NAL unit the camera writes.
pub(crate) const START_CODE: [u8; 4] = [0, 0, 0, 1];
/// NAL unit type 6, and its kind of message.
const SEI_USER_DATA: [u8; 2] = [6, 5];
const UUID: [u8; 16] = *b"Lenscast\xb5bench\xe1\xa7";
const FIELD_BYTES: usize = 10;
const FIELDS: usize = 4;
const PAYLOAD_BYTES: usize = UUID.len() + FIELDS * FIELD_BYTES;
/// Bytes from the start code to the fields.
const FIELDS_AT: usize = START_CODE.len() + SEI_USER_DATA.len() + 1 + UUID.len();
/// All bytes of the stamp's NAL unit with its start code.
pub(crate) const STAMP_BYTES: usize = FIELDS_AT + FIELDS * FIELD_BYTES + 1;

/// The moments and the content of one access unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Counts access units from 0, without holes.
    pub(crate) sequence: u64,
    /// Monotonic clock just before the first write.
    pub(crate) monotonic_ns: u64,
    /// Real-time clock just before the first write.
    pub(crate) realtime_ns: u64,
    /// [`digest`] of the NAL units behind the stamp.
    pub(crate) digest: u64,
}

impl Stamp {
    /// The stamp as a NAL unit with its start code.
    pub(crate) fn unit(&self) -> [u8; STAMP_BYTES] {
        let mut out = [0x80; STAMP_BYTES];
        out[..4].copy_from_slice(&START_CODE);
        out[4..6].copy_from_slice(&SEI_USER_DATA);
        out[6] = u8::try_from(PAYLOAD_BYTES).expect("56");
        out[7..FIELDS_AT].copy_from_slice(&UUID);
        let fields = [self.sequence, self.monotonic_ns, self.realtime_ns, self.digest];
        for (to, field) in out[FIELDS_AT..].chunks_exact_mut(FIELD_BYTES).zip(fields) {
            for (shift, byte) in to.iter_mut().enumerate() {
                *byte = 0x80 | (field >> (7 * shift)) as u8;
            }
        }
        out
    }

    /// Reads the stamp whose NAL unit (without start code) is `unit`.
    pub(crate) fn of_unit(unit: &[u8]) -> Option<Self> {
        let payload = unit.strip_prefix(&SEI_USER_DATA)?.get(1..)?.strip_prefix(&UUID)?;
        let fields = payload.first_chunk::<{ FIELDS * FIELD_BYTES }>()?;
        let field = |index: usize| {
            let bytes = &fields[index * FIELD_BYTES..(index + 1) * FIELD_BYTES];
            bytes.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
        };
        Some(Self { sequence: field(0), monotonic_ns: field(1), realtime_ns: field(2), digest: field(3) })
    }

    /// Finds the stamp near the beginning of `bytes`, whatever stands around it.
    pub(crate) fn find(bytes: &[u8]) -> Option<Self> {
        const NEAR: usize = 512;
        let near = &bytes[..bytes.len().min(NEAR)];
        let at = near.windows(UUID.len()).position(|window| window == UUID)?;
        Self::of_unit(&bytes[at.checked_sub(SEI_USER_DATA.len() + 1)?..])
    }
}

/// A number that changes with any bit and any border of `units`.
pub(crate) fn digest<'a>(units: impl IntoIterator<Item = &'a [u8]>) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut state = MULTIPLIER;
    let mut mix = |value: u64| state = (state.rotate_left(23) ^ value).wrapping_mul(MULTIPLIER);
    for unit in units {
        mix(unit.len() as u64);
        let (words, rest) = unit.as_chunks::<8>();
        words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(u64::from_le_bytes(last));
    }
    state
}

/// The NAL units of an Annex B access unit, without start codes.
pub(crate) fn annexb_units(bytes: &[u8]) -> Vec<&[u8]> {
    let mut begins = Vec::new();
    let mut at = 0;
    while at + 3 <= bytes.len() {
        if bytes[at..at + 3] == [0, 0, 1] {
            begins.push(at + 3);
            at += 3;
        } else {
            at += if bytes[at + 2] > 1 { 3 } else { 1 };
        }
    }
    let ends = begins.iter().skip(1).map(|begin| begin - 3).chain([bytes.len()]);
    begins.iter().zip(ends).map(|(begin, end)| without_zeros(&bytes[*begin..end])).collect()
}

/// The NAL units of MP4 samples: four bytes of length in front of each. `None` when the lengths do not fit.
pub(crate) fn length_prefixed_units(mut bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (unit, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        units.push(unit);
        bytes = rest;
    }
    Some(units)
}

/// Zeros at the end belong to the next start code.
fn without_zeros(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &unit[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        let stamp =
            Stamp { sequence: 7, monotonic_ns: u64::MAX, realtime_ns: 1 << 60, digest: 0x0123_4567_89ab };
        let unit = stamp.unit();
        assert_eq!(Stamp::of_unit(&unit[4..]), Some(stamp));
        assert_eq!(Stamp::find(&[&[9, 9, 9][..], &unit].concat()), Some(stamp));
        assert_eq!(Stamp::find(b"nothing of that kind"), None);
        assert!(!unit[4..].contains(&0), "no start code can arise");
    }

    #[test]
    fn a_digest_sees_every_bit_and_border() {
        let of = |units: &[&[u8]]| digest(units.iter().copied());
        let whole = of(&[b"abcdefgh", b"ijk"]);
        for other in [of(&[b"abcdefg", b"hijk"]), of(&[b"abcdefgh", b"ijl"]), of(&[b"abcdefghijk"])] {
            assert_ne!(whole, other);
        }
    }

    #[test]
    fn units_are_the_same_in_annex_b_and_in_mp4() {
        let annexb = [0, 0, 0, 1, 0x67, 4, 0, 0, 0, 1, 0x65, 1, 0, 0, 3, 1];
        let mp4 = [0, 0, 0, 2, 0x67, 4, 0, 0, 0, 6, 0x65, 1, 0, 0, 3, 1];
        assert_eq!(annexb_units(&annexb), length_prefixed_units(&mp4).expect("whole"));
        assert_eq!(length_prefixed_units(&mp4[..9]), None);
    }
}
