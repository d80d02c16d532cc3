//! The command line of rpicam-vid for a machine, a version and settings. Pure.
//!
//! ```text
//! Config ┐
//! Machine├─► build ─► CommandLine { arguments, output } or the reason why it cannot run
//! Build  ┘
//! ```
//! Pi 0 to 4: the hardware encoder, one write a frame, and a line at descriptor 3 behind each. Pi 5: libx264 without
//! delay. Bit rates are plain numbers, since rpicam-vid reads a suffix M as a thousand.

use super::{
    arguments::Arguments,
    diagnosis::NO_HARDWARE_ENCODER,
    machine::{Machine, Pipeline},
    settings::Config,
    table::SETTINGS,
    version::Build,
    words::{Encoder, Words},
};

/// The longest side the Pi's encoder takes.
const HARDWARE_SIDE: u32 = 1920;
/// With less memory, in MB, pictures in flight are saved.
const SMALL_MEMORY_MB: u64 = 600;
/// Pictures in flight then.
const FEW_BUFFERS: u32 = 4;

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandLine {
    pub(super) arguments: Vec<String>,
    pub(super) output: Output,
}

/// What rpicam-vid writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// H.264 in Annex B form, and a line for each frame at descriptor 3.
    AnnexBAndTimes,
    /// H.264 in FLV, which says how long each frame is and when it was taken.
    Flv,
    /// Raw pictures.
    Pictures,
}

/// The command line, or a sentence that says why the camera cannot run.
pub(super) fn build(config: &Config, machine: &Machine, build: Build) -> Result<CommandLine, String> {
    let mut line = Arguments::default();
    line.words("-n -t 0 --camera").word(config.camera);
    line.words("--width").word(config.size.width()).words("--height").word(config.size.height());
    line.words("--framerate").word(config.frames_per_second);
    // Older versions print a line a frame.
    if !build.is_at_least(1, 1, 1) && build.version.is_some() {
        line.words("--info-text").word("");
    }
    picture(&mut line, config, build)?;
    let output = match (config.encoder, machine.pipeline) {
        (_, Pipeline::Legacy) => {
            return Err(
                "the legacy camera stack is switched on, which rpicam-vid cannot use: switch it off \
                        with raspi-config (Interface Options, Legacy Camera) and restart the Pi"
                    .into(),
            );
        }
        (Encoder::Builtin, _) => {
            line.words("--codec yuv420 --flush");
            line.option("--buffer-count", config.buffers);
            Output::Pictures
        }
        (Encoder::Hardware, Pipeline::Pisp) => return Err(NO_HARDWARE_ENCODER.into()),
        (Encoder::Hardware, _) | (Encoder::Auto, Pipeline::Vc4) => hardware(&mut line, config, machine)?,
        (Encoder::X264, _) | (Encoder::Auto, _) => x264(&mut line, config, build)?,
    };
    let CommandLine { mut arguments, output } = CommandLine { arguments: line.0, output };
    arguments.extend(config.extra_arguments.iter().cloned());
    arguments.extend(["-o".to_owned(), "-".to_owned()]);
    Ok(CommandLine { arguments, output })
}

/// The encoder of a Pi 0 to 4.
fn hardware(line: &mut Arguments, config: &Config, machine: &Machine) -> Result<Output, String> {
    let size = config.size;
    if size.width() > HARDWARE_SIDE || size.height() > HARDWARE_SIDE {
        return Err(format!(
            "size={size} is too large for the Pi's H.264 encoder: it takes sides up to {HARDWARE_SIDE}"
        ));
    }
    line.words("--codec h264 --bitrate").word(config.bitrate_bps());
    line.words("--intra").word(config.gop_frames());
    line.words("--profile").word(config.profile.map_or("high", Words::word));
    let is_small = machine.memory_mb.is_some_and(|memory_mb| memory_mb < SMALL_MEMORY_MB);
    if let Some(buffers) = config.buffers.or(is_small.then_some(FEW_BUFFERS)) {
        line.words("--buffer-count").word(buffers);
    }
    line.words("--inline --flush --save-pts /dev/fd/3");
    Ok(Output::AnnexBAndTimes)
}

/// libx264, with options that keep it from delaying frames.
fn x264(line: &mut Arguments, config: &Config, build: Build) -> Result<Output, String> {
    if build.has_libav == Some(false) {
        return Err("this rpicam-vid has no H.264 encoder for this machine, since it was built without libav: install \
                    rpicam-apps instead of rpicam-apps-lite"
            .into());
    }
    if let Some(version) = build.version
        && !build.is_at_least(1, 4, 1)
    {
        return Err(format!(
            "rpicam-apps {version} cannot encode without delay on this machine: 1.4.1 or newer is needed"
        ));
    }
    let bitrate_bps = config.bitrate_bps();
    line.words("--codec libav --libav-video-codec libx264 --libav-format flv --bitrate").word(bitrate_bps);
    line.words("--intra").word(config.gop_frames());
    if let Some(profile) = config.profile {
        line.words("--profile").word(profile.word());
    }
    if let Some(buffers) = config.buffers {
        line.words("--buffer-count").word(buffers);
    }
    // Without a buffer's bounds, x264 keeps the bit rate over seconds only.
    let mut options = format!("maxrate={};bufsize={}", u64::from(bitrate_bps) * 5 / 4, bitrate_bps / 4);
    if build.is_at_least(1, 6, 0) {
        line.words("--low-latency");
    } else {
        options.push_str(";preset=ultrafast;tune=zerolatency;thread_type=slice;slices=4;bf=0;refs=1");
    }
    line.words("--libav-video-codec-opts").word(options);
    Ok(Output::Flv)
}

/// The settings of the picture, by their table: they are the same for every encoder.
fn picture(line: &mut Arguments, config: &Config, build: Build) -> Result<(), String> {
    for setting in SETTINGS {
        let Some(flag) = setting.flag else { continue };
        let before = line.0.len();
        flag(config, line);
        let is_used = line.0.len() > before;
        let needed = setting.since.filter(|_| is_used);
        if let (Some(needed), Some(installed)) = (needed, build.version)
            && installed < needed
        {
            let key = setting.key;
            return Err(format!("{key} needs rpicam-apps {needed} or newer; {installed} is installed"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::rpicam::version::Version;

    const PI_4: Machine = Machine { pipeline: Pipeline::Vc4, memory_mb: Some(4_000) };
    const ZERO_2: Machine = Machine { pipeline: Pipeline::Vc4, memory_mb: Some(435) };
    const PI_5: Machine = Machine { pipeline: Pipeline::Pisp, memory_mb: Some(8_000) };
    const LEGACY: Machine = Machine { pipeline: Pipeline::Legacy, memory_mb: Some(4_000) };

    fn config(settings: &[(&str, &str)]) -> Config {
        let mut config = Config::default();
        for (key, value) in settings {
            config.set(key, &(*value).into()).expect(key);
        }
        config
    }

    const fn version(major: u32, minor: u32, patch: u32) -> Build {
        Build { version: Some(Version([major, minor, patch])), has_libav: None }
    }

    #[test]
    fn each_machine_gets_its_own_line() {
        let table = [
            (
                "Pi 4, nothing said",
                config(&[]),
                PI_4,
                version(1, 9, 1),
                Output::AnnexBAndTimes,
                "-n -t 0 --camera 0 --width 1280 --height 720 --framerate 30 --denoise cdn_off --codec h264 \
                 --bitrate 2000000 --intra 30 --profile high --inline --flush --save-pts /dev/fd/3 -o -",
            ),
            (
                "Zero 2: less memory",
                config(&[
                    ("size", "640x480"),
                    ("rate", "25"),
                    ("bitrate", "800000"),
                    ("gop", "50"),
                    ("profile", "main"),
                ]),
                ZERO_2,
                version(1, 5, 0),
                Output::AnnexBAndTimes,
                "-n -t 0 --camera 0 --width 640 --height 480 --framerate 25 --denoise cdn_off --codec h264 \
                 --bitrate 800000 --intra 50 --profile main --buffer-count 4 --inline --flush --save-pts /dev/fd/3 -o -",
            ),
            (
                "libcamera-vid of Bullseye",
                config(&[]),
                PI_4,
                version(1, 0, 2),
                Output::AnnexBAndTimes,
                "-n -t 0 --camera 0 --width 1280 --height 720 --framerate 30 --info-text  --denoise cdn_off --codec h264 \
                 --bitrate 2000000 --intra 30 --profile high --inline --flush --save-pts /dev/fd/3 -o -",
            ),
            (
                "Pi 5",
                config(&[("size", "1920x1080"), ("bitrate", "4000000")]),
                PI_5,
                version(1, 9, 1),
                Output::Flv,
                "-n -t 0 --camera 0 --width 1920 --height 1080 --framerate 30 --denoise cdn_off --codec libav \
                 --libav-video-codec libx264 --libav-format flv --bitrate 4000000 --intra 30 --low-latency \
                 --libav-video-codec-opts maxrate=5000000;bufsize=1000000 -o -",
            ),
            (
                "Pi 5, before --low-latency",
                config(&[("bitrate", "2000000"), ("profile", "baseline")]),
                PI_5,
                version(1, 5, 3),
                Output::Flv,
                "-n -t 0 --camera 0 --width 1280 --height 720 --framerate 30 --denoise cdn_off --codec libav \
                 --libav-video-codec libx264 --libav-format flv --bitrate 2000000 --intra 30 --profile baseline \
                 --libav-video-codec-opts maxrate=2500000;bufsize=500000;preset=ultrafast;tune=zerolatency;\
                 thread_type=slice;slices=4;bf=0;refs=1 -o -",
            ),
        ];
        for (name, config, machine, version, output, expected) in table {
            let line = build(&config, &machine, version).expect(name);
            assert_eq!((line.arguments.join(" ").as_str(), line.output), (expected, output), "{name}");
        }
    }

    #[test]
    fn each_setting_becomes_its_option() {
        let table: [(&[(&str, &str)], &str); 25] = [
            (&[("rate", "29.97")], "--framerate 29.97"),
            (&[("mode", "1640x1232/10")], "--mode 1640:1232:10"),
            (&[("mode", "1640x1232")], "--mode 1640:1232 "),
            (&[("hflip", "yes"), ("vflip", "yes")], "--hflip --vflip"),
            (&[("rotation", "180")], "--rotation 180"),
            (&[("roi", "0.25/0.25/0.5/0.5")], "--roi 0.25,0.25,0.5,0.5"),
            (&[("shutter", "10000"), ("gain", "2")], "--shutter 10000 --gain 2"),
            (&[("ev", "-0.5")], "--ev=-0.5"),
            (&[("exposure", "sport")], "--exposure sport"),
            (&[("metering", "spot")], "--metering spot"),
            (&[("flicker", "50")], "--flicker-period 10000us"),
            (&[("flicker", "60")], "--flicker-period 8333us"),
            (&[("awb", "indoor")], "--awb indoor"),
            (&[("awbgains", "1.8/1.4")], "--awbgains 1.8,1.4"),
            (
                &[("focus", "continuous"), ("focus-range", "macro"), ("focus-speed", "fast")],
                "--autofocus-mode continuous --autofocus-range macro --autofocus-speed fast",
            ),
            (&[("lens", "0.5")], "--autofocus-mode manual --lens-position 0.5"),
            (&[("denoise", "cdn_hq")], "--denoise cdn_hq"),
            (&[("hdr", "sensor")], "--hdr sensor"),
            (&[("brightness", "0.1")], "--brightness=0.1"),
            (&[("contrast", "1.5")], "--contrast 1.5"),
            (&[("saturation", "0")], "--saturation 0"),
            (&[("sharpness", "2")], "--sharpness 2"),
            (&[("tuning-file", "/etc/passwd")], "--tuning-file /etc/passwd"),
            (&[("buffers", "3")], "--buffer-count 3"),
            (&[("extra", "--no-raw --lores-width 320")], "--no-raw --lores-width 320 -o -"),
        ];
        for (settings, expected) in table {
            let line = build(&config(settings), &PI_4, version(1, 9, 1)).expect("there is one");
            assert!(line.arguments.join(" ").contains(expected), "{settings:?}: {:?}", line.arguments);
        }
    }

    #[test]
    fn what_cannot_be_is_a_sentence() {
        let lite = Build { has_libav: Some(false), ..version(1, 9, 0) };
        let table = [
            (config(&[]), LEGACY, version(1, 9, 0), "the legacy camera stack is switched on"),
            (config(&[]), PI_5, lite, "install rpicam-apps instead of rpicam-apps-lite"),
            (
                config(&[]),
                PI_5,
                version(1, 4, 0),
                "rpicam-apps 1.4.0 cannot encode without delay on this machine: 1.4.1",
            ),
            (
                config(&[("size", "2028x1520")]),
                PI_4,
                version(1, 9, 0),
                "size=2028x1520 is too large for the Pi's H.264 encoder",
            ),
            (
                config(&[("hdr", "auto")]),
                PI_4,
                version(1, 0, 2),
                "hdr needs rpicam-apps 1.1.0 or newer; 1.0.2 is installed",
            ),
            (
                config(&[("flicker", "50")]),
                PI_4,
                version(1, 2, 1),
                "flicker needs rpicam-apps 1.2.2 or newer",
            ),
            (
                config(&[("encoder", "hardware")]),
                PI_5,
                version(1, 9, 0),
                "this machine has no H.264 encoder in hardware, as no Pi 5 has: leave encoder=hardware out",
            ),
            (config(&[("lens", "1")]), PI_4, version(1, 0, 1), "focus needs rpicam-apps 1.0.2 or newer"),
        ];
        for (config, machine, version, expected) in table {
            let error = build(&config, &machine, version).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_choice_goes_over_what_the_machine_suggests() {
        let unknown = Machine { pipeline: Pipeline::Unknown, memory_mb: None };
        let hardware =
            build(&config(&[("encoder", "hardware")]), &unknown, version(1, 9, 0)).expect("a line");
        assert_eq!(hardware.output, Output::AnnexBAndTimes);
        let builtin = build(&config(&[("encoder", "builtin")]), &PI_4, version(1, 9, 0)).expect("a line");
        assert_eq!(builtin.output, Output::Pictures);
        assert!(builtin.arguments.join(" ").ends_with("--codec yuv420 --flush -o -"), "{builtin:?}");
        let x264 = build(&config(&[("encoder", "x264")]), &PI_4, version(1, 9, 0)).expect("a line");
        assert_eq!(x264.output, Output::Flv);
    }
}
