//! The splitter: bytes of an MPEG-1 video elementary stream to pictures.
//!
//! ```text
//! B3 … B8 … 00 … 01 … 02 …│00 … 01 …│B3 …
//! └──────── one ──────────┘└─ one ──┘          a picture, with the headers in front of it
//! ```
//! A picture ends where the next, or its headers, begin, so it is known a whole picture too late. A caller that knows better
//! calls [`Splitter::complete`]; what comes then must begin with a start code that can follow a picture, else the
//! picture went on and an error says so.
//!
//! What comes out does not depend on how the stream was cut.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;

use super::{
    MAX_PICTURE_BYTES,
    header::{HeaderError, PICTURE_HEADER_BYTES, PictureCoding, SEQUENCE_HEADER_BYTES, SequenceHeader},
    start_code::{EXTENSION, FIRST_SLICE, GROUP, LAST_SLICE, PICTURE, SEQUENCE, USER},
};

const PREFIX: [u8; 3] = [0, 0, 1];
const START_CODE_BYTES: usize = 4;

/// A coded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// It and the headers in front of it, with their start codes.
    pub bytes: Bytes,
    /// How it is coded.
    pub coding: PictureCoding,
    /// The sequence header, if one stands in front of it.
    pub sequence: Option<SequenceHeader>,
}

/// What is wrong with a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// A header cannot be read; the picture is left out.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A picture is longer than the players can hold; it is left out.
    #[error(
        "a picture of more than {} KiB, which is all that the players of MPEG-1 hold: set a lower bit rate or a smaller size",
        MAX_PICTURE_BYTES >> 10
    )]
    TooLong,
    /// A picture that was said to be complete went on; it was given without its end.
    #[error("a picture went on after its end")]
    WentOn,
}

/// Splits a stream.
#[derive(Debug)]
pub struct Splitter {
    buffer: BytesMut,
    /// Bytes of `buffer` in which no further start code begins.
    scanned: usize,
    place: Place,
}

/// What the bytes of the buffer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nothing of use; a start code is sought with which a picture or its headers begin.
    Seeking {
        /// The picture before was said to be complete: nothing but zeros may come.
        after_complete: bool,
    },
    /// A picture or its headers, from their first start code on.
    InPicture {
        /// Where its own start code stands, once it has come.
        picture: Option<usize>,
        /// Where the newest sequence header stands.
        sequence: Option<usize>,
    },
}

const SEEKING: Place = Place::Seeking { after_complete: false };

impl Default for Splitter {
    fn default() -> Self {
        Self { buffer: BytesMut::new(), scanned: 0, place: SEEKING }
    }
}

impl Splitter {
    /// A splitter at the beginning of a stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes of the picture that is not complete yet.
    #[must_use]
    pub fn pending_bytes(&self) -> usize {
        match self.place {
            Place::Seeking { .. } => 0,
            Place::InPicture { .. } => self.buffer.len(),
        }
    }

    /// Takes the next bytes of the stream and gives the pictures that they end.
    pub fn push(&mut self, bytes: &[u8], mut give: impl FnMut(Result<Picture, SplitError>)) {
        // In pieces, so that what waits is bounded, however much comes at once.
        for piece in bytes.chunks(MAX_PICTURE_BYTES) {
            self.buffer.extend_from_slice(piece);
            self.split(&mut give);
        }
    }

    /// What was pushed ends a picture: gives it.
    pub fn complete(&mut self) -> Option<Result<Picture, SplitError>> {
        let Place::InPicture { picture: Some(picture), sequence } = self.place else { return None };
        let bytes = self.buffer.split().freeze();
        self.scanned = 0;
        self.place = Place::Seeking { after_complete: true };
        Some(whole(bytes, picture, sequence))
    }

    fn split(&mut self, give: &mut impl FnMut(Result<Picture, SplitError>)) {
        while let Some(found) = memmem::find(&self.buffer[self.scanned..], &PREFIX) {
            let at = self.scanned + found;
            // The last byte of a start code may still have to come.
            let Some(&code) = self.buffer.get(at + PREFIX.len()) else {
                self.scanned = at;
                return self.let_go(give);
            };
            self.scanned = at;
            self.let_go(give);
            self.start_code(self.scanned, code, give);
        }
        self.scanned = self.scanned.max(self.buffer.len().saturating_sub(PREFIX.len() - 1));
        self.let_go(give);
    }

    /// Lets go of bytes before `scanned` that cannot become a picture.
    fn let_go(&mut self, give: &mut impl FnMut(Result<Picture, SplitError>)) {
        match self.place {
            Place::InPicture { .. } if self.scanned <= MAX_PICTURE_BYTES => return,
            Place::InPicture { .. } => {
                give(Err(SplitError::TooLong));
                self.place = SEEKING;
            }
            Place::Seeking { after_complete } => {
                if after_complete && self.buffer[..self.scanned].iter().any(|byte| *byte != 0) {
                    give(Err(SplitError::WentOn));
                    self.place = SEEKING;
                }
            }
        }
        self.buffer.advance(self.scanned);
        self.scanned = 0;
    }

    /// A start code stands `at` that place of the buffer.
    fn start_code(&mut self, at: usize, code: u8, give: &mut impl FnMut(Result<Picture, SplitError>)) {
        self.scanned = at + START_CODE_BYTES;
        let belongs = matches!(code, FIRST_SLICE..=LAST_SLICE | USER | EXTENSION);
        match &mut self.place {
            Place::InPicture { .. } if belongs => {}
            Place::InPicture { picture: picture @ None, .. } if code == PICTURE => *picture = Some(at),
            Place::InPicture { picture: None, sequence } if code == SEQUENCE => *sequence = Some(at),
            Place::InPicture { picture: None, .. } if code == GROUP => {}
            Place::InPicture { picture, sequence } => {
                let bytes = self.buffer.split_to(at).freeze();
                if let Some(picture) = *picture {
                    give(whole(bytes, picture, *sequence));
                }
                self.begin(code);
            }
            Place::Seeking { after_complete } => {
                if *after_complete && belongs {
                    give(Err(SplitError::WentOn));
                }
                self.begin(code);
            }
        }
    }

    /// The buffer begins with a start code, which follows no picture.
    fn begin(&mut self, code: u8) {
        self.scanned = START_CODE_BYTES;
        self.place = match code {
            PICTURE => Place::InPicture { picture: Some(0), sequence: None },
            SEQUENCE => Place::InPicture { picture: None, sequence: Some(0) },
            GROUP => Place::InPicture { picture: None, sequence: None },
            _ => SEEKING,
        };
    }
}

/// A picture whose start code stands in `bytes` at `picture`, and that of its sequence header at `sequence`.
fn whole(bytes: Bytes, picture: usize, sequence: Option<usize>) -> Result<Picture, SplitError> {
    let behind = |at: usize, length: usize| {
        let from = at + START_CODE_BYTES;
        &bytes[from.min(bytes.len())..(from + length).min(bytes.len())]
    };
    let coding = PictureCoding::parse(behind(picture, PICTURE_HEADER_BYTES))?;
    let sequence = sequence.map(|at| SequenceHeader::parse(behind(at, SEQUENCE_HEADER_BYTES)));
    let sequence = sequence.transpose()?;
    Ok(Picture { bytes, coding, sequence })
}
