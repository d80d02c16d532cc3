//! A picture while its bytes come: from marker to marker, through its coded bytes, to its end.
//!
//! ```text
//! at ─► marker ─► segment ─► marker … ─► SOS ─► coded bytes ─► EOI      it ends here
//!          │ foreign bytes: removed          │ 255 without its zero: repaired
//!          └ SOI: it is cut off              └ SOI: it has no EOI; is it whole?
//! ```
//! It leaves to the splitter where a picture begins, and what is done with it.

use std::ops::Range;

use bytes::BytesMut;

use super::{
    coded::{Walk, Walked},
    gap::Parts,
    headers::Headers,
    picture::{JpegError, JpegPicture, MAX_PICTURE_BYTES},
    repairs::Repairs,
};

pub(super) const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DHT: u8 = 0xc4;
const DAC: u8 = 0xcc;
const DNL: u8 = 0xdc;
/// The marker that a picture ends with.
pub(super) const END: [u8; 2] = [0xff, EOI];
/// Length of SOI, and of every other marker.
pub(super) const MARKER_BYTES: usize = 2;

/// A picture, of which the first bytes are in a buffer.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    /// Bytes of it that are known.
    pub(super) at: usize,
    /// Where its last segment begins.
    pub(super) last_segment: usize,
    is_coded: bool,
    headers: Headers,
    /// Contents of its DHT segments.
    tables: Vec<Range<usize>>,
    repairs: Repairs,
    /// The walk through the scan that is being received, if it can be walked through.
    walk: Option<Walk>,
    /// Where the coded bytes begin behind the last segment.
    coded_begin: usize,
    /// Where fill bytes began in front of the next coded byte.
    fill_begin: Option<usize>,
    /// Its bytes, as its part of multipart says.
    length: Option<usize>,
}

/// What one step has come to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// It needs more bytes.
    More,
    /// It goes on.
    Goes,
    /// The picture is there.
    End(End),
}

/// How a picture ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    /// Its bytes.
    pub(super) bytes: usize,
    /// Whether EOI is among them.
    pub(super) has_eoi: bool,
    /// Whether its last blocks are damaged and left out.
    pub(super) is_damaged: bool,
}

/// What is known of the stream that a picture stands in.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub(super) parts: Parts,
    /// Whether its pictures have no EOI.
    pub(super) ends_without_eoi: bool,
    /// Whether one of them had.
    pub(super) has_seen_eoi: bool,
}

impl Incoming {
    /// A picture of which SOI is there, of so many bytes if its part of multipart says so.
    pub(super) fn new(length: Option<usize>) -> Self {
        Self { at: MARKER_BYTES, length, ..Self::default() }
    }

    /// Whether it has come to its coded bytes.
    pub(super) const fn is_coded(&self) -> bool {
        self.is_coded
    }

    /// Whether it has not, and foreign bytes stand in it.
    pub(super) const fn is_foreign(&self) -> bool {
        !self.is_coded && !self.repairs.is_empty()
    }

    /// One step through `bytes`, which begin with its SOI.
    pub(super) fn step(&mut self, bytes: &[u8], stream: &Stream) -> Result<Step, JpegError> {
        if self.at > MAX_PICTURE_BYTES {
            return Err(JpegError::TooLarge);
        }
        if self.repairs.are_too_many() {
            return Err(JpegError::Damaged);
        }
        if self.is_coded { self.coded(bytes, stream) } else { self.marker(bytes) }
    }

    /// At a marker, or at foreign bytes before one.
    fn marker(&mut self, bytes: &[u8]) -> Result<Step, JpegError> {
        let at = self.at;
        let rest = &bytes[at..];
        let foreign = memchr::memchr(0xff, rest).unwrap_or(rest.len());
        if foreign > 0 {
            self.repairs.remove(at..at + foreign);
            self.at += foreign;
            return Ok(Step::Goes);
        }
        let Some(&code) = rest.get(1) else { return Ok(Step::More) };
        match code {
            0xff => {
                self.at += 1;
                return Ok(Step::Goes);
            }
            SOI if rest.len() <= MARKER_BYTES => return Ok(Step::More),
            SOI if rest[MARKER_BYTES] == 0xff && self.last_segment > 0 => return Err(JpegError::CutOff),
            EOI => return self.end_of_image(bytes).map(Step::End),
            // No marker, one without a meaning here, or a second SOI.
            ..=0xbf | 0xd0..=SOI | 0xf0..=0xfd => {
                self.repairs.remove(at..at + MARKER_BYTES);
                self.at += MARKER_BYTES;
                return Ok(Step::Goes);
            }
            _ => {}
        }
        let Some(length) = rest.get(2..4) else { return Ok(Step::More) };
        let length = u16::from_be_bytes([length[0], length[1]]);
        self.last_segment = at;
        if length < 2 {
            return Err(JpegError::Length(length));
        }
        let (begin, end) = (at + 4, at + 2 + usize::from(length));
        if bytes.len() < end {
            return Ok(Step::More);
        }
        self.segment(code, bytes, begin..end)?;
        self.at = end;
        Ok(Step::Goes)
    }

    /// A segment is there; these are its contents.
    fn segment(&mut self, code: u8, bytes: &[u8], place: Range<usize>) -> Result<(), JpegError> {
        let content = &bytes[place.clone()];
        let is_table = matches!(code, 0xc0..=0xcf | SOS..=0xdd);
        if is_table && let Some(next) = memchr::memmem::find(content, &[0xff, SOI, 0xff]) {
            self.at = place.start + next;
            return Err(JpegError::CutOff);
        }
        match code {
            DHT => {
                self.headers.has_tables = true;
                self.tables.push(place);
            }
            DAC => return Err(JpegError::NotShown("arithmetic")),
            0xc0..=0xcf => self.headers.frame(code, content)?,
            SOS => {
                let tables = self.tables.iter().map(|table| &bytes[table.clone()]);
                self.walk = self.headers.scan(content, place.end, tables)?;
                self.coded_begin = place.end;
                self.is_coded = true;
            }
            _ => self.headers.segment(code, content),
        }
        Ok(())
    }

    /// In coded bytes.
    fn coded(&mut self, bytes: &[u8], stream: &Stream) -> Result<Step, JpegError> {
        if let Some(end) = self.end_by_its_blocks(bytes, stream) {
            return Ok(Step::End(end));
        }
        let rest = &bytes[self.at..];
        let Some(begin) = memchr::memchr(0xff, rest) else {
            self.at += rest.len();
            return Ok(if rest.is_empty() { Step::More } else { Step::Goes });
        };
        if begin > 0 {
            self.at += begin;
            return Ok(Step::Goes);
        }
        let at = self.at;
        let Some(&code) = rest.get(1) else { return Ok(Step::More) };
        let fill = self.fill_begin.take();
        match (code, rest.get(2)) {
            // A coded byte of 255. Not every decoder takes fill bytes in front of its zero.
            (0, _) => {
                fill.into_iter().for_each(|begin| self.repairs.remove(begin..at));
                self.at += 2;
            }
            (0xd0..=0xd7, _) if self.headers.has_restarts() => self.at += 2,
            (0xff, _) => {
                self.fill_begin = Some(fill.unwrap_or(at));
                self.at += 1;
            }
            (EOI, _) => return self.end_of_image(bytes).map(Step::End),
            (SOI, None) => {
                self.fill_begin = fill;
                return Ok(Step::More);
            }
            (SOI, Some(0xff)) => return self.end_before(at, bytes, stream).map(Step::End),
            (DHT | DAC | SOS..=0xdd | 0xe0..=0xef | 0xfe, _) => match self.is_segment(bytes, at) {
                None => return Ok(Step::More),
                Some(true) => self.is_coded = false,
                Some(false) => self.stuff(at),
            },
            _ => self.stuff(at),
        }
        Ok(Step::Goes)
    }

    /// The byte of 255 at `at` is a coded one without its zero.
    fn stuff(&mut self, at: usize) {
        self.repairs.stuff(at + 1);
        self.at = at + 2;
    }

    /// Whether what looks like a marker within coded bytes is one; `None` while more must come to tell.
    fn is_segment(&self, bytes: &[u8], at: usize) -> Option<bool> {
        if self.headers.may_have_more_scans() {
            return Some(true);
        }
        // Behind the last scan.
        if !matches!(*bytes.get(at + 1)?, DNL | 0xe0..=0xef | 0xfe) {
            return Some(false);
        }
        let length = bytes.get(at + 2..at + 4)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let end = at + 2 + length;
        let here = &bytes[at + 2..end.clamp(at + 2, bytes.len())];
        if length < 2 || memchr::memmem::find(here, &[0xff, SOI, 0xff]).is_some() {
            return Some(false);
        }
        Some(*bytes.get(end)? == 0xff)
    }

    /// At EOI.
    fn end_of_image(&mut self, bytes: &[u8]) -> Result<End, JpegError> {
        self.headers.size.ok_or(JpegError::NoSize)?;
        let whole = End { bytes: self.at + MARKER_BYTES, has_eoi: true, is_damaged: false };
        let Some(walk) = self.walk.as_mut().filter(|_| self.repairs.first_stuffed().is_some()) else {
            return Ok(whole);
        };
        let is_whole = matches!(walk.advance(&bytes[..self.at], &self.repairs), Walked::Whole(_));
        // What was taken for a coded byte without its zero is damage: as libjpeg does, it ends before that.
        let damage = self.repairs.first_stuffed().filter(|_| !is_whole);
        Ok(damage.map_or(whole, |at| End { bytes: at - 1, has_eoi: false, is_damaged: true }))
    }

    /// The end, if its last block is there, in a stream without EOI or behind the length that its part gives.
    fn end_by_its_blocks(&mut self, bytes: &[u8], stream: &Stream) -> Option<End> {
        if !stream.ends_without_eoi && self.length.is_none_or(|length| self.at < length) {
            return None;
        }
        let end = self.blocks_end(&bytes[..self.at], false, &stream.parts)?;
        Some(End { bytes: end, has_eoi: false, is_damaged: false })
    }

    /// The end somewhere in `bytes`, behind which it does not go on, without EOI.
    ///
    /// # Errors
    /// When it is cut off.
    pub(super) fn end_before(
        &mut self,
        limit: usize,
        bytes: &[u8],
        stream: &Stream,
    ) -> Result<End, JpegError> {
        self.at = limit;
        // Whether a progressive one is whole is not known: it is taken for that if no picture of this stream has an EOI.
        let is_progressive = self.is_coded && self.headers.is_progressive();
        let is_behind_headers = |length: &usize| (self.coded_begin..limit).contains(length);
        let boundary =
            || stream.parts.boundary_in(&bytes[self.coded_begin..limit]).map(|at| self.coded_begin + at);
        let progressive = (is_progressive && !stream.has_seen_eoi)
            .then(|| self.length.filter(is_behind_headers).or_else(boundary).unwrap_or(limit));
        let end =
            self.blocks_end(&bytes[..limit], true, &stream.parts).or(progressive).ok_or(JpegError::CutOff)?;
        Ok(End { bytes: end, has_eoi: false, is_damaged: false })
    }

    /// Where the blocks of the last scan end, if all are in `bytes`, which are all of the picture or not.
    fn blocks_end(&mut self, bytes: &[u8], is_all: bool, parts: &Parts) -> Option<usize> {
        let walk = self.walk.as_mut()?;
        let Walked::Whole(end) = walk.advance(bytes, &self.repairs) else { return None };
        // What may be padding is none if nothing like it follows.
        if walk.ends_in_zeros(end, bytes) && (!is_all || bytes.get(end) == Some(&0)) {
            return None;
        }
        // The headers of the next part are not coded bytes: it was cut off before them.
        if self.headers.may_have_more_scans() || parts.boundary_in(&bytes[self.coded_begin..end]).is_some() {
            self.walk = None;
            return None;
        }
        Some(end)
    }

    /// The picture of `bytes`, which end as `end` says.
    pub(super) fn picture(mut self, mut bytes: BytesMut, end: End) -> Result<JpegPicture, JpegError> {
        let (width, height) = self.headers.size.ok_or(JpegError::NoSize)?;
        if !end.has_eoi {
            self.repairs.cut(end.bytes);
            bytes.extend_from_slice(&END);
        }
        Ok(JpegPicture {
            bytes: self.repairs.made(bytes),
            width,
            height,
            has_tables: self.headers.has_tables,
            is_rgb: self.headers.is_rgb(),
            orientation: self.headers.orientation.unwrap_or(1),
        })
    }
}
