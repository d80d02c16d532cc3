//! What our encoder of intra pictures makes is what ffmpeg decodes: without a complaint, and like the picture that went in.

use lenscast_media::{
    mpeg1::{frame_rate::FrameRate, intra::IntraEncoder},
    picture::{RawPicture, Size},
    test_pattern::TestPattern,
    time::Moment,
};

use crate::support::ffmpeg::judged;

const DECODE: [&str; 11] =
    ["-f", "mpegvideo", "-i", "-", "-f", "rawvideo", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-"];

/// Numbers that look like chance.
fn noise() -> impl FnMut() -> u8 {
    let mut state = 1u32;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    }
}

/// Decibels between two pictures' samples.
fn likeness(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len(), "as many samples");
    let square = |(one, other): (&u8, &u8)| (f64::from(*one) - f64::from(*other)).powi(2);
    let error = one.iter().zip(other).map(square).sum::<f64>() / one.len() as f64;
    10.0 * (255.0 * 255.0 / error.max(1e-9)).log10()
}

fn picture(size: Size, mut sample: impl FnMut(usize) -> u8) -> RawPicture {
    let planes = (0..size.picture_bytes()).map(&mut sample).collect();
    RawPicture::from_planes(size, planes).expect("as many as needed")
}

#[test]
fn every_kind_of_picture_at_every_size() {
    // Not of whole macroblocks, of more rows than slices have numbers, and usual ones.
    for text in ["16x16", "18x34", "320x240", "32x2896"] {
        let size: Size = text.parse().expect("a size");
        let mut random = noise();
        let mut pattern = TestPattern::new(size);
        let moment = Moment::from_micros(1_234_567);
        let drawn = pattern.draw(7, moment, moment).clone();
        // Name, picture, least likeness in decibels at the coarsest and the finest scale.
        let pictures = [
            ("black", RawPicture::black(size), 100.0, 100.0),
            ("the test pattern", drawn, 24.0, 43.0),
            ("a ramp", picture(size, |at| (at % size.width() as usize) as u8), 32.0, 47.0),
            ("hard edges", picture(size, |at| if at / 3 % 2 == 0 { 0 } else { 255 }), 20.0, 40.0),
            ("noise", picture(size, |_| random()), 15.0, 37.0),
        ];
        for (name, picture, coarse, fine) in pictures {
            // Next to nothing to spend, and more than enough.
            for (bits_per_second, least) in [(1, coarse), (100_000_000, fine)] {
                let mut encoder = IntraEncoder::new(size, FrameRate::nearest(25.0), bits_per_second);
                let coded: Vec<_> = (0..3).map(|_| encoder.encode(&picture).expect("not too long")).collect();
                let stream: Vec<u8> = coded.iter().flat_map(|picture| picture.bytes.to_vec()).collect();
                let decoded = judged("ffmpeg", &DECODE, &stream);
                let pictures: Vec<&[u8]> = decoded.chunks(size.picture_bytes()).collect();
                assert_eq!(pictures.len(), 3, "{text}, {name}");
                let met = likeness(picture.as_bytes(), pictures[2]);
                assert!(met >= least, "{text}, {name}, {bits_per_second} bit/s: {met:.1} dB, not {least}");
            }
        }
    }
}
