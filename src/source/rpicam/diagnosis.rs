//! Turns rpicam-vid's standard error into a sentence that says what to do about it. Pure.
//!
//! ```text
//! ERROR: *** failed to acquire camera /base/soc/… ***      fatal; the program ends with status 255
//! [0:12:34.5] [67] INFO Camera camera.cpp:123 …            libcamera's own log
//! #31 (30.00 fps) exp 33239.00 ag 8.00 dg 1.00             one a frame, from old versions
//! ```
//! The first cause counts: what follows is its consequence. A line from long before the end is not its cause.

use std::time::{Duration, Instant};

/// Lines older than this are not the cause any more.
const PASSES_AFTER: Duration = Duration::from_secs(20);

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// The sensor is silent.
    FrontendTimedOut,
    /// Something else in the program's own words.
    Other,
    /// A mode or size that the sensor does not have.
    WrongMode,
    /// No encoder.
    EncoderMissing,
    /// The hardware encoder cannot be opened.
    HardwareEncoderMissing,
    /// The machine has no hardware encoder.
    NoHardwareEncoder,
    /// Another program uses the camera.
    InUse,
    /// There is no camera of this number.
    NoSuchCamera,
    /// There is no camera at all.
    NoCamera,
    /// The old camera stack.
    LegacyStack,
    /// Not a Raspberry Pi.
    NotAPi,
    /// An option that this version does not have.
    UnknownOption,
}

/// Parts of a line in lower case, since the program's own spelling varies, and what they mean. Its own lines stand before
/// libcamera's.
const SIGNS: &[(&str, Trouble)] = &[
    ("no cameras available", Trouble::NoCamera),
    ("selected camera is not available", Trouble::NoSuchCamera),
    ("pipeline handler in use by another process", Trouble::InUse),
    ("failed to acquire camera", Trouble::InUse),
    ("legacy camera stack", Trouble::LegacyStack),
    ("only supports the raspberry pi platforms", Trouble::NotAPi),
    ("failed to open v4l2 h264 encoder", Trouble::HardwareEncoderMissing),
    ("unable to find an appropriate h.264 codec", Trouble::EncoderMissing),
    ("unrecognised codec", Trouble::EncoderMissing),
    ("libav: unable to find", Trouble::EncoderMissing),
    ("libav: cannot find video encoder", Trouble::EncoderMissing),
    ("libav: incompatible options selected", Trouble::NoHardwareEncoder),
    ("unrecognised option", Trouble::UnknownOption),
    ("camera frontend has timed out", Trouble::FrontendTimedOut),
    ("device timeout detected", Trouble::FrontendTimedOut),
    ("dequeue timer of", Trouble::FrontendTimedOut),
    ("please check that your camera sensor connector", Trouble::FrontendTimedOut),
    ("invalid mode", Trouble::WrongMode),
    ("packing indicator", Trouble::WrongMode),
    ("failed to valid stream configurations", Trouble::WrongMode),
    ("failed to validate stream configurations", Trouble::WrongMode),
    ("failed to configure streams", Trouble::WrongMode),
    ("failed to generate video configuration", Trouble::WrongMode),
    ("failed to generate capture configuration", Trouble::WrongMode),
    ("no such level", Trouble::WrongMode),
    ("error: ***", Trouble::Other),
];

/// Words by which a line says that something is wrong, from the most to the least telling.
const SEVERITIES: [&[&str]; 2] = [&["ERROR", "FATAL"], &["WARN", "WARNING"]];

/// What is said where the Pi's encoder is asked for on a machine without one.
pub(super) const NO_HARDWARE_ENCODER: &str =
    "this machine has no H.264 encoder in hardware, as no Pi 5 has: leave encoder=hardware out";

/// What is known so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Diagnosis {
    found: Option<(Trouble, String, Instant)>,
    /// The last line of each severity.
    said: [Option<(String, Instant)>; 2],
}

impl Diagnosis {
    /// Reads one line that has come `at` this moment.
    pub(super) fn line(&mut self, line: &str, at: Instant) {
        let severity =
            SEVERITIES.iter().position(|words| line.split_whitespace().any(|word| is_one_of(word, words)));
        if let Some(severity) = severity {
            self.said[severity] = Some((own_words(line), at));
        }
        let lower = line.to_ascii_lowercase();
        let Some((_, trouble)) = SIGNS.iter().find(|(sign, _)| lower.contains(sign)) else { return };
        // A timed-out sensor and an unknown line may pass: they give way to a cause, and they may repeat.
        let may_pass = |trouble| trouble <= Trouble::Other;
        if self.at(at).is_some_and(|(found, _)| !may_pass(found) || *trouble < found) {
            return;
        }
        self.found = Some((*trouble, own_words(line), at));
    }

    /// The last error, else the last warning, that still counts at `now`. What else the program prints is no reason.
    pub(super) fn last_words(&self, now: Instant) -> Option<&str> {
        let recent = |(_, at): &&(String, Instant)| now.saturating_duration_since(*at) < PASSES_AFTER;
        self.said.iter().flatten().find(recent).map(|(line, _)| line.as_str())
    }

    /// The trouble that still counts at `now`.
    fn at(&self, now: Instant) -> Option<(Trouble, &str)> {
        let found = self.found.as_ref();
        let found = found.filter(|(_, _, at)| now.saturating_duration_since(*at) < PASSES_AFTER);
        found.map(|(trouble, line, _)| (*trouble, line.as_str()))
    }

    /// The sentence about camera `number` at `now`, in lower case and without its full stop.
    pub(super) fn sentence(&self, number: u32, now: Instant) -> Option<String> {
        let (trouble, line) = self.at(now)?;
        Some(match trouble {
            Trouble::NoCamera => {
                "no camera was found: check that its cable sits firmly and the right way round at both \
                                  ends, then restart the Pi"
                    .into()
            }
            Trouble::NoSuchCamera => {
                format!(
                    "there is no camera number {number}: rpicam-vid --list-cameras lists those that are there"
                )
            }
            Trouble::InUse => {
                "the camera is in use by another program: end that program (often it is rpicam-vid, \
                               motion or a second Lenscast)"
                    .into()
            }
            Trouble::LegacyStack => {
                "the legacy camera stack is switched on, which rpicam-vid cannot use: switch it off \
                                     with raspi-config (Interface Options, Legacy Camera) and restart the Pi"
                    .into()
            }
            Trouble::NotAPi => {
                "rpicam-vid runs on a Raspberry Pi only, and this seems to be none: in a container, hand \
                                over /dev/video*, /dev/media*, /dev/dma_heap and /run/udev"
                    .into()
            }
            Trouble::HardwareEncoderMissing => {
                "the H.264 encoder of the Pi cannot be opened (/dev/video11): a Pi 5 has \
                                                none, and elsewhere another program may have it"
                    .into()
            }
            Trouble::NoHardwareEncoder => NO_HARDWARE_ENCODER.into(),
            Trouble::EncoderMissing => {
                "this rpicam-vid has no H.264 encoder for this machine: install rpicam-apps \
                                        instead of rpicam-apps-lite"
                    .into()
            }
            Trouble::UnknownOption => {
                format!("this version of rpicam-vid does not know what it is asked for ({line})")
            }
            Trouble::WrongMode => {
                format!(
                    "the camera cannot do the size or mode that is asked for ({line}): choose another size= or mode="
                )
            }
            Trouble::FrontendTimedOut => {
                "the camera has stopped sending pictures (its frontend timed out): check its \
                                          cable and connectors"
                    .into()
            }
            Trouble::Other => format!("rpicam-vid failed: {line}"),
        })
    }
}

/// Whether a word of a line is one of these, with a colon behind it or none.
fn is_one_of(word: &str, words: &[&str]) -> bool {
    words.contains(&word.trim_end_matches(':'))
}

/// What a line says, without what stands around it: time, thread and severity of libcamera's log, stars of the program's own.
fn own_words(line: &str) -> String {
    let mut words = line.trim();
    while let Some((_, rest)) = words.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        words = rest.trim_start();
    }
    if let Some((severity, rest)) = words.split_once(char::is_whitespace)
        && SEVERITIES.iter().any(|words| is_one_of(severity, words))
    {
        words = rest.trim_start();
    }
    words.trim_matches('*').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(lines: &[&str]) -> Option<String> {
        let mut diagnosis = Diagnosis::default();
        for line in lines {
            diagnosis.line(line, Instant::now());
        }
        diagnosis.sentence(1, Instant::now())
    }

    #[test]
    fn each_failure_has_its_sentence() {
        const VERSION: &str =
            "[0:05:11.904] [1892]  INFO Camera camera_manager.cpp:325 libcamera v0.3.0+65-6ddd79b5";
        let table: [(&[&str], &str); 18] = [
            (&[VERSION, "ERROR: *** no cameras available ***"], "no camera was found"),
            (&["ERROR: *** selected camera is not available ***"], "there is no camera number 1"),
            (
                &[
                    VERSION,
                    "[0:05:11.960] [1895]  INFO Camera camera.cpp:1041 Pipeline handler in use by another process",
                    "ERROR: *** failed to acquire camera /base/soc/i2c0mux/i2c@1/imx219@10 ***",
                ],
                "the camera is in use by another program",
            ),
            (
                &["ERROR: *** failed to open V4L2 H264 encoder ***"],
                "the H.264 encoder of the Pi cannot be opened",
            ),
            (
                &["ERROR: *** Unable to find an appropriate H.264 codec ***"],
                "install rpicam-apps instead of rpicam-apps-lite",
            ),
            (&["ERROR: *** unrecognised codec libav ***"], "install rpicam-apps instead of rpicam-apps-lite"),
            (&["ERROR: *** Unrecognised codec libav ***"], "install rpicam-apps instead of rpicam-apps-lite"),
            (
                &["ERROR: *** libav: cannot find video encoder libx264 ***"],
                "install rpicam-apps instead of rpicam-apps-lite",
            ),
            (
                &["ERROR: *** libav: Incompatible options selected. ***"],
                "this machine has no H.264 encoder in hardware",
            ),
            (&["libav: Incompatible options selected."], "this machine has no H.264 encoder in hardware"),
            (
                &["ERROR: *** unrecognised option '--low-latency' ***"],
                "does not know what it is asked for (unrecognised option '--low-latency')",
            ),
            (
                &["ERROR: the system appears to be configured for the legacy camera stack"],
                "the legacy camera stack is switched on",
            ),
            (
                &["ERROR: rpicam-apps currently only supports the Raspberry Pi platforms."],
                "runs on a Raspberry Pi only",
            ),
            (
                &["ERROR: *** Invalid mode ***"],
                "the camera cannot do the size or mode that is asked for (Invalid mode)",
            ),
            (
                &["ERROR: *** failed to valid stream configurations ***"],
                "the camera cannot do the size or mode that is asked for",
            ),
            (
                &[
                    "[1:02:03.4] [9] WARN V4L2 v4l2_videodevice.cpp:2007 /dev/video0[14:cap]: Dequeue timer of 1000000.00us has expired!",
                    "[1:02:03.4] [9] ERROR RPI rpi.cpp:29 Camera frontend has timed out!",
                    "ERROR: Device timeout detected, attempting a restart!!!",
                ],
                "the camera has stopped sending pictures (its frontend timed out)",
            ),
            (&["ERROR: *** failed to start camera ***"], "rpicam-vid failed: failed to start camera"),
            (
                &[
                    "ERROR: Device timeout detected, attempting a restart!!!",
                    "ERROR: *** failed to start camera ***",
                ],
                "rpicam-vid failed: failed to start camera",
            ),
        ];
        for (lines, expected) in table {
            let found = sentence(lines).expect(expected);
            assert!(found.contains(expected), "{lines:?}: {found}");
        }
    }

    #[test]
    fn what_means_nothing_means_nothing() {
        let lines =
            ["#31 (30.00 fps) exp 33239.00 ag 8.00 dg 1.00", "Received signal 2", "[1] INFO Camera no error"];
        assert_eq!(sentence(&lines), None);
    }

    #[test]
    fn errors_are_last_words_then_warnings_and_chatter_never() {
        const ERROR: &str = "[0:00:01.5] [7] ERROR V4L2 v4l2_device.cpp:390 'imx219': Unable to set controls";
        const WARN: &str =
            "[0:00:01.6] [7]  WARN CameraSensor camera_sensor.cpp:257 'imx219': No sensor delays";
        const CHATTER: [&str; 6] = [
            "[0:00:01.4] [7]  INFO Camera camera.cpp:1202 configuring streams: (0) 640x480-YUV420",
            "[libx264 @ 0x7f5c] using cpu capabilities: ARMv8 NEON",
            "    Side data: cpb: bitrate max/min/avg: 2500000/0/2000000 buffer size: 500000 vbv_delay: N/A",
            "[flv @ 0x7f5d] Failed to update header with correct duration.",
            "Received signal 2",
            "no ERRORs",
        ];
        let table: [(&[&str], Option<&str>); 4] = [
            (&[], None),
            (&[WARN], Some("CameraSensor camera_sensor.cpp:257 'imx219': No sensor delays")),
            (&[ERROR, WARN], Some("V4L2 v4l2_device.cpp:390 'imx219': Unable to set controls")),
            (&["WARNING: low light", "ERROR: *** no memory ***"], Some("no memory")),
        ];
        let start = Instant::now();
        for (lines, expected) in table {
            let mut diagnosis = Diagnosis::default();
            for line in lines.iter().chain(&CHATTER) {
                diagnosis.line(line, start);
            }
            assert_eq!(diagnosis.last_words(start), expected, "{lines:?}");
            assert_eq!(diagnosis.last_words(start + PASSES_AFTER), None, "{lines:?}: long ago");
        }
    }

    #[test]
    fn a_sensor_that_was_silent_long_ago_is_no_trouble() {
        const LINE: &str = "ERROR: Device timeout detected, attempting a restart!!!";
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut diagnosis = Diagnosis::default();
        diagnosis.line(LINE, at(0));
        assert!(diagnosis.sentence(0, at(19)).is_some());
        diagnosis.line(LINE, at(19));
        assert!(diagnosis.sentence(0, at(38)).is_some(), "it goes on");
        assert_eq!(diagnosis.sentence(0, at(39)), None);
    }
}
