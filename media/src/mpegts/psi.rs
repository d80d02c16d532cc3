//! Program specific information: which PID has which stream (ISO/IEC 13818-1 section 2.4.4).
//!
//! ```text
//! PAT (PID 0)  program 1 ─► PID of its PMT        PMT  PCR PID, stream type ─► PID of the video
//! section      table_id | 1 | length | body | CRC
//! ```

use super::crc::crc;

/// table_id of a program association section.
const PAT_TABLE: u8 = 0;
/// table_id of a program map section.
const PMT_TABLE: u8 = 2;
/// The one program of our streams; also the number of the stream itself.
const PROGRAM: u16 = 1;

/// The program association section: our one program is described in `pmt_pid`.
pub(super) fn pat_section(pmt_pid: u16) -> Vec<u8> {
    let mut body = Vec::with_capacity(4);
    body.extend_from_slice(&PROGRAM.to_be_bytes());
    body.extend_from_slice(&with_reserved_bits(pmt_pid));
    section(PAT_TABLE, &body)
}

/// The program map section of a program with one stream, which has the clock too.
pub(super) fn pmt_section(stream_type: u8, pid: u16) -> Vec<u8> {
    const NO_DESCRIPTORS: [u8; 2] = [0xf0, 0];
    let mut body = Vec::with_capacity(9);
    body.extend_from_slice(&with_reserved_bits(pid));
    body.extend_from_slice(&NO_DESCRIPTORS);
    body.push(stream_type);
    body.extend_from_slice(&with_reserved_bits(pid));
    body.extend_from_slice(&NO_DESCRIPTORS);
    section(PMT_TABLE, &body)
}

const fn with_reserved_bits(pid: u16) -> [u8; 2] {
    (0xe000 | pid).to_be_bytes()
}

/// The only section of a table whose version is 0.
fn section(table_id: u8, body: &[u8]) -> Vec<u8> {
    let [number_high, number_low] = PROGRAM.to_be_bytes();
    let version_0_current = 0xc1;
    let (section_number, last_section_number) = (0, 0);
    // What follows the length: five bytes, the body, and the checksum; a few dozen bytes in all.
    let length = u8::try_from(5 + body.len() + 4).expect("our sections are short");
    let mut out = vec![table_id, 0xb0, length, number_high, number_low];
    out.extend_from_slice(&[version_0_current, section_number, last_section_number]);
    out.extend_from_slice(body);
    let checksum = crc(&out);
    out.extend_from_slice(&checksum.to_be_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_as_ffmpeg_writes_them() {
        // ffmpeg 5.1, `-f mpegts -mpegts_service_id 1` without its service description.
        assert_eq!(
            pat_section(0x1000),
            [0, 0xb0, 0x0d, 0, 1, 0xc1, 0, 0, 0, 1, 0xf0, 0, 0x2a, 0xb1, 0x04, 0xb2]
        );
        assert_eq!(
            pmt_section(0x1b, 0x100),
            [
                2, 0xb0, 0x12, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x15, 0xbd, 0x4d,
                0x56
            ]
        );
    }
}
