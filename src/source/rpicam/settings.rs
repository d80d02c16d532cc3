//! The settings of a Raspberry Pi camera. They are fixed while rpicam-vid runs.
//!
//! `None` leaves a setting to rpicam-vid.

use std::path::PathBuf;

use lenscast_media::{bit_rate::default_bits_per_second, picture::Size};

use super::{
    mode::{Mode, Region},
    words::{Awb, Denoise, Encoder, Exposure, Focus, FocusRange, FocusSpeed, Hdr, Metering, Profile},
};

/// A Raspberry Pi camera and its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Number of the camera, as `lenscast cameras` lists them.
    pub camera: u32,
    /// The program, where it is not found by its name.
    pub program: Option<PathBuf>,
    /// The H.264 encoder.
    pub encoder: Encoder,
    /// Size of the pictures.
    pub size: Size,
    /// Pictures a second.
    pub frames_per_second: f32,
    /// Bits a second; `None` takes what suits size and rate.
    pub bits_per_second: Option<u32>,
    /// Frames from one keyframe to the next; `None` makes one a second.
    pub keyframe_interval_frames: Option<u32>,
    /// H.264 profile.
    pub profile: Option<Profile>,
    /// Mode of the sensor.
    pub mode: Option<Mode>,
    /// Pictures in flight; fewer take less memory.
    pub buffers: Option<u32>,
    /// Left and right changed.
    pub hflip: bool,
    /// Up and down changed.
    pub vflip: bool,
    /// Turned by half.
    pub upside_down: bool,
    /// The part of the picture that is shown.
    pub region: Option<Region>,
    /// Exposure time in microseconds.
    pub shutter_us: Option<u32>,
    /// Gain of the sensor.
    pub gain: Option<f32>,
    /// Exposure compensation in stops.
    pub ev: Option<f32>,
    /// Balance of exposure time and gain.
    pub exposure: Option<Exposure>,
    /// What part of the picture the exposure is measured by.
    pub metering: Option<Metering>,
    /// Frequency of the mains in hertz, whose flicker the exposure avoids.
    pub flicker_hz: Option<u32>,
    /// White balance.
    pub awb: Option<Awb>,
    /// Gains of red and blue instead of a white balance.
    pub awb_gains: Option<[f32; 2]>,
    /// How the lens is focused.
    pub focus: Option<Focus>,
    /// Distances that are searched.
    pub focus_range: Option<FocusRange>,
    /// How fast the lens moves.
    pub focus_speed: Option<FocusSpeed>,
    /// Where the lens stands, in dioptres: 1 over the distance in metres.
    pub lens_dioptres: Option<f32>,
    /// Noise reduction.
    pub denoise: Denoise,
    /// High dynamic range.
    pub hdr: Option<Hdr>,
    /// Brightness.
    pub brightness: Option<f32>,
    /// Contrast.
    pub contrast: Option<f32>,
    /// Saturation of colours.
    pub saturation: Option<f32>,
    /// Sharpness.
    pub sharpness: Option<f32>,
    /// Tuning of the sensor.
    pub tuning_file: Option<PathBuf>,
    /// More arguments, given to rpicam-vid as they are.
    pub extra_arguments: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            camera: 0,
            program: None,
            encoder: Encoder::Auto,
            size: Size::new(1280, 720).expect("within the limits"),
            frames_per_second: 30.0,
            bits_per_second: None,
            keyframe_interval_frames: None,
            profile: None,
            mode: None,
            buffers: None,
            hflip: false,
            vflip: false,
            upside_down: false,
            region: None,
            shutter_us: None,
            gain: None,
            ev: None,
            exposure: None,
            metering: None,
            flicker_hz: None,
            awb: None,
            awb_gains: None,
            focus: None,
            focus_range: None,
            focus_speed: None,
            lens_dioptres: None,
            // Reduction of colour noise costs time that a live picture does not have.
            denoise: Denoise::CdnOff,
            hdr: None,
            brightness: None,
            contrast: None,
            saturation: None,
            sharpness: None,
            tuning_file: None,
            extra_arguments: Vec::new(),
        }
    }
}

/// Why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingError {
    /// There is no setting of this name.
    Unknown,
    /// The value is not allowed.
    Value {
        /// Name of the setting.
        key: &'static str,
        /// What is allowed, in words.
        allowed: String,
    },
}

impl Config {
    /// Most cameras a Pi can have, multiplexers included.
    pub const MOST_CAMERAS: u32 = 16;

    /// Checks what several settings say together.
    ///
    /// # Errors
    /// The setting that does not fit the others.
    pub fn check(&self) -> Result<(), SettingError> {
        for (key, is_given) in
            [("gop", self.keyframe_interval_frames.is_some()), ("profile", self.profile.is_some())]
        {
            if is_given && self.encoder == Encoder::Builtin {
                return Err(SettingError::Value {
                    key,
                    allowed:
                        "not to be given with encoder=builtin, which makes keyframes when they are wanted"
                            .into(),
                });
            }
        }
        let frame_us = 1e6 / self.frames_per_second;
        if self.shutter_us.is_some_and(|shutter_us| shutter_us as f32 > frame_us + 1.0) {
            return Err(SettingError::Value {
                key: "shutter",
                allowed: format!(
                    "at most {frame_us:.0} at rate={}: no picture is exposed for longer than it is shown",
                    self.frames_per_second
                ),
            });
        }
        Ok(())
    }

    /// Bits per second that rpicam-vid is asked for.
    pub(super) fn bitrate_bps(&self) -> u32 {
        self.bits_per_second
            .unwrap_or_else(|| default_bits_per_second(self.size, self.frames_per_second).max(500_000))
    }

    /// Frames from one keyframe to the next that rpicam-vid is asked for.
    pub(super) fn gop_frames(&self) -> u32 {
        self.keyframe_interval_frames.unwrap_or_else(|| (self.frames_per_second.round() as u32).max(1))
    }
}
