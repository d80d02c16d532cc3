//! ffmpeg as an encoder of MPEG-1: its command line, and what the ends of its writes mean.
//!
//! Raw pictures in, an elementary stream out. They go in as YUV4MPEG2, a header and then `FRAME` and the planes of each picture:
//! once it has read the header, it has loaded itself and takes the first picture when that is newest, not old. `low_delay`, which it grants for MPEG-1 only when it may be unofficial, is
//! worth a whole picture: without it each is held back until the next has come.

use std::time::Duration;

use lenscast_media::{
    mpeg1::{MAX_PICTURE_BYTES, MAX_SIDE, frame_rate::FrameRate},
    picture::Size,
};
use rustix::process::Signal;
use tokio::net::unix::pipe;

use super::settings::Mpeg1Settings;
use crate::{
    child::{Child, Ending, GroupGuard, Program, TimestampPipe},
    encode::recipe::RecipeError,
};

/// Most pictures from one keyframe to the next; a newcomer gets at most this many at once.
const MAX_GOP: u32 = 12;
/// Seconds from one keyframe to the next, at most, where pictures are few.
const MAX_GOP_S: f64 = 0.5;
/// Bits a pixel where no bit rate was asked for: 800 kbit/s for 640x480 at 24, as pistreaming has it.
const BITS_PER_PIXEL: f64 = 0.11;
/// Bit rates that are chosen by themselves.
const BIT_RATES: std::ops::RangeInclusive<f64> = 200_000.0..=8_000_000.0;
/// Most that ffmpeg writes at once: its output buffer.
const WRITE_BYTES: usize = 32 << 10;
/// A packet of a pipe.
const PAGE_BYTES: usize = 4 << 10;
const TICKS_PER_SECOND: f64 = 90_000.0;
/// Its input is closed before; it ends by itself, as a rule.
const ENDING: Ending = Ending { signal: Signal::TERM, grace: Duration::from_millis(200) };

/// What one child is to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    /// Size of the pictures, in and out.
    pub(super) size: Size,
    pub(super) frame_rate: FrameRate,
    /// Pictures a second at most, if there are to be fewer than come.
    pub(super) frames_per_second: Option<u32>,
    pub(super) bits_per_second: u64,
    gop: u32,
}

/// In front of each picture of YUV4MPEG2.
pub(super) const PICTURE_HEADER: &[u8] = b"FRAME\n";

impl Plan {
    /// The plan for pictures of that size, each of which lasts `duration` ticks of 90 kHz.
    ///
    /// # Errors
    /// When MPEG-1 has no pictures of that size.
    pub(super) fn new(settings: Mpeg1Settings, size: Size, duration: u32) -> Result<Self, RecipeError> {
        if size.width() > MAX_SIDE || size.height() > MAX_SIDE {
            return Err(RecipeError::Mpeg1Size(size));
        }
        let source = TICKS_PER_SECOND / f64::from(duration.max(1));
        let real = settings.frames_per_second.map_or(source, |most| source.min(most.into()));
        let frame_rate = FrameRate::nearest(real);
        let by_size = || {
            let bits = size.pixels() as f64 * real * BITS_PER_PIXEL;
            bits.clamp(*BIT_RATES.start(), *BIT_RATES.end())
        };
        let wanted = settings.bits_per_second.map_or_else(by_size, f64::from);
        // The encoder believes in its own frame rate: what it is to spend on a picture is the same.
        let bits_per_second = (wanted * frame_rate.per_second() / real.max(0.1)) as u64;
        let gop = ((real * MAX_GOP_S).ceil() as u32).clamp(1, MAX_GOP);
        let frames_per_second = settings.frames_per_second;
        Ok(Self { size, frame_rate, frames_per_second, bits_per_second, gop })
    }

    /// In front of all pictures: what they are.
    pub(super) fn stream_header(&self) -> String {
        let (width, height) = (self.size.width(), self.size.height());
        let (frames, seconds) = self.frame_rate.fraction();
        format!("YUV4MPEG2 W{width} H{height} F{frames}:{seconds} Ip A1:1 C420\n")
    }

    fn arguments(&self) -> Vec<String> {
        let Self { bits_per_second, gop, .. } = self;
        // A picture that fills the rate control's buffer still fits into the players.
        let buffer_bits = (bits_per_second / 2).clamp(200_000, MAX_PICTURE_BYTES as u64 * 7);
        let words = format!(
            "-hide_banner -loglevel error -nostdin -f yuv4mpegpipe -i pipe:0 -an -sn -dn \
             -c:v mpeg1video -strict unofficial -flags low_delay -bf 0 -g {gop} -b:v {bits_per_second} \
             -maxrate {bits_per_second} -bufsize {buffer_bits} -f mpeg1video -flush_packets 1 pipe:1"
        );
        words.split_whitespace().map(str::to_owned).collect()
    }
}

/// A running ffmpeg.
pub(super) struct Encoder {
    pub(super) child: Child,
    pub(super) stdin: pipe::Sender,
}

impl Encoder {
    /// Starts one for the camera of that name.
    pub(super) async fn start(plan: &Plan, camera: &str) -> std::io::Result<Self> {
        let program = Program {
            name: "ffmpeg".into(),
            arguments: plan.arguments(),
            ending: ENDING,
            descriptor_3: TimestampPipe::Nothing,
            guard: GroupGuard::None,
            on_line: Box::new(|_| {}),
        };
        let (child, stdin) = Child::start_with_input(program, camera).await?;
        Ok(Self { child, stdin })
    }
}

/// Whether a packet of `packet_bytes`, after which `pending_bytes` of a picture have come, ends that picture; `None` if only
/// the quiet behind it can tell.
///
/// ffmpeg writes whole buffers of [`WRITE_BYTES`] and, at the end of each picture, what is left. The pipe cuts writes into
/// pages, so one that is no whole page ends a picture.
pub(super) const fn ends_picture(packet_bytes: usize, pending_bytes: usize) -> Option<bool> {
    if !packet_bytes.is_multiple_of(PAGE_BYTES) {
        Some(true)
    } else if pending_bytes.is_multiple_of(WRITE_BYTES) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Size {
        text.parse().expect("a size")
    }

    #[test]
    fn plans() {
        let plain = Mpeg1Settings::default();
        let few_bits = Mpeg1Settings { bits_per_second: Some(500_000), ..plain };
        let slow = Mpeg1Settings { frames_per_second: Some(12), ..few_bits };
        // Settings, size, ticks a picture; size, rate, bit rate for ffmpeg, GOP.
        let table = [
            (plain, "640x480", 3_750, ("640x480", "24", 811_008, 12)),
            (plain, "320x240", 3_000, ("320x240", "30", 253_440, 12)),
            (plain, "160x120", 9_000, ("160x120", "24000/1001", 479_520, 5)),
            (plain, "1920x1080", 3_000, ("1280x720", "30", 3_041_280, 12)),
            (plain, "720x1280", 3_000, ("404x720", "30", 959_904, 12)),
            (few_bits, "640x480", 3_600, ("640x480", "25", 500_000, 12)),
            (few_bits, "640x480", 9_000, ("640x480", "24000/1001", 1_198_801, 5)),
            (few_bits, "640x480", 750, ("640x480", "60", 250_000, 12)),
            (slow, "640x480", 3_000, ("640x480", "24000/1001", 999_000, 6)),
        ];
        for (settings, input, duration, expected) in table {
            let output = settings.output_size(size(input));
            let plan = Plan::new(settings, output, duration).expect("possible");
            let (output, rate) = (plan.size.to_string(), plan.frame_rate.to_string());
            assert_eq!((output.as_str(), rate.as_str(), plan.bits_per_second, plan.gop), expected, "{input}");
        }
    }

    #[test]
    fn what_ffmpeg_is_told_follows_from_the_plan() {
        let plan = Plan::new(Mpeg1Settings::default(), size("320x240"), 3_003).expect("possible");
        assert_eq!(plan.stream_header(), "YUV4MPEG2 W320 H240 F30000:1001 Ip A1:1 C420\n");
        let words = plan.arguments().join(" ");
        assert!(words.contains("-f yuv4mpegpipe -i pipe:0"), "{words}");
        assert!(words.contains("-flags low_delay -bf 0 -g 12 -b:v 253186"), "{words}");
    }

    #[test]
    fn sizes_that_mpeg_1_does_not_have_are_refused() {
        let side = size("4096x16");
        let error = Plan::new(Mpeg1Settings::default(), side, 3_000).expect_err("12 bits").to_string();
        assert_eq!(error, "MPEG-1 has no pictures of 4096x16: each side is at most 4094 pixels");
    }

    #[test]
    fn the_ends_of_writes_tell_the_ends_of_pictures() {
        let table = [
            ("a short picture", 500, 500, Some(true)),
            ("a page of one", 4096, 4096, None),
            ("what is left of it", 904, 5000, Some(true)),
            ("a page of a whole buffer", 4096, 28_672, None),
            ("a whole buffer", 4096, 32_768, Some(false)),
            ("what is left behind it", 1, 32_769, Some(true)),
        ];
        for (name, packet, pending, expected) in table {
            assert_eq!(ends_picture(packet, pending), expected, "{name}");
        }
    }
}
