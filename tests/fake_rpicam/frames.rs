//! What it films: the test pattern, really encoded, or noise in the form of H.264.

use std::{
    io::Read,
    os::unix::net::UnixStream,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use lenscast::encode::{EncoderSettings, H264Encoder};
use lenscast_media::{
    picture::{RawPicture, Size},
    test_pattern::TestPattern,
    time::Moment,
};

use super::{fail, noise::Noise, options::Options, script::Script};

/// A test that does not answer has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The frames, one after the other.
pub struct Frames {
    film: Film,
    lockstep: Option<UnixStream>,
}

enum Film {
    Pattern(Box<(H264Encoder, TestPattern)>),
    Raw(Box<TestPattern>),
    Noise(Noise),
}

impl Frames {
    pub fn new(options: &Options, script: &Script) -> Self {
        let film = match script.noise {
            Some((count, seed)) => Film::Noise(Noise::new(count, seed)),
            None if options.value("codec") == Some("yuv420") => {
                Film::Raw(Box::new(TestPattern::new(size(options))))
            }
            None => Film::Pattern(Box::new(pattern(options))),
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
            Film::Raw(pattern) => Some(raw(pattern.draw(u64::from(number), now(), now()))),
            Film::Pattern(film) => {
                let now = now();
                let picture = film.1.draw(u64::from(number), now, now);
                let coded = film.0.encode(picture, now).expect("it encodes");
                Some(coded.expect("no picture is left out").to_vec())
            }
        }
    }
}

fn now() -> Moment {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::from_micros(now.as_micros() as u64)
}

/// A picture as libcamera gives it for `--codec yuv420`: rows padded to 64 bytes, colours of JPEG.
fn raw(picture: &RawPicture) -> Vec<u8> {
    let (width, height) = (picture.size().width() as usize, picture.size().height() as usize);
    let stride = width.next_multiple_of(64);
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

fn pattern(options: &Options) -> (H264Encoder, TestPattern) {
    let size = size(options);
    let settings = EncoderSettings {
        size,
        frames_per_second: options.number("framerate", 30.0) as f32,
        bitrate_bps: options.number("bitrate", 2e6) as u32,
        keyframe_interval_frames: options.number("intra", 60.0) as u32,
    };
    (H264Encoder::new(settings).expect("settings are right"), TestPattern::new(size))
}
