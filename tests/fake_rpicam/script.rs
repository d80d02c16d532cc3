//! How it is to behave: a text `script` beside the program, a word and what belongs to it on each line. It is read at every
//! start, so a test can change it between two runs. A file `hang` beside it makes one that runs hang.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::fail;

/// Modes of the sensor.
const MODES: [(u32, u32); 2] = [(640, 480), (1640, 1232)];

/// A script, with what is so unless it says otherwise.
#[derive(Default)]
pub struct Script {
    /// `version TEXT`: as `--version` prints it, without the v.
    version: Option<String>,
    /// `without-git`: and it was built outside of a working copy.
    is_without_git: bool,
    /// `pi 5`: there is no hardware encoder.
    pub is_pi_5: bool,
    /// `rows N`: rows of raw pictures are padded to N bytes; 64, or 128 on a Pi 5, if nothing is said.
    rows: Option<usize>,
    /// `libav 0`: a lite build.
    no_libav: bool,
    /// `cameras N`: so many are there.
    cameras: usize,
    /// `list-waits`: listing takes until the script does not say this any more.
    list_waits: bool,
    /// `fail KIND`: see `fail.rs`.
    fail: Option<String>,
    /// `start-ms N`: from the start to the first frame.
    pub start_ms: u64,
    /// `hang-after N`: after so many frames nothing more comes.
    pub hang_after: Option<u32>,
    /// The file that makes it hang as soon as it is there.
    pub hang: PathBuf,
    /// `say-timeouts`: and it says why, once a second.
    pub says_timeouts: bool,
    /// `exit-after N STATUS`.
    pub exit_after: Option<(u32, i32)>,
    /// `noise N SEED`: N access units of 0.2 to 240 kB instead of a picture.
    pub noise: Option<(usize, u64)>,
    /// `lockstep PATH`: a Unix socket; each frame waits for a byte from there.
    pub lockstep: Option<String>,
    /// What stands in place of everything else.
    pub platform_error: Option<String>,
}

impl Script {
    /// The script beside the program called `name`.
    pub fn beside(name: &str) -> Self {
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let mut script = Self {
            cameras: 1,
            start_ms: 200,
            version: Some("1.9.1".into()),
            hang: folder.join("hang"),
            ..Self::default()
        };
        let path = folder.join("script");
        for line in fs::read_to_string(path).unwrap_or_default().lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            script.line(&words).unwrap_or_else(|| panic!("not a line of a script: {line}"));
        }
        script
    }

    /// The script beside the program called `name`, once it lets cameras be listed.
    pub fn when_listed(name: &str) -> Self {
        loop {
            let script = Self::beside(name);
            if !script.list_waits {
                return script;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn line(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["version", "none"] => self.version = None,
            ["without-git"] => self.is_without_git = true,
            ["pi", "5"] => self.is_pi_5 = true,
            ["rows", bytes] => self.rows = Some(bytes.parse().ok()?),
            ["version", version] => self.version = Some((*version).to_owned()),
            ["libav", "0"] => self.no_libav = true,
            ["cameras", count] => self.cameras = count.parse().ok()?,
            ["list-waits"] => self.list_waits = true,
            ["fail", kind] => {
                self.platform_error = fail::platform(kind);
                self.fail = Some((*kind).to_owned());
            }
            ["start-ms", ms] => self.start_ms = ms.parse().ok()?,
            ["hang-after", frames] => self.hang_after = Some(frames.parse().ok()?),
            ["say-timeouts"] => self.says_timeouts = true,
            ["exit-after", frames, status] => {
                self.exit_after = Some((frames.parse().ok()?, status.parse().ok()?));
            }
            ["noise", count, seed] => self.noise = Some((count.parse().ok()?, seed.parse().ok()?)),
            ["lockstep", path] => self.lockstep = Some((*path).to_owned()),
            [] => {}
            _ => return None,
        }
        Some(())
    }

    /// What rows of raw pictures are padded to.
    pub fn row_padding(&self) -> usize {
        self.rows.unwrap_or(if self.is_pi_5 { 128 } else { 64 })
    }

    /// What libcamera says of the mode that it has chosen, for `--mode W:H[:BITS]` or none.
    pub fn selected_mode(asked: Option<&str>) -> String {
        let asked: Vec<u32> =
            asked.unwrap_or("1640:1232").split(':').filter_map(|side| side.parse().ok()).collect();
        let nearest = MODES.iter().min_by_key(|(width, height)| {
            let side = |at: usize, side: u32| asked.get(at).map_or(0, |asked| asked.abs_diff(side));
            side(0, *width) + side(1, *height)
        });
        let (width, height) = nearest.expect("there are some");
        format!(
            "[0:05:11.970123456] [1895]  INFO RPI vc4.cpp:447 Sensor: /base/soc/i2c0mux/i2c@1/imx219@10 - Selected sensor \
             format: {width}x{height}-SRGGB10_1X10 - Selected unicam format: {width}x{height}-pRAA"
        )
    }

    /// What `--version` prints.
    pub fn version_text(&self) -> String {
        if let (Some(version), true) = (&self.version, self.is_without_git) {
            return format!(
                "rpicam-apps build: v{version} 28-11-2026 (15:50:24)\nrpicam-apps capabilites: egl:0 qt:0 drm:0 libav:1\n\
                 libcamera build: v0.7.1\n"
            );
        }
        let version = match &self.version {
            Some(version) => format!("v{version} a1b2c3d4e5f6-intree 14-08-2025 (10:10:10)"),
            None => "a1b2c3d4e5f6-dirty 14-08-2025 (10:10:10)".to_owned(),
        };
        let libav = u8::from(!self.no_libav);
        format!(
            "rpicam-apps build: {version}\nrpicam-apps capabilites: egl:1 qt:1 drm:1 libav:{libav}\n\
             libcamera build: v0.5.2+99-bfd68f78\n"
        )
    }

    /// What `--list-cameras` prints.
    pub fn list(&self) -> String {
        if self.cameras == 0 {
            return "No cameras available!\n".into();
        }
        let in_use = self.fail.as_deref() == Some("in-use");
        let mut text = "Available cameras\n-----------------\n".to_owned();
        for number in 0..self.cameras {
            text += &format!(
                "{number} : imx219 [3280x2464 10-bit RGGB] (/base/soc/i2c0mux/i2c@{number}/imx219@10)\n"
            );
            text += "    Modes: 'SRGGB10_CSI2P' : ";
            text += if in_use {
                "640x480 [30.00 fps - (65535, 65535)/65535x65535 crop]\n\n"
            } else {
                "640x480 [206.65 fps - (1000, 752)/1280x960 crop]\n                             \
                 1640x1232 [41.85 fps - (0, 0)/3280x2464 crop]\n\n"
            };
        }
        text
    }

    /// Fails if that is what it is to do.
    pub fn fail_at_start(&self) {
        if let Some(kind) = &self.fail {
            fail::at_start(kind);
        }
    }
}
