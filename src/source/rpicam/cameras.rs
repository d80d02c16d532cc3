//! What `rpicam-vid --list-cameras` prints, as cameras with their modes. Pure.
//!
//! ```text
//! Available cameras
//! -----------------
//! 0 : imx219 [3280x2464 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx219@10)
//!     Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
//!                              1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]
//! ```
//! A camera that another program uses is listed with impossible modes: 65535 pixels of crop.

/// A camera that libcamera has found.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedCamera {
    /// Its number, as in `rpicam:NUMBER`.
    pub number: u32,
    /// Its sensor, such as `imx219`.
    pub sensor: String,
    /// Its description: size, bits per pixel, colour filter.
    pub description: String,
    /// Where it is, by libcamera's name.
    pub id: String,
    /// What the sensor can do.
    pub modes: Vec<ListedMode>,
    /// Whether another program uses it, so that nothing is known of its modes.
    pub in_use: bool,
}

/// One mode of a sensor.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedMode {
    /// Format of the raw picture.
    pub format: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Most pictures a second; `None` where the sensor does not say.
    pub frames_per_second: Option<f32>,
}

/// Cameras that are read at most.
const MOST_CAMERAS: usize = 64;
/// Modes of a camera that are read at most.
const MOST_MODES: usize = 256;

/// Reads the list.
#[must_use]
pub fn parse_list(text: &str) -> Vec<ListedCamera> {
    let mut cameras: Vec<ListedCamera> = Vec::new();
    let mut format = String::new();
    for line in text.lines() {
        if let Some(camera) = camera(line) {
            if cameras.len() == MOST_CAMERAS {
                break;
            }
            format.clear();
            cameras.push(camera);
            continue;
        }
        let Some(camera) = cameras.last_mut() else { continue };
        // 'FORMAT' : SIZE […] or, on the next lines, SIZE […]
        let mut rest = line.trim().strip_prefix("Modes:").unwrap_or(line).trim();
        if let Some((name, modes)) = rest.strip_prefix('\'').and_then(|rest| rest.split_once("' :")) {
            name.clone_into(&mut format);
            rest = modes.trim();
        }
        let Some((mode, is_real)) = mode(rest, &format) else { continue };
        camera.in_use |= !is_real;
        if camera.modes.len() < MOST_MODES {
            camera.modes.push(mode);
        }
    }
    for camera in cameras.iter_mut().filter(|camera| camera.in_use) {
        camera.modes.clear();
    }
    cameras
}

/// `0 : imx219 [3280x2464 10-bit RGGB] (/base/…)`
fn camera(line: &str) -> Option<ListedCamera> {
    let (number, rest) = line.split_once(" : ")?;
    let number = number.parse().ok()?;
    let (sensor, rest) = rest.split_once(" [")?;
    let (description, rest) = rest.split_once("] (")?;
    let id = rest.trim_end().strip_suffix(')')?;
    Some(ListedCamera {
        number,
        sensor: sensor.to_owned(),
        description: description.to_owned(),
        id: id.to_owned(),
        modes: Vec::new(),
        in_use: false,
    })
}

/// `640x480 [206.65 fps - (1000, 752)/1280x960 crop]`, and whether it can be.
fn mode(text: &str, format: &str) -> Option<(ListedMode, bool)> {
    let (size, rest) = text.split_once(" [")?;
    let (width, height) = size.split_once('x')?;
    let (rate, crop) = rest.split_once(" fps")?;
    let frames_per_second = rate.parse().ok().filter(|rate: &f32| rate.is_finite() && *rate > 0.0);
    let mode = ListedMode {
        format: format.to_owned(),
        width: width.parse().ok()?,
        height: height.parse().ok()?,
        frames_per_second,
    };
    Some((mode, !crop.contains("65535x65535")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
Available cameras
-----------------
0 : imx708_wide_noir [4608x2592 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a)
    Modes: 'SRGGB10_CSI2P' : 1536x864 [120.13 fps - (768, 432)/3072x1728 crop]
                             2304x1296 [56.03 fps - (0, 0)/4608x2592 crop]
                             4608x2592 [14.35 fps - (0, 0)/4608x2592 crop]

1 : imx219 [3280x2464 10-bit RGGB] (/base/axi/pcie@120000/rp1/i2c@80000/imx219@10)
    Modes: 'SRGGB10_CSI2P' : 640x480 [206.65 fps - (1000, 752)/1280x960 crop]
                             1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]
           'SRGGB8' : 640x480 [nan fps - (1000, 752)/1280x960 crop]

";

    fn modes(camera: &ListedCamera) -> Vec<(&str, u32, u32, Option<f32>)> {
        let modes = camera.modes.iter();
        modes.map(|mode| (mode.format.as_str(), mode.width, mode.height, mode.frames_per_second)).collect()
    }

    #[test]
    fn two_cameras_with_their_modes() {
        let cameras = parse_list(TWO);
        assert_eq!(cameras.len(), 2);
        let [first, second] = &cameras[..] else { panic!("two") };
        assert_eq!((first.number, first.sensor.as_str()), (0, "imx708_wide_noir"));
        assert_eq!(first.description, "4608x2592 10-bit RGGB");
        assert_eq!(first.id, "/base/axi/pcie@120000/rp1/i2c@88000/imx708@1a");
        assert_eq!(
            modes(first),
            [
                ("SRGGB10_CSI2P", 1536, 864, Some(120.13)),
                ("SRGGB10_CSI2P", 2304, 1296, Some(56.03)),
                ("SRGGB10_CSI2P", 4608, 2592, Some(14.35)),
            ]
        );
        assert_eq!(second.number, 1);
        assert_eq!(modes(second)[2], ("SRGGB8", 640, 480, None));
        assert!(!first.in_use && !second.in_use);
    }

    #[test]
    fn a_camera_in_use_has_no_modes() {
        let text = "0 : imx219 [3280x2464 10-bit RGGB] (/base/soc/imx219@10)\n    \
                    Modes: 'SRGGB10_CSI2P' : 640x480 [30.00 fps - (65535, 65535)/65535x65535 crop]\n";
        let cameras = parse_list(text);
        assert!(cameras[0].in_use && cameras[0].modes.is_empty(), "{cameras:?}");
    }

    #[test]
    fn a_list_that_breaks_off_is_read_so_far() {
        let mut seen = 0;
        for end in 0..=TWO.len() {
            let cameras = parse_list(&TWO[..end]);
            assert!(cameras.len() >= seen, "at {end}");
            seen = cameras.len();
        }
        assert_eq!(seen, 2);
    }

    #[test]
    fn nothing_and_nonsense_are_no_cameras() {
        for text in ["No cameras available!\n", "", "x : y", "0 : imx219 [", "    Modes: 'A' : 1x1 [1 fps]"] {
            assert_eq!(parse_list(text), [], "{text}");
        }
    }
}
