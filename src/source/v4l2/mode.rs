//! Modes of a camera, and which of them is taken.
//!
//! ```text
//! formats x sizes x rates ─► modes ─► what was asked for ─► the usable ─► the largest up to 1280x720
//!                                                                            ─► the best format ─► the nearest rate
//! ```
//! Asked for nothing, people expect a fluent picture: 30 a second, and 24 will do. Of the sizes that reach that, the
//! largest up to 1280x720 is taken (1080p costs a small computer more than it can give), else the smallest above. Of
//! the formats at that size H.264 is best, then raw pictures, then JPEG, which would have to be decoded first.

use std::fmt::Write;

use lenscast_media::picture::Size;

use super::format::CameraFormat;
use crate::v4l2::{
    abi::{Fraction, QueueKind},
    device::{Device, Interval, Sizes, Steps},
    fourcc::FourCc,
};

/// Pictures a second when nothing was asked for.
const DEFAULT_RATE: f32 = 30.0;
/// Part of the rate that was asked for that is still fluent.
const USABLE_PART: f32 = 0.8;
/// Pixels of the largest picture that is taken unasked.
const DEFAULT_PIXELS: usize = 1280 * 720;
/// Sizes that are listed of a range.
const COMMON_SIZES: [(u32, u32); 9] = [
    (160, 120),
    (320, 240),
    (640, 360),
    (640, 480),
    (800, 600),
    (1280, 720),
    (1280, 960),
    (1920, 1080),
    (3840, 2160),
];

/// One way to run a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// What it gives.
    pub format: CameraFormat,
    /// The driver's letters for it.
    pub(crate) letters: FourCc,
    /// Size of its pictures.
    pub size: Size,
    /// Times between pictures that it can keep; none when the driver does not say.
    pub(crate) intervals: Vec<Interval>,
}

impl Mode {
    /// Pictures a second that it can give, the most first; of a range the ends. None when the driver does not say.
    #[must_use]
    pub fn frames_per_second(&self) -> Vec<f32> {
        let mut rates: Vec<f32> = self
            .intervals
            .iter()
            .flat_map(|interval| match *interval {
                Interval::One(one) => vec![rate(one)],
                Interval::Range { shortest, longest } => vec![rate(shortest), rate(longest)],
            })
            .filter(|rate| *rate > 0.0)
            .collect();
        rates.sort_by(|one, other| other.total_cmp(one));
        rates.dedup();
        rates
    }

    /// The interval for `wanted` pictures a second: the slowest that reaches it, else the fastest. None when the driver
    /// does not say what it can do.
    pub(super) fn interval(&self, wanted: f32) -> Option<Fraction> {
        let one = |interval: &Interval| match *interval {
            Interval::One(one) => one,
            Interval::Range { shortest, longest } => {
                let asked = fraction(wanted);
                if rate(asked) > rate(shortest) {
                    shortest
                } else if rate(asked) < rate(longest) {
                    longest
                } else {
                    asked
                }
            }
        };
        let offers = self.intervals.iter().map(one).filter(|offer| rate(*offer) > 0.0);
        // 29.97 is as good as 30.
        let reaches = |offer: &Fraction| rate(*offer) >= wanted * 0.99;
        let slowest = offers.clone().filter(reaches).min_by(|a, b| rate(*a).total_cmp(&rate(*b)));
        slowest.or_else(|| offers.max_by(|a, b| rate(*a).total_cmp(&rate(*b))))
    }
}

/// Pictures a second; 0 for nonsense.
pub(super) fn rate(interval: Fraction) -> f32 {
    if interval.numerator == 0 { 0.0 } else { interval.denominator as f32 / interval.numerator as f32 }
}

/// Time between `rate` pictures a second.
fn fraction(rate: f32) -> Fraction {
    // Rates are from 1 to 240 here.
    Fraction { numerator: 1000, denominator: (rate * 1000.0) as u32 }
}

/// All modes of a device that can be shown; of a range of sizes the common ones, and `wanted`.
pub(super) fn modes(device: &Device, wanted: Option<Size>) -> Vec<Mode> {
    let mut modes: Vec<Mode> = Vec::new();
    for (letters, _) in device.formats(QueueKind::Capture) {
        let Some(format) = CameraFormat::from_fourcc(letters) else { continue };
        let mut sizes = device.sizes(letters);
        if sizes.is_empty() {
            // An old driver, of which only the present size is known.
            let present = device.format().ok();
            sizes.extend(present.map(|now| Sizes::One { width: now.width, height: now.height }));
        }
        for size in sizes.into_iter().flat_map(|sizes| concrete(sizes, wanted)) {
            let known = modes.iter().any(|mode| mode.letters == letters && mode.size == size);
            if !known {
                let intervals = device.intervals(letters, size.width(), size.height());
                modes.push(Mode { format, letters, size, intervals });
            }
        }
    }
    modes
}

fn concrete(sizes: Sizes, wanted: Option<Size>) -> Vec<Size> {
    match sizes {
        Sizes::One { width, height } => Size::new(width, height).into_iter().collect(),
        Sizes::Range { width, height } => {
            let all = wanted
                .map(|size| (size.width(), size.height()))
                .into_iter()
                .chain(COMMON_SIZES)
                .chain([(width.most, height.most)])
                .filter(|(across, down)| fits(*across, width) && fits(*down, height));
            all.filter_map(|(across, down)| Size::new(across, down).ok()).collect()
        }
    }
}

const fn fits(side: u32, steps: Steps) -> bool {
    steps.least <= side && side <= steps.most && (side - steps.least).is_multiple_of(steps.step)
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Wanted {
    pub(super) format: Option<CameraFormat>,
    pub(super) size: Option<Size>,
    pub(super) frames_per_second: Option<u32>,
}

impl Wanted {
    pub(super) fn rate(self) -> f32 {
        self.frames_per_second.map_or(DEFAULT_RATE, |rate| rate as f32)
    }

    /// The best mode, or what there is instead.
    pub(super) fn choose(self, modes: &[Mode]) -> Result<&Mode, String> {
        if modes.is_empty() {
            return Err("it gives no format that can be shown".into());
        }
        let in_format = |mode: &&Mode| self.format.is_none_or(|format| mode.format == format);
        let in_size = |mode: &&Mode| self.size.is_none_or(|size| mode.size == size);
        if let (Some(format), None) = (self.format, modes.iter().find(in_format)) {
            return Err(format!(
                "it gives no {}, only {}",
                format.name(),
                list(modes, |mode| mode.format.name())
            ));
        }
        let modes = modes.iter().filter(in_format);
        modes.clone().filter(in_size).min_by(|one, other| self.compare(one, other)).ok_or_else(|| {
            let modes: Vec<_> = modes.cloned().collect();
            let size = self.size.map(|size| size.to_string()).unwrap_or_default();
            let format = self.format.map(|format| format!(" in {}", format.name())).unwrap_or_default();
            format!("it gives no {size}{format}, only {}", list(&modes, |mode| mode.size))
        })
    }

    /// Less is better.
    fn compare(self, one: &Mode, other: &Mode) -> std::cmp::Ordering {
        let wanted = self.rate();
        // A driver that does not say what it can do is believed to do what it should.
        let speed = |mode: &Mode| mode.interval(wanted).map_or(wanted, rate);
        let is_slow = |mode: &Mode| speed(mode) < wanted * USABLE_PART;
        let pixels = |mode: &Mode| mode.size.pixels();
        let by_size = |mode: &Mode| match pixels(mode) {
            small if small <= DEFAULT_PIXELS => (0, DEFAULT_PIXELS - small),
            large => (1, large),
        };
        is_slow(one)
            .cmp(&is_slow(other))
            // What is too slow anyway is to be as fast as can be.
            .then_with(|| {
                if is_slow(one) { speed(other).total_cmp(&speed(one)) } else { std::cmp::Ordering::Equal }
            })
            .then_with(|| by_size(one).cmp(&by_size(other)))
            .then_with(|| one.format.rank().cmp(&other.format.rank()))
            .then_with(|| (speed(one) - wanted).abs().total_cmp(&(speed(other) - wanted).abs()))
    }
}

/// The different values of all modes, in their order.
fn list<T: PartialEq + ToString>(modes: &[Mode], of: impl Fn(&Mode) -> T) -> String {
    let mut seen: Vec<T> = Vec::new();
    let mut text = String::new();
    for mode in modes {
        let value = of(mode);
        if !seen.contains(&value) {
            let comma = if seen.is_empty() { "" } else { ", " };
            let _ = write!(text, "{comma}{}", value.to_string());
            seen.push(value);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use lenscast_media::pixels::PixelFormat;

    use super::*;

    fn mode(letters: &[u8; 4], width: u32, height: u32, rates: &[u32]) -> Mode {
        let letters = FourCc::new(letters);
        let one = |rate: &u32| Interval::One(Fraction { numerator: 1, denominator: *rate });
        Mode {
            format: CameraFormat::from_fourcc(letters).expect("known"),
            letters,
            size: Size::new(width, height).expect("even"),
            intervals: rates.iter().map(one).collect(),
        }
    }

    /// A webcam as they are: raw pictures are slow when they are large.
    fn webcam() -> Vec<Mode> {
        vec![
            mode(b"YUYV", 640, 480, &[30, 15]),
            mode(b"YUYV", 1280, 720, &[10, 5]),
            mode(b"YUYV", 1920, 1080, &[5]),
            mode(b"MJPG", 640, 480, &[60, 30]),
            mode(b"MJPG", 1280, 720, &[60, 30, 15]),
            mode(b"MJPG", 1920, 1080, &[30]),
        ]
    }

    /// What it is, the modes, what was asked for; format, size and rate.
    type Row = (&'static str, Vec<Mode>, Wanted, (&'static str, &'static str, f32));

    #[test]
    fn the_mode_that_people_expect_is_taken() {
        let raw_only = || vec![mode(b"YUYV", 640, 480, &[30]), mode(b"YUYV", 1280, 720, &[10])];
        let grabber = || vec![mode(b"YUYV", 1920, 1080, &[60, 30]), mode(b"NV12", 1920, 1080, &[60, 30])];
        let with_h264 = || {
            let h264 = [mode(b"H264", 1280, 720, &[30]), mode(b"H264", 1920, 1080, &[30])];
            webcam().into_iter().chain(h264).collect()
        };
        let silent = || vec![mode(b"MJPG", 640, 480, &[]), mode(b"MJPG", 1280, 720, &[])];
        let slow = || vec![mode(b"YUYV", 320, 240, &[5]), mode(b"YUYV", 640, 480, &[15, 5])];
        let size = |text: &str| Some(text.parse::<Size>().expect("a size"));
        let yuyv = Some(CameraFormat::Raw(PixelFormat::Yuyv422));
        let any = Wanted::default();
        let table: [Row; 12] = [
            ("fluent 720p", webcam(), any, ("mjpeg", "1280x720", 30.0)),
            ("raw if it is as good", raw_only(), any, ("yuyv422", "640x480", 30.0)),
            ("H.264 if it is as good", with_h264(), any, ("h264", "1280x720", 30.0)),
            ("only large", grabber(), any, ("nv12", "1920x1080", 30.0)),
            ("rates unknown", silent(), any, ("mjpeg", "1280x720", 30.0)),
            ("all slow", slow(), any, ("yuyv422", "640x480", 15.0)),
            ("size", webcam(), Wanted { size: size("1920x1080"), ..any }, ("mjpeg", "1920x1080", 30.0)),
            ("small size", webcam(), Wanted { size: size("640x480"), ..any }, ("yuyv422", "640x480", 30.0)),
            ("format", webcam(), Wanted { format: yuyv, ..any }, ("yuyv422", "640x480", 30.0)),
            (
                "format and size",
                webcam(),
                Wanted { format: yuyv, size: size("1280x720"), ..any },
                ("yuyv422", "1280x720", 10.0),
            ),
            ("rate", webcam(), Wanted { frames_per_second: Some(60), ..any }, ("mjpeg", "1280x720", 60.0)),
            (
                "low rate",
                webcam(),
                Wanted { frames_per_second: Some(5), ..any },
                ("yuyv422", "1280x720", 5.0),
            ),
        ];
        for (name, modes, wanted, expected) in table {
            let mode = wanted.choose(&modes).expect(name);
            let rate = mode.interval(wanted.rate()).map_or(wanted.rate(), rate);
            assert_eq!((mode.format.name(), mode.size.to_string().as_str(), rate), expected, "{name}");
        }
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is() {
        let any = Wanted::default();
        let size = Some("800x600".parse::<Size>().expect("a size"));
        let table: [(Wanted, Vec<Mode>, &str); 4] = [
            (any, vec![], "it gives no format that can be shown"),
            (
                Wanted { format: Some(CameraFormat::H264), ..any },
                webcam(),
                "it gives no h264, only yuyv422, mjpeg",
            ),
            (Wanted { size, ..any }, webcam(), "it gives no 800x600, only 640x480, 1280x720, 1920x1080"),
            (
                Wanted { size, format: Some(CameraFormat::Mjpeg), ..any },
                webcam(),
                "it gives no 800x600 in mjpeg, only 640x480, 1280x720, 1920x1080",
            ),
        ];
        for (wanted, modes, expected) in table {
            assert_eq!(wanted.choose(&modes), Err(expected.into()));
        }
    }

    #[test]
    fn a_range_of_rates_is_cut_to_what_was_asked_for() {
        let shortest = Fraction { numerator: 1, denominator: 60 };
        let longest = Fraction { numerator: 1, denominator: 2 };
        let mode =
            Mode { intervals: vec![Interval::Range { shortest, longest }], ..mode(b"YUYV", 640, 480, &[]) };
        for (wanted, expected) in [(30.0, 30.0), (120.0, 60.0), (1.0, 2.0)] {
            assert_eq!(mode.interval(wanted).map(rate), Some(expected), "{wanted}");
        }
        assert_eq!(mode.frames_per_second(), [60.0, 2.0]);
    }

    #[test]
    fn nonsense_of_a_driver_is_no_rate() {
        let zero = Fraction { numerator: 0, denominator: 30 };
        let mode = Mode { intervals: vec![Interval::One(zero)], ..mode(b"YUYV", 640, 480, &[]) };
        assert_eq!(mode.interval(30.0), None);
        assert!(mode.frames_per_second().is_empty());
    }

    #[test]
    fn of_a_range_of_sizes_the_common_ones_are_taken_and_the_wanted_one() {
        let steps = |least, most, step| Steps { least, most, step };
        let range = Sizes::Range { width: steps(48, 1300, 2), height: steps(32, 720, 2) };
        let sizes = |wanted| {
            let sizes = concrete(range, wanted).into_iter().map(|size| size.to_string());
            sizes.collect::<Vec<_>>()
        };
        let common = ["160x120", "320x240", "640x360", "640x480", "800x600", "1280x720", "1300x720"];
        assert_eq!(sizes(None), common);
        assert_eq!(sizes("100x100".parse().ok())[0], "100x100");
        assert_eq!(sizes("1302x100".parse().ok()), common);
        assert!(concrete(Sizes::One { width: 641, height: 480 }, None).is_empty());
    }
}
