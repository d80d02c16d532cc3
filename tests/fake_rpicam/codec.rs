//! Which encoder it uses, and what libav says of itself on standard error.

use super::{fail, options::Options, script::Script};

/// An encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// The Pi's.
    Hardware,
    /// libx264, through libav.
    Libav,
    /// None.
    Yuv420,
}

/// Said by libav and x264 when they begin.
const BEGIN: &str = "\
[libx264 @ 0x7f8c04015a80] using cpu capabilities: ARMv8 NEON
[libx264 @ 0x7f8c04015a80] profile High, level 3.1, 4:2:0, 8-bit
[libx264 @ 0x7f8c04015a80] 264 - core 164 r3108 31e19f9 - H.264/MPEG-4 AVC codec - options: cabac=1 ref=1 slices=4
Output #0, flv, to '-':
  Stream #0:0: Video: h264, yuv420p(tv, smpte170m, progressive), q=2-31, 2000 kb/s, 90k tbn
    Side data:
      cpb: bitrate max/min/avg: 2500000/0/2000000 buffer size: 500000 vbv_delay: N/A
";
/// And when they end.
const END: &str = "\
[flv @ 0x7f8c04001230] Failed to update header with correct duration.
[flv @ 0x7f8c04001230] Failed to update header with correct filesize.
[libx264 @ 0x7f8c04015a80] frame I:4     Avg QP:18.00  size: 12345
[libx264 @ 0x7f8c04015a80] frame P:96    Avg QP:21.00  size:  2345
[libx264 @ 0x7f8c04015a80] mb I  I16..4: 30.1% 40.2% 29.7%
[libx264 @ 0x7f8c04015a80] mb P  I16..4:  1.1%  0.2%  0.7%  P16..4: 20.1%  5.2%  2.7%  0.0%  0.0%    skip:70.0%
[libx264 @ 0x7f8c04015a80] final ratefactor: 20.07
[libx264 @ 0x7f8c04015a80] coded y,uvDC,uvAC intra: 40.1% 30.2% 10.7% inter: 5.1% 3.2% 0.7%
[libx264 @ 0x7f8c04015a80] i16 v,h,dc,p: 30% 30% 20% 20%
[libx264 @ 0x7f8c04015a80] kb/s:1987.65
";

impl Codec {
    /// The one that was asked for; on a Pi 5, H.264 is libav's. Fails as the real one does.
    pub fn new(options: &Options, script: &Script) -> Self {
        let codec = match options.value("codec").unwrap_or("h264") {
            "yuv420" => Self::Yuv420,
            "libav" => Self::Libav,
            "h264" if script.is_pi_5 => Self::Libav,
            "h264" => Self::Hardware,
            other => fail::fatal(&format!("Unrecognised codec {other}")),
        };
        if codec != Self::Hardware && options.has("save-pts") {
            fail::fatal("libav: Incompatible options selected.");
        }
        // "-" has no ending that would tell it.
        if codec == Self::Libav && !options.has("libav-format") {
            fail::fatal("libav: cannot allocate output context, try setting with --libav-format");
        }
        codec
    }

    /// Milliseconds from SIGINT to the end.
    pub const fn end_ms(self) -> u64 {
        match self {
            Self::Hardware => 400,
            Self::Libav | Self::Yuv420 => 200,
        }
    }

    /// It begins.
    pub fn begin(self) {
        if self == Self::Libav {
            eprint!("{BEGIN}");
        }
    }

    /// It ends.
    pub fn end(self) {
        if self == Self::Libav {
            eprint!("{END}");
        }
    }
}
