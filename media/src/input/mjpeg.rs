//! JPEG pictures out of an input: one after another, bare or as multipart, each with the time it came at.

use super::event::{FrameBoundary, StreamStats, UnitEvent};
use crate::{
    jpeg::{JpegError, JpegPicture, JpegSplitter},
    time::Moment,
};

/// After so many bytes behind a first picture it is one picture alone.
const MAX_BETWEEN_BYTES: usize = 1 << 20;
/// The end of a first picture larger than this is not waited for.
const MAX_FIRST_BYTES: usize = 512 << 10;
/// Text in front of a picture, such as the heads of an HTTP response and of its first part, is not longer.
const MAX_TEXT_BYTES: usize = 16 << 10;
/// What is left of a picture that a stream was joined in is not longer.
const MAX_JOINED_BYTES: usize = 256 << 10;
/// What a picture begins with.
const PICTURE_BEGIN: [u8; 3] = [0xff, 0xd8, 0xff];
/// What a NAL unit of H.264 begins with. It may stand in a JPEG picture by chance.
const START_CODE: [u8; 3] = [0, 0, 1];
/// So many NAL units that may be H.264 are, if there is none that may not.
const H264_PROOFS: u32 = 8;
/// Profiles and levels of H.264 (ITU-T H.264 annex A), which stand in an SPS and prove it at once.
const H264_PROFILES: [u8; 8] = [66, 77, 88, 100, 110, 122, 144, 244];
const H264_LEVELS: [u8; 20] = [9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62];

/// Finds the pictures.
#[derive(Debug, Default)]
pub(super) struct JpegUnits {
    splitter: JpegSplitter,
    /// When the first byte came of the picture that is not yet complete.
    pending_since: Moment,
}

impl JpegUnits {
    /// At the beginning of an input.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes, which came at `received_at`, and appends what they complete to `found`.
    pub(super) fn push(&mut self, bytes: &[u8], received_at: Moment, found: &mut Vec<UnitEvent>) {
        let Self { splitter, pending_since } = self;
        if !splitter.is_in_picture() {
            *pending_since = received_at;
        }
        splitter.push(bytes, |picture| {
            found.push(event(picture, *pending_since));
            // The next begins in the same bytes.
            *pending_since = received_at;
        });
    }

    /// What was pushed ends a picture, with EOI or without.
    pub(super) fn end(&mut self, found: &mut Vec<UnitEvent>) {
        let Self { splitter, pending_since } = self;
        splitter.end(|picture| found.push(event(picture, *pending_since)));
    }

    /// Counters of bytes since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats { bytes: self.splitter.position(), ..StreamStats::default() }
    }
}

fn event(picture: Result<JpegPicture, JpegError>, received_at: Moment) -> UnitEvent {
    match picture {
        Ok(picture) => UnitEvent::Picture(picture, received_at, FrameBoundary::EndOfImage),
        Err(error) => UnitEvent::Trouble(error.into()),
    }
}

/// Whether `head`, the first bytes of an input, is motion JPEG: pictures one after another, wherever they begin, or one
/// behind text. `None` while more must come to tell. One picture alone is not: video may follow.
///
/// The first sign decides, so that it makes no difference how many bytes behind it are there already.
pub(super) fn is_motion_jpeg(head: &[u8]) -> Option<bool> {
    // Foreign bytes may stand behind SOI.
    let begin = if head.starts_with(&PICTURE_BEGIN[..2]) {
        Some(0)
    } else {
        memchr::memmem::find(head, &PICTURE_BEGIN)
    };
    let before = &head[..begin.unwrap_or(head.len())];
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    let text_bytes = before.iter().take(MAX_TEXT_BYTES + 1).take_while(|byte| is_text(byte)).count();
    if is_h264(before) || text_bytes > MAX_TEXT_BYTES || before.len() > MAX_JOINED_BYTES {
        return Some(false);
    }
    let begin = begin?;
    if text_bytes == begin && before.contains(&b'\n') {
        return Some(true);
    }
    are_pictures(&head[begin..])
}

/// The same of `bytes`, which begin like a picture.
fn are_pictures(bytes: &[u8]) -> Option<bool> {
    let mut splitter = JpegSplitter::new();
    let (mut at, mut pictures, mut first_end) = (0, 0, 0);
    while at < bytes.len() {
        // Nothing is decided before the next byte of 255 and the one behind it, except within headers.
        let is_in_headers = splitter.is_in_picture() && !splitter.is_in_coded_bytes();
        let step = if is_in_headers || at > 0 && bytes[at - 1] == 0xff {
            1
        } else {
            memchr::memchr(0xff, &bytes[at..]).unwrap_or(bytes.len() - at).max(1)
        };
        splitter.push(&bytes[at..at + step], |picture| {
            let is_one = matches!(
                picture,
                Ok(_) | Err(JpegError::CutOff | JpegError::NotShown(_) | JpegError::TooManyScans)
            );
            pictures += u32::from(is_one);
            first_end = at + step;
        });
        at += step;
        let behind = &bytes[first_end..at];
        // The first bytes of a NAL unit may have been complete only now.
        let new = (at - step).saturating_sub(START_CODE.len() + 3).max(first_end);
        let is_new = memchr::memmem::find(&bytes[new..at], &START_CODE).is_some();
        match pictures {
            0 if splitter.is_in_foreign_bytes()
                && ends_in_nal_unit(&bytes[..at])
                && is_h264(&bytes[..at]) =>
            {
                return Some(false);
            }
            0 if at > MAX_FIRST_BYTES => return Some(splitter.is_in_coded_bytes()),
            0 => {}
            1 if splitter.is_in_picture() => return Some(true),
            1 if behind.len() > MAX_BETWEEN_BYTES || (is_new && is_h264(behind)) => return Some(false),
            1 => {}
            _ => return Some(true),
        }
    }
    None
}

/// Whether the first four bytes of a NAL unit stand at the end.
fn ends_in_nal_unit(bytes: &[u8]) -> bool {
    bytes.len().checked_sub(START_CODE.len() + 4).is_some_and(|at| bytes[at..].starts_with(&START_CODE))
}

/// Whether NAL units of H.264 stand in `bytes`.
fn is_h264(bytes: &[u8]) -> bool {
    let (mut good, mut is_other) = (0, false);
    memchr::memmem::find_iter(bytes, &START_CODE).any(|at| {
        let Some(&[header, profile, constraints, level]) = bytes.get(at + 3..at + 7) else { return false };
        let is_reference = header & 0x60 != 0;
        match header {
            0x80.. => is_other = true,
            _ => match header & 0x1f {
                1 => good += 1,
                5 | 7 | 8 if is_reference => good += 1,
                6 | 9 if !is_reference => good += 1,
                0 | 5..=9 | 24.. => is_other = true,
                _ => {}
            },
        }
        let is_sps = header & 0x1f == 7
            && H264_PROFILES.contains(&profile)
            && constraints & 3 == 0
            && H264_LEVELS.contains(&level);
        is_sps || good >= H264_PROOFS && !is_other
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{arrival_clock::ArrivalClock, input::event::StreamEvent, input::frame_maker::FrameMaker};

    /// A picture without tables.
    const PICTURE: &[u8] = &[
        0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 16, 0, 32, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0,
        1, 2, 3, 0xff, 0xd9,
    ];
    const WITH_TABLES: usize = PICTURE.len() + 420;

    #[test]
    fn frames_have_the_times_of_their_first_and_last_bytes() {
        let at = |ms: u64| Moment::from_micros(ms * 1_000);
        let mut units = JpegUnits::new();
        let mut maker = FrameMaker::new(ArrivalClock::new(at(0), 0, 3_000));
        let (mut found, mut events) = (Vec::new(), Vec::new());
        let pieces: [(u64, &[u8]); 4] = [
            (1, &PICTURE[..9]),
            (2, &[&PICTURE[9..], &PICTURE[..5]].concat()),
            (30, &PICTURE[5..]),
            (70, PICTURE),
        ];
        for (ms, piece) in pieces {
            units.push(piece, at(ms), &mut found);
            maker.take(found.drain(..), at(ms), &mut events);
        }
        let frames: Vec<_> = events
            .iter()
            .map(|event| match event {
                StreamEvent::Frame(frame, FrameBoundary::EndOfImage) => frame,
                other => panic!("{other:?}"),
            })
            .collect();
        let times: Vec<_> = frames.iter().map(|frame| (frame.received_at, frame.ready_at)).collect();
        assert_eq!(times, [(at(1), at(2)), (at(2), at(30)), (at(70), at(70))]);
        for frame in &frames {
            assert_eq!(frame.config.size(), Some((32, 16)));
            assert_eq!(frame.payload.len(), WITH_TABLES);
            assert_eq!(frame.payload[2..6], [0xff, 0xc4, 0x01, 0xa2], "the usual tables");
        }
        assert!(frames.windows(2).all(|pair| pair[0].dts.ticks < pair[1].dts.ticks));
        assert_eq!((maker.stats().frames, units.stats().bytes), (3, 90));
    }

    #[test]
    fn motion_jpeg_is_told_by_its_second_picture_or_its_type() {
        let two = [PICTURE, PICTURE].concat();
        let sps = [0, 0, 0, 1, 0x67, 100, 0, 31];
        let then_video = [PICTURE, &sps, &[1; 1_100]].concat();
        let padding = [PICTURE, &[0; 3_000]].concat();
        let joined = [&[0x17; 5_000], PICTURE, PICTURE].concat();
        let behind = |text: &str| [text.as_bytes(), &PICTURE[..3]].concat();
        let long = format!("--x\r\nX-Padding: {}\r\n\r\n", "x".repeat(9_000));
        let table: [(&str, &[u8], Option<bool>); 29] = [
            ("nothing", b"", None),
            ("one byte", &two[..1], None),
            ("half a picture", &two[..20], None),
            ("one picture", PICTURE, None),
            ("one and a begin", &two[..PICTURE.len() + 2], None),
            ("one and more of a begin", &two[..PICTURE.len() + 3], Some(true)),
            ("two", &two, Some(true)),
            ("one and then video", &then_video, Some(false)),
            ("one and not enough to tell", &then_video[..PICTURE.len() + 3], None),
            ("one and padding", &padding, None),
            ("another behind padding", &[&padding, PICTURE].concat(), Some(true)),
            ("one alone", &[PICTURE, &[7; 1_100_000]].concat(), Some(false)),
            (
                "no picture, then video",
                &[&PICTURE[..2], &[0xff, 0xe0, 0, 3, 1, 1], &sps].concat(),
                Some(false),
            ),
            ("cut off by the next", &[&PICTURE[..26], PICTURE].concat(), Some(true)),
            ("joined within a picture", &joined, Some(true)),
            ("joined, before the first begins", &joined[..5_000], None),
            ("a part", &behind("--ffmpeg\r\nContent-type: image/jpeg\r\n\r\n"), Some(true)),
            ("a part, no type", &behind("--ffmpeg\r\n\r\n"), Some(true)),
            ("a part, before its picture", b"--ffmpeg\r\nContent-type: image/jpeg\r\n\r\n\xff\xd8", None),
            ("a line break first", &behind("\r\n--1\r\nContent-Type: image/jpg\r\n\r\n"), Some(true)),
            ("no dashes", &behind("frame\r\n\r\n"), Some(true)),
            ("an HTTP response", &behind("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n--x\r\n\r\n"), Some(true)),
            ("long headers", &behind(&long), Some(true)),
            ("text and no end", &[b'-'; 20_000], Some(false)),
            ("stray bytes, then a part", &[b"\0\0\x93--x\r\n\r\n", PICTURE, PICTURE].concat(), Some(true)),
            ("H.264", &sps, Some(false)),
            ("H.264 without SPS", &[0, 0, 1, 0x41, 9, 9, 9].repeat(8), Some(false)),
            (
                "a start code by chance",
                &[&[7, 0, 0, 1, 0xf1, 9, 9, 9][..], &[0, 0, 1, 0x41, 9, 9, 9].repeat(9)].concat(),
                None,
            ),
            ("foreign bytes behind SOI", &[&PICTURE[..2], &[0], &PICTURE[2..], PICTURE].concat(), Some(true)),
        ];
        for (name, head, expected) in table {
            assert_eq!(is_motion_jpeg(head), expected, "{name}");
        }
    }
}
