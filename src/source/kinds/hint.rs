//! What somebody meant who typed a kind of source that there is not. Pure.
//!
//! ```text
//! rtsp://door/1   ─► an address: the command that reads it
//! exce:cat x      ─► a kind with another letter or two
//! /dev/video0     ─► a path: of a device or a file
//! ```

use crate::{redact::redacted, source::typed::spec::SourceSpec};

/// What other programs call our kinds.
const OTHER_NAMES: [(&str, &str); 20] = [
    ("webcam", "v4l2"),
    ("usb", "v4l2"),
    ("uvc", "v4l2"),
    ("video", "v4l2"),
    ("csi", "rpicam"),
    ("picam", "rpicam"),
    ("picamera", "rpicam"),
    ("picamera2", "rpicam"),
    ("raspicam", "rpicam"),
    ("raspivid", "rpicam"),
    ("libcamera", "rpicam"),
    ("libcamera-vid", "rpicam"),
    ("rpicam-vid", "rpicam"),
    ("command", "exec"),
    ("cmd", "exec"),
    ("pipe", "-"),
    ("stdin", "-"),
    ("fifo", "file"),
    ("testsrc", "test"),
    ("pattern", "test"),
];

/// Endings of files that Lenscast does not read itself, and ffmpeg does.
const CONTAINERS: [&str; 8] = [".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ogv", ".wmv"];

/// The source that plays the address that was typed, if one was: another program reads it.
pub(super) fn instead_of_address(spec: &SourceSpec) -> Option<String> {
    let scheme = spec.kind.to_ascii_lowercase();
    let address = spec.rest.as_deref().filter(|rest| rest.starts_with("//"))?;
    let is_scheme = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if scheme.is_empty() || !is_scheme {
        return None;
    }
    let address = quoted(&redacted(&format!("{scheme}:{address}")));
    let by_ffmpeg = format!("exec:ffmpeg -i {address} -c copy -f mpegts -");
    Some(match scheme.as_str() {
        "http" | "https" => format!("exec:curl -sN {address} for motion JPEG, {by_ffmpeg} for other video"),
        "rtsp" | "rtsps" => format!("exec:ffmpeg -rtsp_transport tcp -i {address} -c copy -f mpegts -"),
        _ => by_ffmpeg,
    })
}

/// What may have been meant instead of the kind that was typed.
pub(super) fn did_you_mean(spec: &SourceSpec, names: &[&str]) -> Option<String> {
    let typed = spec.kind.to_ascii_lowercase();
    let rest = spec.rest.as_deref().map_or_else(String::new, |rest| format!(":{rest}"));
    if typed.starts_with("/dev/video") {
        return Some(format!("v4l2:{}", spec.kind));
    }
    if !typed.is_empty() && typed.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(format!("rpicam:{typed} or v4l2:/dev/video{typed}"));
    }
    if CONTAINERS.iter().any(|ending| typed.ends_with(ending)) && !typed.contains(' ') {
        let file = quoted(&format!("{}{rest}", spec.kind));
        return Some(format!("exec:ffmpeg -re -stream_loop -1 -i {file} -c copy -f mpegts -"));
    }
    if typed.contains(' ') {
        return Some(format!("exec:{}{rest}", spec.kind));
    }
    if typed.contains(['/', '.']) {
        return Some(format!("file:{}{rest}", spec.kind));
    }
    if let Some((_, name)) = OTHER_NAMES.iter().find(|(other, _)| *other == typed) {
        return Some((*name).to_owned());
    }
    let most = if typed.len() < 4 { 1 } else { 2 };
    let distances = names.iter().map(|name| (distance(&typed, name), *name));
    let nearest = distances.filter(|(distance, name)| *distance <= most && *distance < name.len()).min();
    nearest.map(|(_, name)| name.to_owned())
}

/// `word` as a shell takes it for one word.
fn quoted(word: &str) -> String {
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

/// Letters to insert, to remove or to replace, or neighbours to exchange, to make one word of another (the restricted
/// Damerau-Levenshtein distance).
fn distance(one: &str, other: &str) -> usize {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut rows = vec![vec![0; other.len() + 1]; one.len() + 1];
    for (row, line) in rows.iter_mut().enumerate() {
        line[0] = row;
    }
    rows[0] = (0..=other.len()).collect();
    for row in 1..=one.len() {
        for column in 1..=other.len() {
            let differs = usize::from(one[row - 1] != other[column - 1]);
            let mut least = (rows[row - 1][column] + 1)
                .min(rows[row][column - 1] + 1)
                .min(rows[row - 1][column - 1] + differs);
            let is_exchange = row > 1
                && column > 1
                && one[row - 1] == other[column - 2]
                && one[row - 2] == other[column - 1];
            if is_exchange {
                least = least.min(rows[row - 2][column - 2] + 1);
            }
            rows[row][column] = least;
        }
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 8] = ["test", "rpicam", "v4l2", "exec", "-", "tcp", "tcp-listen", "file"];

    #[test]
    fn an_address_is_read_by_another_program() {
        let table = [
            ("udp://239.0.0.1:1234", Some("exec:ffmpeg -i udp://239.0.0.1:1234 -c copy -f mpegts -")),
            ("door=srt://h:9?mode=x", Some("exec:ffmpeg -i 'srt://h:9?mode=x' -c copy -f mpegts -")),
            ("RTMP://h/live", Some("exec:ffmpeg -i rtmp://h/live -c copy -f mpegts -")),
            ("rtsp://cam/1", Some("exec:ffmpeg -rtsp_transport tcp -i rtsp://cam/1 -c copy -f mpegts -")),
            (
                "rtsp://me:se@cret@cam:554/1?a=b@c",
                Some("exec:ffmpeg -rtsp_transport tcp -i 'rtsp://***@cam:554/1?a=b@c' -c copy -f mpegts -"),
            ),
            (
                "http://esp.local:81/stream",
                Some(
                    "exec:curl -sN http://esp.local:81/stream for motion JPEG, exec:ffmpeg -i \
                     http://esp.local:81/stream -c copy -f mpegts - for other video",
                ),
            ),
            ("webcam", None),
            ("webcam:0", None),
            ("://x", None),
        ];
        for (typed, expected) in table {
            let spec: SourceSpec = typed.parse().expect(typed);
            assert_eq!(instead_of_address(&spec).as_deref(), expected, "{typed}");
        }
    }

    #[test]
    fn what_was_meant_is_named() {
        let table = [
            ("tset", Some("test")),
            ("exce:cat x", Some("exec")),
            ("execute:cat x", None),
            ("rpicm", Some("rpicam")),
            ("V4L2:/dev/video0", Some("v4l2")),
            ("v4l", Some("v4l2")),
            ("tcp_listen://0.0.0.0:1", Some("tcp-listen")),
            ("fiel:x", Some("file")),
            ("webcam", Some("v4l2")),
            ("stdin", Some("-")),
            ("/dev/video2", Some("v4l2:/dev/video2")),
            ("clip.h264", Some("file:clip.h264")),
            ("ffmpeg -i x:y -f mpegts -", Some("exec:ffmpeg -i x:y -f mpegts -")),
            ("0", Some("rpicam:0 or v4l2:/dev/video0")),
            ("clip.mp4", Some("exec:ffmpeg -re -stream_loop -1 -i clip.mp4 -c copy -f mpegts -")),
            ("/a b/Clip.MKV", Some("exec:/a b/Clip.MKV")),
            ("tset", Some("test")),
            ("", None),
            ("x", None),
            ("elephant", None),
        ];
        for (typed, expected) in table {
            let spec: SourceSpec = typed.parse().expect(typed);
            assert_eq!(did_you_mean(&spec, &NAMES).as_deref(), expected, "{typed}");
        }
    }
}
