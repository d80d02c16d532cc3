//! The frame clock survives what happens to pictures, and is not seen where there is none.

use lenscast_media::{
    picture::{RawPicture, Size},
    test_pattern::{FrameClock, TestPattern, draw_frame_clock, read_frame_clock, read_frame_clock_luma},
    time::Moment,
};

/// A small generator of pseudo-random numbers (xorshift64), so that every run tests the same.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 16) % limit
    }

    fn clock(&mut self) -> FrameClock {
        FrameClock { number: (self.next() >> 32) as u32, ticks: (self.next() >> 32) as u32 }
    }

    fn even(&mut self, from: u32, to: u32) -> u32 {
        from + 2 * self.below(u64::from((to - from) / 2 + 1)) as u32
    }
}

fn size(width: u32, height: u32) -> Size {
    Size::new(width, height).expect("an allowed size")
}

fn picture(size: Size, clock: FrameClock) -> RawPicture {
    let mut picture = RawPicture::black(size);
    draw_frame_clock(&mut picture, clock);
    picture
}

fn changed(mut picture: RawPicture, mut change: impl FnMut(u8) -> i32) -> RawPicture {
    picture.planes_mut().0.iter_mut().for_each(|luma| *luma = change(*luma).clamp(0, 255) as u8);
    picture
}

/// Scales to `to` by averaging what lies below each pixel, or by repeating it.
fn scaled(picture: &RawPicture, to: Size) -> RawPicture {
    let from = picture.size();
    let mut out = RawPicture::black(to);
    let (source, target) = (picture.planes().0, out.planes_mut().0);
    let span = |at: u32, to: u32, from: u32| {
        let first = (u64::from(at) * u64::from(from) / u64::from(to)) as usize;
        let last = (u64::from(at + 1) * u64::from(from)).div_ceil(u64::from(to)) as usize;
        first..last.max(first + 1)
    };
    for y in 0..to.height() {
        for x in 0..to.width() {
            let (lines, columns) = (span(y, to.height(), from.height()), span(x, to.width(), from.width()));
            let count = (lines.len() * columns.len()) as u32;
            let pixels = lines.flat_map(|line| &source[line * from.width() as usize..][columns.clone()]);
            target[(y * to.width() + x) as usize] =
                (pixels.map(|&luma| u32::from(luma)).sum::<u32>() / count) as u8;
        }
    }
    out
}

#[test]
fn what_is_read_is_what_was_drawn_at_any_size() {
    let mut random = Random(1);
    let corners = [(80, 46), (160, 120), (3840, 2160), (4096, 4096), (80, 4096), (4096, 46)];
    let others: Vec<_> = (0..300).map(|_| (random.even(80, 2200), random.even(46, 1400))).collect();
    for (width, height) in corners.into_iter().chain(others) {
        let clock = random.clock();
        assert_eq!(read_frame_clock(&picture(size(width, height), clock)), Some(clock), "{width}x{height}");
    }
}

#[test]
fn the_extremes_are_read_too() {
    for number in [0, 1, u32::MAX] {
        for ticks in [0, 1, u32::MAX] {
            let clock = FrameClock { number, ticks };
            assert_eq!(read_frame_clock(&picture(size(160, 120), clock)), Some(clock));
        }
    }
}

#[test]
fn noise_of_40_does_not_hide_it() {
    let mut random = Random(2);
    for (width, height) in [(160, 120), (320, 180), (640, 480), (1280, 720)] {
        for _ in 0..20 {
            let clock = random.clock();
            let noisy = changed(picture(size(width, height), clock), |luma| {
                i32::from(luma) + random.below(81) as i32 - 40
            });
            assert_eq!(read_frame_clock(&noisy), Some(clock), "{width}x{height}");
        }
    }
}

#[test]
fn scaled_to_320_and_back_it_is_still_there() {
    let mut random = Random(3);
    for (width, height) in
        [(640_u32, 360_u32), (640, 480), (1280, 720), (1920, 1080), (3840, 2160), (854, 480), (720, 1280)]
    {
        let clock = random.clock();
        let small_height = (height * 320 / width).next_multiple_of(2);
        let small = scaled(&picture(size(width, height), clock), size(320, small_height));
        assert_eq!(read_frame_clock(&small), Some(clock), "{width}x{height} small");
        let back = scaled(&small, size(width, height));
        assert_eq!(read_frame_clock(&back), Some(clock), "{width}x{height} and back");
    }
}

#[test]
fn range_and_contrast_do_not_matter() {
    type Change = fn(u8) -> i32;
    let table: [(&str, Change); 4] = [
        ("limited to full", |luma| (i32::from(luma) - 16) * 255 / 219),
        ("limited twice", |luma| 16 + i32::from(luma) * 219 / 255),
        ("dim", |luma| 10 + i32::from(luma) * 2 / 5),
        ("bright", |luma| 60 + i32::from(luma)),
    ];
    let clock = Random(4).clock();
    for (name, change) in table {
        assert_eq!(read_frame_clock(&changed(picture(size(640, 480), clock), change)), Some(clock), "{name}");
    }
}

#[test]
fn a_plane_may_have_padding() {
    let clock = Random(5).clock();
    let picture = picture(size(320, 180), clock);
    let padded: Vec<u8> =
        picture.planes().0.chunks(320).flat_map(|line| [line, &[99; 32]].concat()).collect();
    assert_eq!(read_frame_clock_luma(&padded, 352, 320, 180), Some(clock));
    assert_eq!(read_frame_clock_luma(&padded[..352 * 8], 352, 320, 180), None, "cut off");
    assert_eq!(read_frame_clock_luma(&padded, 300, 320, 180), None, "stride below width");
}

#[test]
fn one_wrong_cell_is_noticed() {
    let clean = picture(size(160, 90), Random(6).clock());
    for row in 0..2 {
        for column in 0..40 {
            let mut damaged = clean.clone();
            for line in row * 4..row * 4 + 4 {
                damaged.planes_mut().0[line * 160 + column * 4..][..4]
                    .iter_mut()
                    .for_each(|luma| *luma = 251 - *luma);
            }
            assert_eq!(read_frame_clock(&damaged), None, "row {row}, column {column}");
        }
    }
}

#[test]
fn where_there_is_none_none_is_read() {
    let mut random = Random(7);
    assert_eq!(read_frame_clock(&RawPicture::black(size(1280, 720))), None, "black");
    let grey = changed(RawPicture::black(size(1280, 720)), |_| 128);
    assert_eq!(read_frame_clock(&grey), None, "grey");
    for _ in 0..200 {
        let noise = changed(RawPicture::black(size(160, 120)), |_| random.below(256) as i32);
        assert_eq!(read_frame_clock(&noise), None, "noise");
    }
    let mut pattern = TestPattern::new(size(1280, 720));
    let mut bars = pattern.draw(1, Moment::default(), Moment::default()).clone();
    bars.planes_mut().0.copy_within(1280 * 470..1280 * 620, 0);
    assert_eq!(read_frame_clock(&bars), None, "colour bars");
    bars.planes_mut().0.copy_within(1280 * 184..1280 * 304, 0);
    assert_eq!(read_frame_clock(&bars), None, "letters");
}

#[test]
fn random_cells_pass_the_check_as_rarely_as_16_bits_promise() {
    let mut random = Random(8);
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut picture = RawPicture::black(size(80, 46));
        for y in 0..2 {
            let line: Vec<u8> = (0..40).flat_map(|_| [16 + 219 * random.below(2) as u8; 2]).collect();
            picture.planes_mut().0[y * 160..][..80].copy_from_slice(&line);
            picture.planes_mut().0[y * 160 + 80..][..80].copy_from_slice(&line);
        }
        accepted += usize::from(read_frame_clock(&picture).is_some());
    }
    assert!(accepted <= 3, "{accepted} of 20000");
}

#[test]
fn a_picture_without_room_stays_as_it_is() {
    for (width, height) in [(16, 16), (78, 720), (1280, 44)] {
        let picture = picture(size(width, height), Random(9).clock());
        assert_eq!(picture, RawPicture::black(size(width, height)));
        assert_eq!(read_frame_clock(&picture), None);
    }
}

#[test]
fn the_capture_time_is_completed_by_a_moment_near_it() {
    let days = 86_400 * 1_000_000;
    for captured in [1_795_180_454_789_123, u64::from(u32::MAX) * 100, 123, 0] {
        let captured = Moment::from_micros(captured);
        let clock = FrameClock::new(0, captured);
        for near in [
            captured,
            captured.plus_micros(2 * days),
            Moment::from_micros(captured.as_micros().saturating_sub(2 * days)),
        ] {
            assert_eq!(
                clock.captured_at(near).as_micros(),
                captured.as_micros() / 100 * 100,
                "near {near:?}"
            );
        }
    }
}
