//! The whole way from bytes to frames: JPEG pictures one after another, bare or as multipart.

use super::{JpegFramer, JpegSplitter, splitter::JpegError};
use crate::{arrival_clock::ArrivalClock, frame::Frame, raw_video::Moments, time::Moment};

/// Turns bytes into frames, which get their times from their arrival.
#[derive(Debug)]
pub struct JpegStream {
    splitter: JpegSplitter,
    framer: JpegFramer,
    clock: ArrivalClock,
    /// When the first byte came of the picture that is not yet complete.
    pending_since: Moment,
}

impl JpegStream {
    /// A stream at its beginning, whose frames get their times from `clock`.
    #[must_use]
    pub fn new(clock: ArrivalClock) -> Self {
        Self {
            splitter: JpegSplitter::new(),
            framer: JpegFramer::default(),
            clock,
            pending_since: Moment::default(),
        }
    }

    /// Takes the next bytes, which came at `received_at`, and gives every frame they complete, and what is wrong with
    /// what is none. Tables that a picture has left out are put in; otherwise its bytes are as they came.
    pub fn push(
        &mut self,
        bytes: &[u8],
        received_at: Moment,
        mut found: impl FnMut(Result<Frame, JpegError>),
    ) {
        let Self { splitter, framer, clock, pending_since } = self;
        if !splitter.is_in_picture() {
            *pending_since = received_at;
        }
        splitter.push(bytes, |picture| {
            found(picture.map(|picture| {
                let size = (picture.width.into(), picture.height.into());
                let moments =
                    Moments { captured_at: None, received_at: *pending_since, ready_at: received_at };
                let stamp = clock.stamp(*pending_since);
                framer.frame(picture.into_bytes_with_tables(), size, stamp, moments)
            }));
            // The next begins in the same bytes.
            *pending_since = received_at;
        });
    }

    /// Bytes pushed so far.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.splitter.position()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture without tables, and how long it is with them.
    const PICTURE: &[u8] = &[
        0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 16, 0, 32, 1, 1, 0x11, 0, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0,
        1, 2, 3, 0xff, 0xd9,
    ];
    const WITH_TABLES: usize = PICTURE.len() + 420;

    #[test]
    fn frames_have_the_times_of_their_first_and_last_bytes() {
        let at = |ms: u64| Moment::from_micros(ms * 1_000);
        let mut stream = JpegStream::new(ArrivalClock::new(at(0), 0, 3_000));
        let mut frames = Vec::new();
        let pieces: [(u64, &[u8]); 4] = [
            (1, &PICTURE[..9]),
            (2, &[&PICTURE[9..], &PICTURE[..5]].concat()),
            (30, &PICTURE[5..]),
            (70, PICTURE),
        ];
        for (ms, piece) in pieces {
            stream.push(piece, at(ms), |frame| frames.push(frame.expect("a picture")));
        }
        let times: Vec<_> = frames.iter().map(|frame| (frame.received_at, frame.ready_at)).collect();
        assert_eq!(times, [(at(1), at(2)), (at(2), at(30)), (at(70), at(70))]);
        for frame in &frames {
            assert_eq!((frame.config.width, frame.config.height), (32, 16));
            assert_eq!(frame.payload.len(), WITH_TABLES);
            assert_eq!(frame.payload[2..6], [0xff, 0xc4, 0x01, 0xa2], "the usual tables");
        }
        assert!(frames.windows(2).all(|pair| pair[0].dts.ticks < pair[1].dts.ticks));
    }
}
