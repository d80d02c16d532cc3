//! What it films: the test pattern, really encoded, or noise in the form of H.264.

use std::{
    io::Read,
    os::unix::net::UnixStream,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lenscast::encode::{EncoderSettings, H264Encoder};
use lenscast_media::{
    picture::{RawPicture, Size},
    pixels::Matrix,
    test_pattern::TestPattern,
    time::Moment,
};

use super::{codec::Codec, fail, noise::Noise, options::Options, script::Script, sps};

/// A test that does not answer has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The frames, one after the other.
pub struct Frames {
    film: Film,
    lockstep: Option<UnixStream>,
}

enum Film {
    Coded(Box<Coded>),
    /// And what its rows are padded to.
    Raw(Box<TestPattern>, usize),
    Noise(Noise),
}

/// The test pattern in H.264.
struct Coded {
    encoder: H264Encoder,
    pattern: TestPattern,
    /// The matrix of its colours.
    matrix: Matrix,
    /// Whether the stream names it.
    is_named: bool,
}

impl Frames {
    pub fn new(options: &Options, script: &Script, codec: Codec) -> Self {
        let film = match (script.noise, codec) {
            (Some((count, seed)), _) => Film::Noise(Noise::new(count, seed)),
            (None, Codec::Yuv420) => {
                Film::Raw(Box::new(TestPattern::new(size(options))), script.row_padding())
            }
            (None, Codec::Hardware | Codec::Libav) => Film::Coded(Box::new(Coded::new(options, codec))),
        };
        let lockstep = script.lockstep.as_ref().map(|path| {
            let stream = UnixStream::connect(path).expect("the test listens");
            stream.set_read_timeout(Some(ANSWER_WITHIN)).expect("a socket");
            stream
        });
        Self { film, lockstep }
    }

    /// Frame `number`; `None` when there are no more.
    pub fn next(&mut self, number: u32) -> Option<Vec<u8>> {
        if let Some(stream) = self.lockstep.as_mut().filter(|_| number > 0) {
            stream.read_exact(&mut [0]).unwrap_or_else(|_| fail::fatal("the frame has not arrived"));
        }
        match &mut self.film {
            Film::Noise(noise) => noise.next(),
            Film::Raw(pattern, padding) => Some(raw(pattern.draw(u64::from(number), now(), now()), *padding)),
            Film::Coded(film) => Some(film.next(number)),
        }
    }
}

fn now() -> Moment {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_micros(now.as_micros() as u64)
}

impl Coded {
    fn new(options: &Options, codec: Codec) -> Self {
        let size = size(options);
        let settings = EncoderSettings {
            size,
            frames_per_second: options.number("framerate", 30.0) as f32,
            bitrate_bps: options.number("bitrate", 2e6) as u32,
            keyframe_interval_frames: options.number("intra", 60.0) as u32,
        };
        let encoder = H264Encoder::new(settings).expect("settings are right");
        let is_large = size.width() >= 1280 || size.height() >= 720;
        let matrix = if is_large { Matrix::Bt709 } else { Matrix::Bt601 };
        Self { encoder, pattern: TestPattern::new(size), matrix, is_named: codec == Codec::Libav }
    }

    fn next(&mut self, number: u32) -> Vec<u8> {
        let now = now();
        let picture = self.pattern.draw(u64::from(number), now, now);
        let coded = if self.matrix == Matrix::Bt709 {
            self.encoder.encode(&in_bt709(picture), now)
        } else {
            self.encoder.encode(picture, now)
        };
        let coded = coded.expect("it encodes").expect("no picture is left out");
        sps::described(&coded, self.is_named.then_some(self.matrix))
    }
}

/// A picture of BT.601 in BT.709, by factors that were worked out apart from the program's own.
fn in_bt709(picture: &RawPicture) -> RawPicture {
    let mut out = picture.clone();
    let width = picture.size().width() as usize;
    let (y, u, v) = out.planes_mut();
    let chroma: Vec<(f32, f32)> =
        u.iter().zip(&*v).map(|(u, v)| (f32::from(*u) - 128.0, f32::from(*v) - 128.0)).collect();
    for (at, luma) in y.iter_mut().enumerate() {
        let (blue, red) = chroma[at / width / 2 * (width / 2) + at % width / 2];
        *luma = (f32::from(*luma) - 0.118_19 * blue - 0.212_69 * red).round() as u8;
    }
    for ((u, v), (blue, red)) in u.iter_mut().zip(v).zip(&chroma) {
        *u = (128.0 + 1.018_64 * blue + 0.114_62 * red).round() as u8;
        *v = (128.0 + 0.075_05 * blue + 1.025_33 * red).round() as u8;
    }
    out
}

/// A picture as libcamera gives it for `--codec yuv420`: padded rows, colours of JPEG.
fn raw(picture: &RawPicture, padding: usize) -> Vec<u8> {
    let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
    let stride = width.next_multiple_of(padding);
    let mut out = Vec::with_capacity(stride * height * 3 / 2);
    let (y, u, v) = picture.planes();
    for (plane, width, stride, black, range) in [
        (y, width, stride, 16, 219),
        (u, width / 2, stride / 2, 128, 224),
        (v, width / 2, stride / 2, 128, 224),
    ] {
        let full = |value: u8| {
            let middle = if range == 219 { 0 } else { 128 };
            ((i32::from(value) - black) * 255 / range + middle).clamp(0, 255) as u8
        };
        for row in plane.chunks(width) {
            out.extend(row.iter().map(|value| full(*value)));
            out.resize(out.len() + stride - width, 0xaa);
        }
    }
    out
}

fn size(options: &Options) -> Size {
    let side = |name, otherwise| options.number(name, otherwise) as u32;
    let size = Size::new(side("width", 640.0), side("height", 480.0));
    size.unwrap_or_else(|_| fail::fatal("failed to valid stream configurations"))
}
