//! Finds JPEG pictures in bytes (ITU-T T.81 annex B).
//!
//! ```text
//! …  SOI  segments: marker, length, bytes  SOS  coded bytes  EOI  …
//!    FFD8 FFE0 … FFDB … FFC0 … FFC4 …      FFDA ff00 ffd0    FFD9
//! │ passed over: headers of parts,   │     └ of several scans: segments and SOS again
//! │ padding, half a picture          └ by its length, so that a thumbnail in it is no picture
//! ```
//! A picture is complete with its last byte. What comes out does not depend on how the bytes were cut.
//!
//! It is as lenient as libjpeg, which all browsers use, and repairs what other decoders refuse (`repairs.rs`). A picture
//! without EOI ends with its last coded block, or with the next SOI the first time; it is given with an EOI if all its blocks
//! are there (`coded.rs`), and else it is cut off. Of several pictures in one part of multipart the first counts (`gap.rs`).

use bytes::{Buf, BytesMut};

use super::{
    gap::MAX_GAP_BYTES,
    incoming::{END, End, Incoming, MARKER_BYTES, SOI, Step, Stream},
    picture::{JpegError, JpegPicture, MAX_PICTURE_BYTES},
};

/// What a picture begins with.
const BEGIN: [u8; 2] = [0xff, SOI];

/// Splits bytes into pictures.
#[derive(Debug, Default)]
pub struct JpegSplitter {
    /// The picture that is being received; while there is none, its begin is looked for.
    incoming: Option<Incoming>,
    /// What has come of that picture, else what stands before the next.
    buffer: BytesMut,
    /// Bytes of the latter in which no picture begins.
    sought: usize,
    /// Whether the picture is not the first in its part.
    is_extra: bool,
    stream: Stream,
    position: u64,
}

impl JpegSplitter {
    /// A splitter at the begin of its bytes, which may be anywhere.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes pushed so far.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Whether a picture has begun that is not whole.
    #[must_use]
    pub const fn is_in_picture(&self) -> bool {
        self.incoming.is_some()
    }

    /// Whether it has come to its coded bytes.
    #[must_use]
    pub fn is_in_coded_bytes(&self) -> bool {
        self.incoming.as_ref().is_some_and(Incoming::is_coded)
    }

    /// Whether it has not, and holds bytes that belong to no segment: it may be no picture.
    #[must_use]
    pub fn is_in_foreign_bytes(&self) -> bool {
        self.incoming.as_ref().is_some_and(Incoming::is_foreign)
    }

    /// Takes the next bytes and gives every picture they complete, and what is wrong with others.
    pub fn push(&mut self, mut bytes: &[u8], mut found: impl FnMut(Result<JpegPicture, JpegError>)) {
        self.position += bytes.len() as u64;
        while !bytes.is_empty() {
            // In pieces, so that the limit holds whatever is pushed at once.
            let (now, later) = bytes.split_at(bytes.len().min(MAX_PICTURE_BYTES));
            self.buffer.extend_from_slice(now);
            bytes = later;
            self.go_on(&mut found);
        }
    }

    /// No byte follows that belongs to what was pushed: gives the picture that has no EOI, or says that it is cut off.
    pub fn end(&mut self, mut found: impl FnMut(Result<JpegPicture, JpegError>)) {
        while let Some(mut incoming) = self.incoming.take() {
            let end = incoming.end_before(self.buffer.len(), &self.buffer, &self.stream);
            self.give(incoming, end, &mut found);
            self.go_on(&mut found);
        }
    }

    /// Goes as far as is possible without more bytes.
    fn go_on(&mut self, found: &mut impl FnMut(Result<JpegPicture, JpegError>)) {
        while let Some(mut incoming) = self.incoming.take().or_else(|| self.seek()) {
            match incoming.step(&self.buffer, &self.stream) {
                Ok(Step::More) => {
                    self.incoming = Some(incoming);
                    return;
                }
                Ok(Step::Goes) => self.incoming = Some(incoming),
                Ok(Step::End(end)) => self.give(incoming, Ok(end), found),
                Err(error) => self.give(incoming, Err(error), found),
            }
        }
    }

    /// Gives a picture, or what is wrong with one, and goes on behind it.
    fn give(
        &mut self,
        incoming: Incoming,
        end: Result<End, JpegError>,
        found: &mut impl FnMut(Result<JpegPicture, JpegError>),
    ) {
        match end {
            Ok(end) => {
                self.sought = incoming.at.saturating_sub(end.bytes);
                self.stream.has_seen_eoi |= end.has_eoi;
                self.stream.ends_without_eoi |= !end.has_eoi && !end.is_damaged;
                let picture = incoming.picture(self.buffer.split_to(end.bytes), end);
                if end.is_damaged {
                    found(Err(JpegError::Damaged));
                }
                found(if self.is_extra { Err(JpegError::Extra) } else { picture });
            }
            Err(error) => {
                // The next may begin in the segment that was read last; those before it are what they seem.
                let behind = incoming.last_segment + MARKER_BYTES;
                let begin = if error == JpegError::CutOff { incoming.at } else { behind };
                // Headers of its part may stand before it.
                let gap = begin.saturating_sub(MAX_GAP_BYTES).max(behind).min(begin);
                self.buffer.advance(gap);
                self.sought = begin - gap;
                found(Err(error));
            }
        }
    }

    /// Looks for the next picture.
    fn seek(&mut self) -> Option<Incoming> {
        while let Some(begin) = memchr::memmem::find(&self.buffer[self.sought..], &BEGIN) {
            self.sought += begin;
            let gap = &self.buffer[..self.sought];
            match self.buffer.get(self.sought + MARKER_BYTES)? {
                0xff => return Some(self.begin()),
                // Foreign bytes behind it: less of a sign, except where a picture must begin.
                _ if gap.is_empty() || gap.ends_with(b"\n\r\n") || gap.ends_with(b"\n\n") => {
                    return Some(self.begin());
                }
                _ => self.sought += MARKER_BYTES,
            }
        }
        // The last byte may be a part of it.
        self.sought = self.sought.max(self.buffer.len().saturating_sub(1));
        if self.sought > 2 * MAX_GAP_BYTES {
            self.buffer.advance(self.sought - MAX_GAP_BYTES);
            self.sought = MAX_GAP_BYTES;
        }
        None
    }

    /// A picture begins behind what was sought through.
    fn begin(&mut self) -> Incoming {
        let gap = self.buffer.split_to(self.sought);
        self.sought = 0;
        if gap.starts_with(&END) && gap.len() <= MAX_GAP_BYTES {
            self.stream.ends_without_eoi = false;
        }
        let begin = self.stream.parts.gap(&gap);
        self.is_extra = begin.is_extra;
        Incoming::new(begin.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOF: &[u8] = &[0xff, 0xc0, 0, 11, 8, 0, 16, 0, 32, 1, 1, 0x11, 0];
    const PROGRESSIVE: &[u8] = &[0xff, 0xc2, 0, 11, 8, 0, 16, 0, 32, 1, 1, 0x11, 0];
    const DRI: &[u8] = &[0xff, 0xdd, 0, 4, 0, 1];
    /// Progressive, 4096x4096.
    const LARGE: &[u8] = &[0xff, 0xc2, 0, 11, 8, 16, 0, 16, 0, 1, 1, 0x11, 0];
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
        let mut take = |picture: Result<JpegPicture, JpegError>| {
            found.push(match picture {
                Ok(JpegPicture { bytes, width, height, .. }) => format!("{width}x{height} {}", bytes.len()),
                Err(error) => format!("{error:?}"),
            });
        };
        for piece in pieces {
            splitter.push(piece, &mut take);
        }
        splitter.end(&mut take);
        found
    }

    type Row = (&'static str, Vec<u8>, Vec<&'static str>);

    fn table() -> Vec<Row> {
        [segments_and_coded_bytes(), ends_and_parts()].concat()
    }

    fn segments_and_coded_bytes() -> Vec<Row> {
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
            ("stuffing, restarts and fill", jpeg(&[DRI, SOF, SCAN, &coded]), vec!["32x16 47"]),
            (
                "a restart without interval",
                jpeg(&[SOF, SCAN, &[1, 0xff, 0xd0, 2]]),
                vec!["Damaged", "32x16 28"],
            ),
            ("fill before markers", jpeg(&[&[0xff, 0xff], SOF, &[0xff], SCAN]), vec!["32x16 30"]),
            ("two scans", jpeg(&[PROGRESSIVE, SCAN, &[1], SCAN, &[2]]), vec!["32x16 39"]),
            ("cut off by the next", cut_off, vec!["CutOff", "32x16 30"]),
            ("no marker", jpeg(&[&[0xff, 0xe0, 0, 3, 1], &[5, 5]]), vec!["NoSize"]),
            ("a length of one", jpeg(&[&[0xff, 0xe0, 0, 1]]), vec!["Length(1)"]),
            ("a frame header too short", jpeg(&[&[0xff, 0xc0, 0, 4, 8, 0]]), vec!["Length(4)"]),
            ("no frame header", jpeg(&[SCAN, &[1]]), vec!["NoSize"]),
            ("no width", jpeg(&[&[0xff, 0xc0, 0, 8, 8, 0, 16, 0, 0, 1], SCAN]), vec!["NoSize"]),
            ("nothing in it", vec![0xff, 0xd8, 0xff, 0xd9], vec!["NoSize"]),
            ("foreign bytes behind SOI", [&[0xff, 0xd8, 0][..], &small()[2..]].concat(), vec!["32x16 30"]),
            ("foreign bytes between segments", jpeg(&[SOF, &[0, 9], SCAN, &[1]]), vec!["32x16 28"]),
            (
                "markers without a meaning",
                jpeg(&[&[0xff, 1, 0xff, 0xd3, 0xff, 0x10], SOF, SCAN]),
                vec!["32x16 27"],
            ),
            (
                "not stuffed, and damaged",
                jpeg(&[SOF, SCAN, &[1, 0xff, 0x10, 2]]),
                vec!["Damaged", "32x16 28"],
            ),
            ("fill before a coded byte", jpeg(&[SOF, SCAN, &[1, 0xff, 0xff, 0xff, 0, 3]]), vec!["32x16 31"]),
            ("a comment behind the scan", jpeg(&[SOF, SCAN, &[1, 0xff, 0xfe, 0, 3, 9]]), vec!["32x16 33"]),
        ]
    }

    fn ends_and_parts() -> Vec<Row> {
        // Grey: each of its 8 blocks is a DC difference of 0 and an end of block, 00 1010.
        let whole = [&[0xff, 0xd8][..], SOF, SCAN, &[0x28, 0xa2, 0x8a, 0x28, 0xa2, 0x8a]].concat();
        let cut = &whole[..whole.len() - 3];
        let scans = [&[0xff, 0xd8][..], PROGRESSIVE, SCAN, &[1, 2, 3]].concat();
        vec![
            ("whole without EOI", [&whole[..], &whole, &[0; 9]].concat(), vec!["32x16 33", "32x16 33"]),
            (
                "whole without EOI, in parts",
                [b"--x\r\n\r\n", &whole[..], b"\r\n--x\r\n\r\n", &whole].concat(),
                vec!["32x16 33", "32x16 33"],
            ),
            (
                "cut off before the next part",
                [b"--x\r\n\r\n", &whole[..whole.len() - 2], b"\r\n--x\r\n\r\n", &small()].concat(),
                vec!["CutOff", "32x16 30"],
            ),
            (
                "progressive, none with EOI",
                [&scans[..], &scans, &scans].concat(),
                vec!["32x16 30", "32x16 30", "32x16 30"],
            ),
            (
                "progressive, one cut off",
                [&small(), &scans[..], &small()].concat(),
                vec!["32x16 30", "CutOff", "32x16 30"],
            ),
            (
                "a length that ends within its headers",
                [b"--x\nContent-Length: 17\n\n", &scans[..], b"\n--x\n\n", &small()].concat(),
                vec!["32x16 30", "32x16 30"],
            ),
            ("cut off before padding", [cut, &[0; 40], &small()].concat(), vec!["CutOff", "32x16 30"]),
            (
                "a preview",
                [b"--x\r\n\r\n", &small()[..], &small(), b"\n--x\n\n", &small()].concat(),
                vec!["32x16 30", "Extra", "32x16 30"],
            ),
            (
                "arithmetic",
                jpeg(&[&[0xff, 0xc9, 0, 11, 8, 0, 16, 0, 32, 1, 1, 0x11, 0]]),
                vec!["NotShown(\"arithmetic\")"],
            ),
            ("a second size", jpeg(&[SOF, SOF, SCAN]), vec!["NotShown(\"hierarchical\")"]),
            ("a hundred scans", jpeg(&[&[PROGRESSIVE, &SCAN.repeat(100)].concat()]), vec!["32x16 1017"]),
            ("too many scans", jpeg(&[&[PROGRESSIVE, &SCAN.repeat(101)].concat()]), vec!["TooManyScans"]),
            ("too many blocks", jpeg(&[&[LARGE, &SCAN.repeat(25)].concat()]), vec!["TooManyScans"]),
            ("only the begin", vec![0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 1], vec!["CutOff"]),
            ("rubbish, then one", [&jpeg(&[&[0xff, 0]])[..], &small()].concat(), vec!["NoSize", "32x16 30"]),
            ("a begin in a begin", [&[0xff, 0xd8][..], &small()].concat(), vec!["32x16 30"]),
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
