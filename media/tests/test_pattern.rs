//! The test pattern: any size, no traces of the frame before, little that changes.

use lenscast_media::{
    picture::{RawPicture, Size},
    test_pattern::{TestPattern, read_frame_clock},
    time::Moment,
};

const BEGIN: Moment = Moment::from_micros(1_795_180_454_789_100);
const FRAME_MICROS: u64 = 33_333;

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("an allowed size")
}

fn draw(pattern: &mut TestPattern, number: u64) -> &RawPicture {
    let at = BEGIN.plus_micros(number * FRAME_MICROS);
    pattern.draw(number, at, at)
}

#[test]
fn every_size_is_drawn_in_legal_values() {
    let table = [
        (160, 120),
        (320, 180),
        (640, 480),
        (1280, 720),
        (1920, 1080),
        (3840, 2160),
        (1080, 1920),
        (402, 226),
        (16, 16),
        (16, 4096),
        (4096, 16),
        (90, 46),
    ];
    for (width, height) in table {
        let mut pattern = TestPattern::new(size(width, height));
        let picture = draw(&mut pattern, 12_345_678_901);
        let (y, u, v) = picture.planes();
        assert!(y.iter().all(|luma| (16..=235).contains(luma)), "{width}x{height}");
        assert!(u.iter().chain(v).all(|chroma| (16..=240).contains(chroma)), "{width}x{height}");
    }
}

#[test]
fn a_frame_looks_the_same_whatever_was_drawn_before() {
    for (width, height) in [(1280, 720), (160, 120), (642, 366), (1920, 120), (360, 640), (24, 18)] {
        let mut pattern = TestPattern::new(size(width, height));
        for number in [0, 1, 2, 59, 60, 61, 100_000, 99_999_999, 100_000_000, 7] {
            let mut fresh = TestPattern::new(size(width, height));
            let same = draw(&mut pattern, number) == draw(&mut fresh, number);
            assert!(same, "{width}x{height}, frame {number}");
        }
    }
}

#[test]
fn little_changes_from_frame_to_frame() {
    let mut pattern = TestPattern::new(size(1280, 720));
    let mut before = draw(&mut pattern, 0).clone();
    for number in 1..90 {
        let now = draw(&mut pattern, number);
        let pairs = now.planes().0.iter().zip(before.planes().0);
        let changed = pairs.filter(|(now, before)| now != before).count();
        assert!(changed < 1280 * 720 * 8 / 100, "frame {number}: {changed} pixels");
        before = now.clone();
    }
}

#[test]
fn the_frame_clock_says_what_was_drawn() {
    for (width, height) in [(160, 120), (1280, 720), (720, 1280)] {
        let mut pattern = TestPattern::new(size(width, height));
        for number in [0, 1, 30, u64::from(u32::MAX)] {
            let at = BEGIN.plus_micros(number * FRAME_MICROS);
            let clock = read_frame_clock(draw(&mut pattern, number)).expect("a frame clock");
            assert_eq!(u64::from(clock.number), number);
            assert_eq!(clock.captured_at(at).as_micros(), at.as_micros() / 100 * 100);
        }
    }
}
