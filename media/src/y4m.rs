//! YUV4MPEG2: raw pictures behind a header that says their size, rate and format.
//!
//! ```text
//! YUV4MPEG2 W640 H480 F25:1 Ip A1:1 C420jpeg\n    FRAME\n Y U V   FRAME\n Y U V   …
//! └─ header, again where another stream begins ┘   └── a picture ─┘
//! ```
//! After the manual page yuv4mpeg(5) of the mjpegtools. Pictures of 8 bits are read: 4:2:0, 4:2:2, and grey ones. Where
//! chroma stands between luma (`420jpeg`, `420mpeg2`, `420paldv`) makes no difference here. What comes out does not depend on
//! how the input was cut.

use crate::{
    picture::{Size, SizeError},
    pixels::{Colours, Layout, PixelFormat},
    time::Moment,
};

/// How every stream begins.
pub const MAGIC: &[u8] = b"YUV4MPEG2";
/// How every picture begins.
const FRAME: &[u8] = b"FRAME";
/// Longest line.
const MOST_LINE_BYTES: usize = 1024;
/// Duration of a picture where the header says none: 1/25 s in 90 kHz ticks.
const PERIOD_90K: u64 = 3_600;
/// Durations that are believed: from 1/240 s to 100 s.
const PERIODS_90K: std::ops::RangeInclusive<u64> = 375..=9_000_000;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Where the pixels of a picture are among its bytes.
    pub layout: Layout,
    /// What its colours mean.
    pub colours: Colours,
    /// Duration of a picture in ticks of 90 kHz.
    pub period_90k: u32,
}

/// A picture, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What the header before it says.
    pub header: Header,
    /// Its bytes, as many as the layout has.
    pub bytes: Vec<u8>,
    /// When its first byte came.
    pub received_at: Moment,
}

/// Why bytes are not YUV4MPEG2 that is read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Y4mError {
    /// No header at the beginning.
    #[error("YUV4MPEG2 does not begin with its header")]
    NoHeader,
    /// Neither a picture nor a header.
    #[error("picture {number} of YUV4MPEG2 does not begin with FRAME")]
    NoFrame {
        /// Number of the picture, from 1 on.
        number: u64,
    },
    /// No width or height.
    #[error("the header of YUV4MPEG2 says no size")]
    NoSize,
    /// A size that is not read.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// A format that is not read.
    #[error("YUV4MPEG2 in {0} is not read: use 8 bits in 4:2:0 (ffmpeg: -pix_fmt yuv420p)")]
    Format(String),
}

/// Cuts YUV4MPEG2 into pictures.
#[derive(Debug, Default)]
pub struct Splitter {
    header: Option<Header>,
    state: State,
    /// When the first byte of the present picture came.
    received_at: Option<Moment>,
    pictures: u64,
}

#[derive(Debug)]
enum State {
    /// In a line, of which this has come.
    Line(Vec<u8>),
    /// In a picture, of which this has come.
    Picture(Vec<u8>),
}

impl Default for State {
    fn default() -> Self {
        Self::Line(Vec::new())
    }
}

impl Splitter {
    /// Whether nothing is held of a picture that has not come whole.
    #[must_use]
    pub fn is_between_pictures(&self) -> bool {
        matches!(&self.state, State::Line(line) if line.is_empty())
    }

    /// Pushes bytes that came at `now`; whole pictures are appended to `pictures`.
    ///
    /// # Errors
    /// When the bytes cannot be read as YUV4MPEG2. Nothing can be read behind them.
    pub fn push(
        &mut self,
        mut bytes: &[u8],
        now: Moment,
        pictures: &mut Vec<Picture>,
    ) -> Result<(), Y4mError> {
        while !bytes.is_empty() {
            self.received_at.get_or_insert(now);
            bytes = match &mut self.state {
                State::Line(line) => {
                    let end = bytes.iter().position(|byte| *byte == b'\n');
                    let (part, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
                    line.extend_from_slice(part);
                    let line = std::mem::take(line);
                    self.line(line, end.is_some())?;
                    rest
                }
                State::Picture(held) => {
                    let Some(header) = self.header else { return Err(Y4mError::NoHeader) };
                    let (part, rest) = bytes.split_at(bytes.len().min(header.layout.bytes() - held.len()));
                    held.extend_from_slice(part);
                    if held.len() == header.layout.bytes() {
                        let received_at = self.received_at.take().unwrap_or(now);
                        pictures.push(Picture { header, bytes: std::mem::take(held), received_at });
                        self.pictures += 1;
                        self.state = State::default();
                    }
                    rest
                }
            };
        }
        Ok(())
    }

    /// Looks at a line or, if it is not whole, at its beginning.
    fn line(&mut self, line: Vec<u8>, is_whole: bool) -> Result<(), Y4mError> {
        let begins = |magic: &[u8]| {
            let common = line.len().min(magic.len());
            line[..common] == magic[..common]
        };
        let is_frame = begins(FRAME) && self.header.is_some();
        if line.len() > MOST_LINE_BYTES || !(is_frame || begins(MAGIC)) {
            return Err(match self.header {
                None => Y4mError::NoHeader,
                Some(_) => Y4mError::NoFrame { number: self.pictures + 1 },
            });
        }
        self.state = if !is_whole {
            State::Line(line)
        } else if is_frame {
            let length = self.header.map_or(0, |header| header.layout.bytes());
            State::Picture(Vec::with_capacity(length))
        } else {
            self.header = Some(header(&line)?);
            self.received_at = None;
            State::default()
        };
        Ok(())
    }
}

/// What a header line says.
fn header(line: &[u8]) -> Result<Header, Y4mError> {
    let text = String::from_utf8_lossy(line);
    let (mut width, mut height, mut format) = (None, None, PixelFormat::Yuv420p);
    let (mut period_90k, mut is_full_range) = (PERIOD_90K, false);
    for word in text.split_ascii_whitespace().skip(1) {
        let (tag, value) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        match tag {
            "W" => width = value.parse().ok(),
            "H" => height = value.parse().ok(),
            "F" => period_90k = period(value).unwrap_or(PERIOD_90K),
            "C" => format = pixel_format(value)?,
            "X" => is_full_range |= value == "COLORRANGE=FULL",
            // Interlacing, the shape of pixels, and what others have added.
            _ => {}
        }
    }
    let size = width.zip(height).ok_or(Y4mError::NoSize)?;
    let period_90k = period_90k.clamp(*PERIODS_90K.start(), *PERIODS_90K.end());
    Ok(Header {
        layout: Layout::packed(format, Size::new(size.0, size.1)?),
        colours: Colours { is_full_range, ..Colours::default() },
        // Not more than 9,000,000.
        period_90k: period_90k as u32,
    })
}

/// Ticks of a picture by its rate as a fraction, `30000:1001`.
fn period(value: &str) -> Option<u64> {
    let (pictures, seconds) = value.split_once(':')?;
    let (pictures, seconds): (u32, u32) = (pictures.parse().ok()?, seconds.parse().ok()?);
    (seconds > 0).then_some(())?;
    (u64::from(seconds) * 90_000).checked_div(pictures.into())
}

fn pixel_format(value: &str) -> Result<PixelFormat, Y4mError> {
    match value {
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Ok(PixelFormat::Yuv420p),
        "422" => Ok(PixelFormat::Yuv422p),
        "mono" => Ok(PixelFormat::Gray),
        other => Err(Y4mError::Format(format!("C{other}").chars().take(20).collect())),
    }
}
