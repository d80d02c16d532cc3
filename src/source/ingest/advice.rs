//! Advice to a camera's owner about what its stream costs viewers. It is logged, and the stream is played.

use lenscast_media::frame::Frame;

/// Warns of the delay that B frames cost, with what removes them.
pub(super) fn advise_on_b_frames(frame: &Frame, camera: &str) {
    let depth = frame.config.reorder_depth();
    let frame_ms = u64::from(frame.duration) * 1_000 / u64::from(frame.dts.timebase.ticks_per_second());
    tracing::warn!(
        camera,
        "B frames: players delay the picture by up to {depth} frames (about {} ms); encode with -bf 0 (x264: -tune \
         zerolatency; rpicam-vid: --low-latency) to avoid that",
        u64::from(depth) * frame_ms
    );
}

/// Warns of a profile that few players decode (H.264, annex A.2), with what avoids it.
pub(super) fn advise_on_profile(codec_string: &str, camera: &str) {
    if let Some(profile) = rare_profile(codec_string) {
        tracing::warn!(
            camera,
            "H.264 {profile}: Firefox and many players cannot play it, nor can JPEG and MPEG-1 be made of it; encode with \
             -pix_fmt yuv420p"
        );
    }
}

/// The name of a profile with other than eight bits in 4:2:0.
fn rare_profile(codec_string: &str) -> Option<&'static str> {
    let profile = codec_string.strip_prefix("avc1.")?.get(..2)?.to_ascii_lowercase();
    match profile.as_str() {
        "6e" => Some("High 10"),
        "7a" => Some("High 4:2:2"),
        "f4" => Some("High 4:4:4 Predictive"),
        "2c" => Some("CAVLC 4:4:4 Intra"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_that_few_players_decode_are_named() {
        let table = [
            ("avc1.f4001f", Some("High 4:4:4 Predictive")),
            ("avc1.7A001f", Some("High 4:2:2")),
            ("avc1.6e001f", Some("High 10")),
            ("avc1.64001f", None),
            ("avc1.42c01f", None),
            ("mjpeg", None),
            ("", None),
        ];
        for (codec, expected) in table {
            assert_eq!(rare_profile(codec), expected, "{codec}");
        }
    }
}
