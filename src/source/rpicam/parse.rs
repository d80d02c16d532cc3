//! Values of settings. Each reader fails with what is allowed, in words.

use std::path::PathBuf;

use lenscast_media::picture::Size;

use super::{
    mode::{Mode, Region},
    words::Words,
};
use crate::option_value::OptionValue;

/// What was read, or what is allowed.
pub(super) type Parsed<T> = Result<T, String>;

/// Keeps what was read.
pub(super) fn kept<T>(place: &mut Option<T>, parsed: Parsed<T>) -> Parsed<()> {
    *place = Some(parsed?);
    Ok(())
}

/// Names the unit, where the value is not allowed.
pub(super) fn with_unit<T>(parsed: Parsed<T>, unit: &str) -> Parsed<T> {
    parsed.map_err(|allowed| format!("{allowed}, in {unit}"))
}

/// Sides that cameras and encoders can do.
const SIDES: std::ops::RangeInclusive<u32> = 64..=4096;

pub(super) fn word<T: Words>(value: &OptionValue) -> Parsed<T> {
    let found = T::ALL.iter().find(|(word, _)| Some(*word) == value.text());
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<_> = T::ALL.iter().map(|(word, _)| *word).collect();
        format!("one of {}", words.join(", "))
    })
}

pub(super) fn size(value: &OptionValue) -> Parsed<Size> {
    let fits = |size: &Size| SIDES.contains(&size.width()) && SIDES.contains(&size.height());
    value.size().ok().filter(fits).ok_or_else(|| {
        format!("WIDTHxHEIGHT with even sides from {} to {}, such as 1280x720", SIDES.start(), SIDES.end())
    })
}

/// Numbers behind one another, with slashes between; commas are for where no list of settings is around them.
fn numbers<const N: usize>(value: &OptionValue) -> Option<[f32; N]> {
    let numbers = value.text()?.split(['/', ',']).map(|number| number.trim().parse());
    numbers.collect::<Result<Vec<f32>, _>>().ok()?.try_into().ok()
}

pub(super) fn region(value: &OptionValue) -> Parsed<Region> {
    let region = numbers(value).filter(|[x, y, width, height]| {
        let inside = |from: f32, length: f32| from >= 0.0 && length > 0.0 && from + length <= 1.000_001;
        inside(*x, *width) && inside(*y, *height)
    });
    region.map(Region).ok_or_else(|| {
        "X/Y/WIDTH/HEIGHT as parts of the picture from 0 to 1, such as 0.25/0.25/0.5/0.5".into()
    })
}

pub(super) fn gains(value: &OptionValue) -> Parsed<[f32; 2]> {
    let gains =
        numbers(value).filter(|gains: &[f32; 2]| gains.iter().all(|gain| (0.01..=32.0).contains(gain)));
    gains.ok_or_else(|| "RED/BLUE, each from 0.01 to 32, such as 1.8/1.4".into())
}

pub(super) fn mode(value: &OptionValue) -> Parsed<Mode> {
    let text = value.text().unwrap_or_default();
    let (size, bits) = text.split_once('/').map_or((text, None), |(size, bits)| (size, Some(bits)));
    let sides = size.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    let bits = match bits {
        None => Some(None),
        Some(bits) => bits.parse().ok().filter(|bits| [8, 10, 12, 14, 16].contains(bits)).map(Some),
    };
    match (sides, bits) {
        (Some((width, height)), Some(bits)) => Ok(Mode { width, height, bits }),
        _ => Err("WIDTHxHEIGHT or WIDTHxHEIGHT/BITS of a mode of the sensor, such as 1640x1232/10".into()),
    }
}

fn side(text: &str) -> Option<u32> {
    text.parse().ok().filter(|side| (1..=65_535).contains(side))
}

/// How far the picture is turned.
pub(super) fn degrees(value: &OptionValue) -> Parsed<i64> {
    let degrees = value.integer().filter(|degrees| [0, 180].contains(degrees));
    degrees.ok_or_else(|| "0 or 180 (a camera cannot turn by a quarter)".into())
}

/// Hertz of the mains.
pub(super) fn mains_frequency(value: &OptionValue) -> Parsed<u32> {
    let hertz = value.whole(50, 60).ok().filter(|hertz| [50, 60].contains(hertz));
    hertz.ok_or_else(|| "50 or 60, the hertz of the mains".into())
}

pub(super) fn file(value: &OptionValue) -> Parsed<PathBuf> {
    let path = value.text().map(PathBuf::from).filter(|path| path.is_file());
    path.ok_or_else(|| "the path of a file that is there".into())
}

/// Arguments that are ours: they say where the video goes and in which form.
const OURS: [&str; 22] = [
    "-o",
    "--output",
    "-t",
    "--timeout",
    "-n",
    "--nopreview",
    "--codec",
    "--flush",
    "--inline",
    "--save-pts",
    "-l",
    "--listen",
    "-s",
    "--signal",
    "-k",
    "--keypress",
    "--list-cameras",
    "--version",
    "--metadata",
    "--segment",
    "--split",
    "--libav-format",
];

pub(super) fn arguments(value: &OptionValue) -> Parsed<Vec<String>> {
    let allowed = || "more arguments of rpicam-vid, with their quotes closed".to_owned();
    let words = value.text().and_then(shlex::split).ok_or_else(allowed)?;
    let ours = |word: &&String| {
        let name = word.split('=').next().unwrap_or_default();
        OURS.contains(&name)
            // A value may stand right behind a short option: -o-
            || (name.len() > 2 && !name.starts_with("--") && OURS.contains(&name.get(..2).unwrap_or_default()))
    };
    match words.iter().find(ours) {
        Some(word) => Err(format!("{}, without {word}, which is set here", allowed())),
        None => Ok(words),
    }
}
