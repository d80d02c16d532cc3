//! Finds JPEG pictures in bytes (ITU-T T.81 annex B).
//!
//! ```text
//! …  SOI  segments: marker, length, bytes  SOS  coded bytes  EOI  …
//!    FFD8 FFE0 … FFDB … FFC0 … FFC4 …      FFDA ff00 ffd0    FFD9
//! │ passed over: headers of parts,   │     └ of several scans: segments and SOS again
//! │ padding, half a picture          └ by its length, so that a thumbnail in it is no picture
//! ```
//! A picture is complete with its last byte. What comes out does not depend on how the bytes were cut.

use bytes::{Bytes, BytesMut};

/// Largest picture, in bytes.
pub const MAX_PICTURE_BYTES: usize = 16 << 20;
/// What a picture begins with: SOI and the first byte of another marker.
const BEGIN: [u8; 3] = [0xff, 0xd8, 0xff];
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DHT: u8 = 0xc4;
const DAC: u8 = 0xcc;
const JPG: u8 = 0xc8;
/// Bytes of a frame header up to the width: precision, height, width.
const SIZE_BYTES: usize = 5;

/// One picture, from SOI to EOI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JpegPicture {
    /// Its bytes.
    pub bytes: Bytes,
    /// Pixels across; at least 1.
    pub width: u16,
    /// Pixels down; at least 1.
    pub height: u16,
    /// Whether it brings the Huffman tables it is coded with.
    pub has_tables: bool,
}

/// Why what began like a picture is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JpegError {
    /// It goes on for too long.
    #[error("a JPEG picture is larger than {MAX_PICTURE_BYTES} bytes")]
    TooLarge,
    /// No marker stands where one must be.
    #[error("a JPEG picture is damaged: no marker where one must be")]
    NoMarker,
    /// A segment cannot be so short.
    #[error("a JPEG picture is damaged: a segment of {0} bytes")]
    Length(u16),
    /// Another picture begins in it.
    #[error("a JPEG picture is cut off: another begins in it")]
    CutOff,
    /// Its frame header is missing, or tells no size.
    #[error("a JPEG picture is damaged: it tells no size")]
    NoSize,
}

/// Where in a picture the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before it.
    Seeking,
    /// Before a marker.
    Marker,
    /// In a segment, of which so many bytes are left.
    Segment(usize),
    /// In coded bytes.
    Coded,
}

/// Splits bytes into pictures.
#[derive(Debug)]
pub struct JpegSplitter {
    state: State,
    /// What has come of a picture; while seeking, what may be the begin of one.
    buffer: BytesMut,
    /// Bytes of it that are known.
    at: usize,
    size: Option<(u16, u16)>,
    has_tables: bool,
    position: u64,
}

impl Default for JpegSplitter {
    fn default() -> Self {
        Self::new()
    }
}

impl JpegSplitter {
    /// A splitter at the begin of its bytes, which may be anywhere.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: State::Seeking,
            buffer: BytesMut::new(),
            at: 0,
            size: None,
            has_tables: false,
            position: 0,
        }
    }

    /// Bytes pushed so far.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether a picture has begun that is not whole.
    #[must_use]
    pub fn is_in_picture(&self) -> bool {
        self.state != State::Seeking
    }

    /// Takes the next bytes and gives every picture they complete, and what is wrong with others.
    pub fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Result<JpegPicture, JpegError>)) {
        self.position += bytes.len() as u64;
        while !bytes.is_empty() {
            // In pieces, so that the limit holds whatever is pushed at once.
            let (now, later) = bytes.split_at(bytes.len().min(MAX_PICTURE_BYTES));
            self.buffer.extend_from_slice(now);
            bytes = later;
            while self.step(&mut found) {}
        }
    }

    /// One step; whether another may be possible without more bytes.
    fn step(&mut self, found: &mut impl FnMut(Result<JpegPicture, JpegError>)) -> bool {
        if self.state == State::Seeking {
            return self.seek();
        }
        if self.at > MAX_PICTURE_BYTES {
            found(Err(JpegError::TooLarge));
            self.skip();
            return true;
        }
        match self.parse() {
            Ok(Parsed::More) => false,
            Ok(Parsed::Goes) => true,
            Ok(Parsed::Whole(picture)) => {
                found(Ok(picture));
                true
            }
            Err(error) => {
                found(Err(error));
                self.skip();
                true
            }
        }
    }

    /// Looks for the begin of a picture; whether it is there.
    fn seek(&mut self) -> bool {
        let begin = memchr::memmem::find(&self.buffer, &BEGIN);
        // The last two bytes may be a part of it.
        let before = begin.unwrap_or(self.buffer.len().saturating_sub(BEGIN.len() - 1));
        drop(self.buffer.split_to(before));
        if begin.is_none() {
            return false;
        }
        self.state = State::Marker;
        self.at = 2;
        self.size = None;
        self.has_tables = false;
        true
    }

    /// This is no picture; the next may begin in it, behind its own begin.
    fn skip(&mut self) {
        drop(self.buffer.split_to(BEGIN.len() - 1));
        self.state = State::Seeking;
        self.at = 0;
    }

    fn parse(&mut self) -> Result<Parsed, JpegError> {
        let rest = &self.buffer[self.at..];
        match self.state {
            State::Seeking => Ok(Parsed::More),
            State::Segment(left) => {
                let here = left.min(rest.len());
                self.at += here;
                self.state = if here < left { State::Segment(left - here) } else { State::Marker };
                Ok(if here < left { Parsed::More } else { Parsed::Goes })
            }
            State::Coded => match memchr::memchr(0xff, rest) {
                None => {
                    self.at += rest.len();
                    Ok(Parsed::More)
                }
                Some(begin) => {
                    self.at += begin;
                    let Some(code) = rest.get(begin + 1) else { return Ok(Parsed::More) };
                    match code {
                        // A byte of 255 that is coded, a restart.
                        0 | 0xd0..=0xd7 => self.at += 2,
                        // Fill.
                        0xff => self.at += 1,
                        _ => self.state = State::Marker,
                    }
                    Ok(Parsed::Goes)
                }
            },
            State::Marker => self.marker(),
        }
    }

    fn marker(&mut self) -> Result<Parsed, JpegError> {
        let rest = &self.buffer[self.at..];
        let Some(&first) = rest.first() else { return Ok(Parsed::More) };
        if first != 0xff {
            return Err(JpegError::NoMarker);
        }
        let code = match rest.get(1) {
            None => return Ok(Parsed::More),
            Some(0xff) => {
                self.at += 1;
                return Ok(Parsed::Goes);
            }
            Some(code) => *code,
        };
        match code {
            0 => return Err(JpegError::NoMarker),
            SOI => return Err(JpegError::CutOff),
            EOI => return self.end(),
            // Restarts and TEM have no length.
            0x01 | 0xd0..=0xd7 => {
                self.at += 2;
                return Ok(Parsed::Goes);
            }
            _ => {}
        }
        let Some(length) = rest.get(2..4) else { return Ok(Parsed::More) };
        let length = u16::from_be_bytes([length[0], length[1]]);
        let Some(left) = usize::from(length).checked_sub(2) else { return Err(JpegError::Length(length)) };
        let behind = self.at + 4;
        match code {
            DHT => self.has_tables = true,
            JPG | DAC => {}
            0xc0..=0xcf => {
                if left < SIZE_BYTES {
                    return Err(JpegError::Length(length));
                }
                let Some(header) = self.buffer.get(behind..behind + SIZE_BYTES) else {
                    return Ok(Parsed::More);
                };
                let height = u16::from_be_bytes([header[1], header[2]]);
                let width = u16::from_be_bytes([header[3], header[4]]);
                self.size = Some((width, height)).filter(|(width, height)| *width > 0 && *height > 0);
            }
            SOS => {
                // A scan's own header is short; it is passed over at once, so that coded bytes follow.
                if self.buffer.len() < behind + left {
                    return Ok(Parsed::More);
                }
                self.at = behind + left;
                self.state = State::Coded;
                return if self.size.is_some() { Ok(Parsed::Goes) } else { Err(JpegError::NoSize) };
            }
            _ => {}
        }
        self.at = behind;
        self.state = State::Segment(left);
        Ok(Parsed::Goes)
    }

    fn end(&mut self) -> Result<Parsed, JpegError> {
        let (width, height) = self.size.ok_or(JpegError::NoSize)?;
        let bytes = self.buffer.split_to(self.at + 2).freeze();
        self.state = State::Seeking;
        self.at = 0;
        Ok(Parsed::Whole(JpegPicture { bytes, width, height, has_tables: self.has_tables }))
    }
}

/// What one step of parsing has come to.
enum Parsed {
    /// It needs more bytes.
    More,
    /// It goes on.
    Goes,
    /// A picture.
    Whole(JpegPicture),
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOF: &[u8] = &[0xff, 0xc0, 0, 11, 8, 0, 16, 0, 32, 1, 1, 0x11, 0];
    const SCAN: &[u8] = &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];

    /// SOI, these pieces, EOI.
    fn jpeg(pieces: &[&[u8]]) -> Vec<u8> {
        [&[0xff, 0xd8][..], &pieces.concat(), &[0xff, 0xd9]].concat()
    }

    fn small() -> Vec<u8> {
        jpeg(&[SOF, SCAN, &[1, 2, 3]])
    }

    /// What is found: `32x16` and the number of bytes a picture, else the error.
    fn found(pieces: &[&[u8]]) -> Vec<String> {
        let mut splitter = JpegSplitter::new();
        let mut found = Vec::new();
        for piece in pieces {
            splitter.push(piece, |picture| {
                found.push(match picture {
                    Ok(JpegPicture { bytes, width, height, .. }) => {
                        format!("{width}x{height} {}", bytes.len())
                    }
                    Err(error) => format!("{error:?}"),
                });
            });
        }
        found
    }

    fn table() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
        let thumbnail = [&[0xff, 0xe1, 0, 32][..], &small()].concat();
        let coded = [9, 0xff, 0, 8, 0xff, 0xd0, 7, 0xff, 0xff, 0xd7, 6, 0xff, 0xff, 0xff];
        let cut_off = [&[0xff, 0xd8][..], SOF, SCAN, &[1, 2], &small()].concat();
        vec![
            ("one", small(), vec!["32x16 30"]),
            ("two", [small(), small()].concat(), vec!["32x16 30", "32x16 30"]),
            ("joined within one", [&[1, 2, 0xff, 0xd9][..], &small()].concat(), vec!["32x16 30"]),
            ("padding between", [small(), vec![0; 9], small()].concat(), vec!["32x16 30", "32x16 30"]),
            (
                "multipart",
                [b"--x\r\nContent-Type: image/jpeg\r\n\r\n", &small()[..], b"\r\n--x\r\n", &small()].concat(),
                vec!["32x16 30", "32x16 30"],
            ),
            ("a thumbnail", jpeg(&[&thumbnail, SOF, SCAN, &[1]]), vec!["32x16 62"]),
            ("stuffing, restarts and fill", jpeg(&[SOF, SCAN, &coded]), vec!["32x16 41"]),
            ("fill before markers", jpeg(&[&[0xff, 0xff], SOF, &[0xff], SCAN]), vec!["32x16 30"]),
            ("two scans", jpeg(&[SOF, SCAN, &[1], SCAN, &[2]]), vec!["32x16 39"]),
            ("cut off by the next", cut_off, vec!["CutOff", "32x16 30"]),
            ("no marker", jpeg(&[&[0xff, 0xe0, 0, 3, 1], &[5, 5]]), vec!["NoMarker"]),
            ("a length of one", jpeg(&[&[0xff, 0xe0, 0, 1]]), vec!["Length(1)"]),
            ("a frame header too short", jpeg(&[&[0xff, 0xc0, 0, 4, 8, 0]]), vec!["Length(4)"]),
            ("no frame header", jpeg(&[SCAN, &[1]]), vec!["NoSize"]),
            ("no width", jpeg(&[&[0xff, 0xc0, 0, 8, 8, 0, 16, 0, 0, 1], SCAN]), vec!["NoSize"]),
            ("nothing in it", vec![0xff, 0xd8, 0xff, 0xd9], vec!["NoSize"]),
            ("only the begin", vec![0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 1], vec![]),
            (
                "rubbish, then one",
                [&jpeg(&[&[0xff, 0]])[..], &small()].concat(),
                vec!["NoMarker", "32x16 30"],
            ),
            ("a begin in a begin", [&[0xff, 0xd8][..], &small()].concat(), vec!["CutOff", "32x16 30"]),
        ]
    }

    #[test]
    fn pictures_and_what_is_none() {
        for (name, bytes, expected) in table() {
            assert_eq!(found(&[&bytes]), expected, "{name}");
        }
    }

    #[test]
    fn cuts_make_no_difference() {
        for (name, bytes, expected) in table() {
            for cut in 0..=bytes.len() {
                assert_eq!(found(&[&bytes[..cut], &bytes[cut..]]), expected, "{name}, cut at {cut}");
            }
            let single: Vec<_> = bytes.chunks(1).collect();
            assert_eq!(found(&single), expected, "{name}, byte by byte");
        }
    }

    #[test]
    fn a_picture_is_complete_with_its_last_byte_and_bounded() {
        let mut splitter = JpegSplitter::new();
        let small = small();
        let mut count = 0;
        splitter.push(&small[..small.len() - 1], |_| count += 1);
        assert!(count == 0 && splitter.is_in_picture());
        splitter.push(&small[small.len() - 1..], |picture| {
            assert_eq!(picture.as_ref().map(|picture| &picture.bytes[..]), Ok(&small[..]));
            count += 1;
        });
        assert!(count == 1 && !splitter.is_in_picture());

        let mut errors = Vec::new();
        splitter.push(&[&[0xff, 0xd8][..], SOF, SCAN].concat(), |_| {});
        for _ in 0..20 {
            splitter.push(&vec![7; 1 << 20], |error| errors.extend(error.err()));
            assert!(splitter.buffer.len() <= MAX_PICTURE_BYTES + (1 << 20));
        }
        assert_eq!(errors, [JpegError::TooLarge]);
        assert_eq!(splitter.position(), (small.len() + 2 + SOF.len() + SCAN.len()) as u64 + (20 << 20));
    }
}
