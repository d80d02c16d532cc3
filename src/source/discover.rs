//! Finds the cameras of this machine: for `lenscast cameras`, and for a server without a configured source.
//!
//! ```text
//! rpicam-vid --list-cameras ─┐
//!                            ├─► Found … ─► the first that can be used, else the test pattern
//! /dev/video*               ─┘
//! ```

use serde::Serialize;

use super::{kinds::Source, rpicam, typed::spec::SourceSpec, v4l2};

/// Something that may be a camera.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Its `--source`; a device that is no camera is named by its path.
    pub source: String,
    /// Its name for people.
    pub name: String,
    /// Why it cannot be used; `None` if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
    /// What it can give.
    pub modes: Vec<FoundMode>,
    /// Its controls, where the system lists them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<FoundControl>,
}

/// A control of a camera, such as its brightness.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundControl {
    /// Its name.
    pub name: String,
    /// The values that it takes, in words.
    pub allowed: String,
    /// Its present value, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<i32>,
}

/// One way to run a camera.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundMode {
    /// Format of its pictures.
    pub format: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures a second, the most first; none where the camera does not say.
    pub frames_per_second: Vec<f32>,
}

/// Everything that was looked at, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Listing {
    /// Cameras, usable or not, in the order in which they would be taken.
    pub cameras: Vec<Found>,
    /// Sentences about places where no camera could be looked for.
    pub notes: Vec<String>,
}

/// Looks for cameras; takes seconds.
pub async fn list() -> Listing {
    let mut listing = Listing::default();
    match rpicam::list().await {
        Ok(cameras) => listing.cameras.extend(cameras.into_iter().map(of_rpicam)),
        Err(reason) => listing.notes.push(reason),
    }
    match tokio::task::spawn_blocking(v4l2::list).await {
        Ok(devices) => listing.cameras.extend(devices.into_iter().map(of_v4l2)),
        Err(error) => listing.notes.push(format!("the video devices could not be listed: {error}")),
    }
    listing
}

fn of_v4l2(device: v4l2::Listed) -> Found {
    let mode = |mode: v4l2::Mode| FoundMode {
        format: mode.format.name().to_owned(),
        width: mode.size.width(),
        height: mode.size.height(),
        frames_per_second: mode.frames_per_second(),
    };
    let path = device.path.display();
    let source = if device.modes.is_ok() { format!("v4l2:{path}") } else { path.to_string() };
    let name = match (device.card.as_str(), device.driver.as_str(), device.bus.as_str()) {
        (card, "", "") => card.to_owned(),
        (card, driver, bus) => format!("{card} [{driver}, {bus}]"),
    };
    let (modes, unusable) = match device.modes {
        Ok(modes) => (modes.into_iter().map(mode).collect(), None),
        Err(reason) => (Vec::new(), Some(reason)),
    };
    let control = |control: v4l2::ControlInfo| FoundControl {
        allowed: control.range.to_string(),
        name: control.name,
        value: control.value,
    };
    let controls = device.controls.into_iter().map(control).collect();
    Found { source, name, unusable, modes, controls }
}

fn of_rpicam(camera: rpicam::ListedCamera) -> Found {
    let mode = |mode: rpicam::ListedMode| FoundMode {
        format: mode.format,
        width: mode.width,
        height: mode.height,
        frames_per_second: mode.frames_per_second.into_iter().collect(),
    };
    Found {
        source: format!("rpicam:{}", camera.number),
        name: format!("Raspberry Pi camera {} [{}]", camera.sensor, camera.description),
        unusable: camera.in_use.then(|| "another program uses it".to_owned()),
        modes: camera.modes.into_iter().map(mode).collect(),
        controls: Vec::new(),
    }
}

/// The camera that is taken when none was named, and why, in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choice {
    pub(super) source: Source,
    pub(super) why: String,
}

/// The first camera that can be used, else the test pattern.
pub(super) fn choose(listing: &Listing) -> Choice {
    for found in listing.cameras.iter().filter(|found| found.unusable.is_none()) {
        match found.source.parse::<SourceSpec>().and_then(|spec| spec.check()) {
            Ok((source, _)) => {
                let why = format!("found {} ({})", found.name, found.source);
                return Choice { source, why };
            }
            Err(error) => tracing::warn!("camera skipped: {}: {error}", found.source),
        }
    }
    let unusable = listing.cameras.iter().filter_map(|found| {
        let reason = found.unusable.as_ref()?;
        Some(format!("{}: {reason}", found.source))
    });
    let reasons: Vec<_> = unusable.chain(listing.notes.iter().cloned()).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    Choice {
        source: Source::test_pattern(),
        why: format!("no usable camera was found{reasons}; playing the test pattern"),
    }
}

impl std::fmt::Display for Listing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (usable, others): (Vec<_>, Vec<_>) =
            self.cameras.iter().partition(|found| found.unusable.is_none());
        if usable.is_empty() {
            writeln!(out, "No usable camera was found.")?;
        }
        for found in usable {
            writeln!(out, "{}\n  {}", found.source, found.name)?;
            for mode in &found.modes {
                writeln!(out, "    {mode}")?;
            }
            for control in &found.controls {
                writeln!(out, "    {control}")?;
            }
        }
        if !others.is_empty() {
            writeln!(out, "Not usable:")?;
        }
        for found in others {
            let reason = found.unusable.as_deref().unwrap_or_default();
            let name = if found.name.is_empty() { String::new() } else { format!(" ({})", found.name) };
            writeln!(out, "  {}{name}: {reason}", found.source)?;
        }
        self.notes.iter().try_for_each(|note| writeln!(out, "Note: {note}"))
    }
}

impl std::fmt::Display for FoundMode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} {}x{}", self.format, self.width, self.height)?;
        let rates: Vec<_> =
            self.frames_per_second.iter().map(|rate| format!("{:.3}", rate)).map(shortened).collect();
        if rates.is_empty() { Ok(()) } else { write!(out, " at {} fps", rates.join(", ")) }
    }
}

impl std::fmt::Display for FoundControl {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: {}", self.name, self.allowed)?;
        self.value.map_or(Ok(()), |value| write!(out, "; now {value}"))
    }
}

/// A number without the zeros behind its point.
fn shortened(number: String) -> String {
    number.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str, unusable: Option<&str>) -> Found {
        let mode =
            FoundMode { format: "YUYV".into(), width: 640, height: 480, frames_per_second: vec![30.0, 7.5] };
        Found {
            source: source.into(),
            name: "Camera".into(),
            unusable: unusable.map(str::to_owned),
            modes: vec![mode],
            controls: vec![FoundControl { name: "Gain".into(), allowed: "0 to 9".into(), value: Some(3) }],
        }
    }

    #[test]
    fn the_first_that_can_be_used_is_taken() {
        let busy = found("rpicam:0", Some("another program uses it"));
        let table: [(&str, Listing, &str, &str); 3] = [
            ("nothing", Listing::default(), "test", "no usable camera was found; playing the test pattern"),
            (
                "one in use",
                Listing { cameras: vec![busy.clone()], notes: vec!["libcamera is not installed".into()] },
                "test",
                "no usable camera was found (rpicam:0: another program uses it; libcamera is not installed); playing the test pattern",
            ),
            (
                "the second",
                Listing {
                    cameras: vec![busy, found("exec:cat", None), found("test", None)],
                    notes: Vec::new(),
                },
                "command cat",
                "found Camera (exec:cat)",
            ),
        ];
        for (name, listing, source, why) in table {
            let choice = choose(&listing);
            assert!(choice.source.to_string().starts_with(source), "{name}: {}", choice.source);
            assert_eq!(choice.why, why, "{name}");
        }
    }

    #[test]
    fn the_listing_is_for_people() {
        let listing = Listing {
            cameras: vec![
                found("v4l2:/dev/video0", None),
                found("/dev/video10", Some("it is a video codec")),
            ],
            notes: vec!["rpicam-vid is not installed".into()],
        };
        let text = "v4l2:/dev/video0\n  Camera\n    YUYV 640x480 at 30, 7.5 fps\n    Gain: 0 to 9; now 3\nNot usable:\n  \
                    /dev/video10 (Camera): it is a video codec\nNote: rpicam-vid is not installed\n";
        assert_eq!(listing.to_string(), text);
        assert_eq!(Listing::default().to_string(), "No usable camera was found.\n");
    }
}
