//! JPEG pictures out of an input: one after another, bare or as multipart, each with the time it came at.

use super::event::{FrameBoundary, StreamStats, UnitEvent};
use crate::{
    jpeg::{JpegPicture, JpegSplitter},
    time::Moment,
};

/// Bytes behind a picture in which another must begin, if the whole is to be motion JPEG.
const MAX_BETWEEN_BYTES: usize = 1 << 10;
/// A first picture larger than this is not waited for.
const MAX_FIRST_BYTES: usize = 2 << 20;
/// What a boundary of multipart begins with.
const BOUNDARY: &[u8] = b"--";
/// Bytes of multipart headers in which the type must stand.
const MAX_HEADER_BYTES: usize = 512;

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
            found.push(match picture {
                Ok(picture) => UnitEvent::Picture(picture, *pending_since, FrameBoundary::EndOfImage),
                Err(error) => UnitEvent::Trouble(error.into()),
            });
            // The next begins in the same bytes.
            *pending_since = received_at;
        });
    }

    /// Counters of bytes since the beginning.
    pub(super) fn stats(&self) -> StreamStats {
        StreamStats { bytes: self.splitter.position(), ..StreamStats::default() }
    }
}

/// Whether `head`, the first bytes of an input, is motion JPEG; `None` while more must come to tell. One picture alone is
/// not: video may follow.
pub(super) fn is_motion_jpeg(head: &[u8]) -> Option<bool> {
    if begins_alike(head, BOUNDARY) {
        let header = &head[..head.len().min(MAX_HEADER_BYTES)];
        let said = memchr::memmem::find(&header.to_ascii_lowercase(), b"image/jpeg").is_some();
        return (said || header.len() == MAX_HEADER_BYTES).then_some(said);
    }
    if !begins_alike(head, &[0xff, 0xd8, 0xff]) {
        return Some(false);
    }
    let (mut splitter, mut whole, mut behind) = (JpegSplitter::new(), 0, head.len());
    let mut damaged = false;
    splitter.push(head, |picture| match picture {
        Ok(JpegPicture { bytes, .. }) => {
            whole += 1;
            behind -= bytes.len();
        }
        Err(_) => damaged = true,
    });
    match whole {
        0 if damaged => Some(false),
        0 => (head.len() > MAX_FIRST_BYTES).then_some(true),
        1 if splitter.is_in_picture() => Some(true),
        1 => (behind > MAX_BETWEEN_BYTES).then_some(false),
        _ => Some(true),
    }
}

/// Whether one begins with the other, as far as there are bytes.
fn begins_alike(head: &[u8], sign: &[u8]) -> bool {
    head.iter().zip(sign).all(|(byte, sign)| byte == sign)
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
        let then_video = [PICTURE, &[0, 0, 0, 1, 0x67], &[1; 1_100]].concat();
        let table: [(&str, &[u8], Option<bool>); 13] = [
            ("nothing", b"", None),
            ("one byte", &two[..1], None),
            ("half a picture", &two[..20], None),
            ("one picture", PICTURE, None),
            ("one and a begin", &two[..PICTURE.len() + 2], None),
            ("one and more of a begin", &two[..PICTURE.len() + 3], Some(true)),
            ("two", &two, Some(true)),
            ("one and then video", &then_video, Some(false)),
            ("one and not enough to tell", &then_video[..200], None),
            ("damaged", &[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 1], Some(false)),
            ("multipart", b"--ffmpeg\r\nContent-type: image/jpeg\r\n", Some(true)),
            ("not yet said", b"--ffmpeg\r\nContent-type: ima", None),
            ("H.264", &[0, 0, 0, 1, 0x67], Some(false)),
        ];
        for (name, head, expected) in table {
            assert_eq!(is_motion_jpeg(head), expected, "{name}");
        }
        assert_eq!(is_motion_jpeg(&[b'-'; 600]), Some(false), "text");
    }
}
