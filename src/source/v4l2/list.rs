//! What video devices there are, which of them are cameras, and why the others are not.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::mode::{Mode, modes};
use crate::{
    os_error::in_words,
    v4l2::{
        abi::capability as is,
        controls::ControlInfo,
        device::{Device, Identity},
    },
};

/// Most devices that are looked at; a Raspberry Pi 5 has some forty.
const MAX_DEVICES: usize = 256;

/// A video device of the system.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Where it is, such as `/dev/video0`.
    pub path: PathBuf,
    /// Its name for people; empty when it cannot be opened.
    pub card: String,
    /// The kernel's driver.
    pub driver: String,
    /// Where it is plugged in.
    pub bus: String,
    /// Its modes that can be shown, or why it is no camera that can be used.
    pub modes: Result<Vec<Mode>, String>,
    /// What of it can be set: brightness, exposure and so on.
    pub controls: Vec<ControlInfo>,
}

/// All video devices, by their numbers. Takes some milliseconds a device: not for a thread that serves viewers.
#[must_use]
pub fn list() -> Vec<Listed> {
    paths(Path::new("/dev")).iter().map(|path| look_at(path)).collect()
}

/// The first that can be used.
pub(super) fn first_usable() -> Option<PathBuf> {
    paths(Path::new("/dev")).into_iter().find(|path| look_at(path).modes.is_ok())
}

/// `video0`, `video1`, … in a folder.
fn paths(folder: &Path) -> Vec<PathBuf> {
    let number = |entry: fs::DirEntry| {
        let name = entry.file_name();
        let digits = name.to_str()?.strip_prefix("video")?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u32>().ok()).flatten()
    };
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut numbers: Vec<u32> = entries.filter_map(number).take(MAX_DEVICES).collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|number| folder.join(format!("video{number}"))).collect()
}

fn look_at(path: &Path) -> Listed {
    let nameless = |reason| Listed {
        path: path.to_owned(),
        card: String::new(),
        driver: String::new(),
        bus: String::new(),
        modes: Err(reason),
        controls: Vec::new(),
    };
    let opened = Device::open(path).and_then(|device| device.identity().map(|identity| (device, identity)));
    let (device, identity) = match opened {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return nameless("no permission to open it: add the user to the group video".into());
        }
        Err(error) => return nameless(format!("it cannot be opened: {}", in_words(&error))),
    };
    let modes = match no_camera(&identity) {
        Some(reason) => Err(reason.to_owned()),
        None => match modes(&device, None) {
            none if none.is_empty() => Err("it gives no format that can be shown".to_owned()),
            modes => Ok(modes),
        },
    };
    let controls = if modes.is_ok() { device.controls() } else { Vec::new() };
    let Identity { driver, card, bus, .. } = identity;
    Listed { path: path.to_owned(), card, driver, bus, modes, controls }
}

/// Why a device is no camera that can be used here; `None` if it is one.
pub(super) fn no_camera(device: &Identity) -> Option<&'static str> {
    let by_driver = match device.driver.as_str() {
        "unicam" | "rp1-cfe" => Some(
            "it gives the raw pixels of a Raspberry Pi camera, which the Pi's image processor develops: use rpicam",
        ),
        "bcm2835-isp" | "pispbe" => Some("it is the image processor of the Raspberry Pi camera"),
        "bcm2835-codec" | "rpivid" | "rpi-hevc-dec" | "hantro-vpu" => Some("it is a video codec"),
        _ => None,
    };
    let by_kind = || {
        if device.has(is::VIDEO_M2M) || device.has(is::VIDEO_M2M_MPLANE) {
            Some("it converts or codes pictures of others")
        } else if device.has(is::VIDEO_CAPTURE) {
            None
        } else if device.has(is::VIDEO_CAPTURE_MPLANE) {
            Some("it gives pictures in several planes of memory, which is not supported")
        } else if device.has(is::META_CAPTURE) || device.has(is::META_OUTPUT) {
            Some("it gives data about pictures, no pictures")
        } else if device.has(is::VIDEO_OUTPUT) || device.has(is::VIDEO_OUTPUT_MPLANE) {
            Some("it takes pictures and gives none")
        } else {
            Some("it gives no pictures")
        }
    };
    let cannot_stream = || {
        let reason = "it cannot share its memory, which is not supported";
        (!device.has(is::STREAMING)).then_some(reason)
    };
    by_driver.or_else(by_kind).or_else(cannot_stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_are_no_cameras_are_left_out_with_the_reason() {
        let table = [
            ("uvcvideo", is::VIDEO_CAPTURE | is::STREAMING, None),
            ("uvcvideo", is::META_CAPTURE | is::STREAMING, Some("no pictures")),
            ("v4l2 loopback", is::VIDEO_CAPTURE | is::VIDEO_OUTPUT | is::STREAMING, None),
            ("v4l2 loopback", is::VIDEO_OUTPUT | is::STREAMING, Some("takes pictures")),
            ("bcm2835-codec", is::VIDEO_M2M_MPLANE | is::STREAMING, Some("codec")),
            ("bcm2835-isp", is::VIDEO_CAPTURE | is::STREAMING, Some("image processor")),
            ("unicam", is::VIDEO_CAPTURE | is::STREAMING, Some("use rpicam")),
            ("vicodec", is::VIDEO_M2M | is::STREAMING, Some("of others")),
            ("imx7-csi", is::VIDEO_CAPTURE_MPLANE | is::STREAMING, Some("several planes")),
            ("old", is::VIDEO_CAPTURE, Some("memory")),
            ("radio", 0, Some("gives no pictures")),
        ];
        for (driver, capabilities, expected) in table {
            let identity =
                Identity { driver: driver.into(), card: String::new(), bus: String::new(), capabilities };
            let reason = no_camera(&identity);
            match expected {
                None => assert_eq!(reason, None, "{driver}"),
                Some(words) => {
                    assert!(reason.is_some_and(|reason| reason.contains(words)), "{driver}: {reason:?}");
                }
            }
        }
    }

    #[test]
    fn devices_are_listed_by_their_numbers() {
        let folder = std::env::temp_dir().join(format!("lenscast-list-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for name in ["video10", "video9", "video0", "video", "video1x", "vbi0", "video-cam"] {
            fs::write(folder.join(name), "").expect("a file");
        }
        let names: Vec<_> = paths(&folder)
            .iter()
            .filter_map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
            .collect();
        assert_eq!(names, ["video0", "video9", "video10"]);
        let listed = look_at(&folder.join("video0"));
        let reason = listed.modes.expect_err("a file is no device");
        assert!(reason.starts_with("it cannot be opened: "), "{reason}");
        fs::remove_dir_all(&folder).expect("it is ours");
    }
}
