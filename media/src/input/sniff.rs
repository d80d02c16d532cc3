//! What bytes look like that are not the H.264 they should be.
//!
//! ```text
//! first bytes ─► Guess ─► "looks like a JPEG picture"
//! ```
//! For messages to a person only: nothing is decided by it. A few hundred bytes are enough for most.

use std::fmt;

use super::format::Format;
use crate::mpegts::{PACKET_DISTANCES, SYNC};

/// Most bytes that are looked at.
const HEAD_BYTES: usize = 64 << 10;

/// What bytes look like. `Display` completes the sentence "it looks like …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// An H.264 byte stream, as it should be.
    H264,
    /// An H.265 byte stream.
    H265,
    /// One JPEG picture.
    Jpeg,
    /// JPEG pictures one after another, or as multipart.
    Mjpeg,
    /// A PNG picture.
    Png,
    /// A GIF picture.
    Gif,
    /// Flash video.
    Flv,
    /// MPEG transport stream.
    MpegTs,
    /// MP4 or QuickTime.
    Mp4,
    /// Matroska or WebM.
    Matroska,
    /// MPEG-1 or MPEG-2 video, bare or in a program stream.
    Mpeg,
    /// MPEG-4 part 2 video, bare.
    Mpeg4,
    /// A RIFF file: AVI or WAV.
    Riff,
    /// Ogg.
    Ogg,
    /// IVF with VP8, VP9 or AV1.
    Ivf,
    /// YUV4MPEG2: raw pictures with a header.
    Y4m,
    /// An HTTP message.
    Http,
    /// An HTML page.
    Html,
    /// Readable text.
    Text,
    /// Zeros only.
    Zeros,
    /// Nothing at all.
    Nothing,
    /// Something else.
    Unknown,
}

impl Guess {
    /// Whether it is what it should be.
    #[must_use]
    pub const fn is(self, format: Format) -> bool {
        matches!(
            (self, format),
            (Self::H264, Format::H264)
                | (Self::Flv, Format::Flv)
                | (Self::MpegTs, Format::MpegTs)
                | (Self::Jpeg | Self::Mjpeg, Format::Mjpeg)
        )
    }
}

/// What `head`, the first bytes of something, looks like.
#[must_use]
pub fn looks_like(head: &[u8]) -> Guess {
    let head = &head[..head.len().min(HEAD_BYTES)];
    let text = head.trim_ascii_start();
    let begins = |magic: &[u8]| head.starts_with(magic);
    let has_at = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
    match head {
        [] => Guess::Nothing,
        _ if head.iter().all(|&byte| byte == 0) => Guess::Zeros,
        _ if begins(&[0xff, 0xd8, 0xff]) => jpeg(head),
        _ if begins(b"\x89PNG") => Guess::Png,
        _ if begins(b"GIF8") => Guess::Gif,
        [b'F', b'L', b'V', 0..=4, ..] => Guess::Flv,
        _ if begins(&[0x1a, 0x45, 0xdf, 0xa3]) => Guess::Matroska,
        _ if begins(b"RIFF") => Guess::Riff,
        _ if begins(b"OggS") => Guess::Ogg,
        _ if begins(b"DKIF") => Guess::Ivf,
        _ if begins(b"YUV4MPEG2") => Guess::Y4m,
        _ if MP4_BOXES.iter().any(|name| has_at(4, name)) => Guess::Mp4,
        _ if is_transport_stream(head) => Guess::MpegTs,
        _ if is_jpeg_behind_text(head) => Guess::Mjpeg,
        _ if begins(b"HTTP/1.") || begins(b"HTTP/2") => Guess::Http,
        _ if text.starts_with(b"--") && contains(head, b"image/jp") => Guess::Mjpeg,
        _ if is_html(text) => Guess::Html,
        _ => match byte_stream(head) {
            Some(Guess::H264) => Guess::H264,
            // Joined within a picture; tables of a JPEG look like other units.
            _ if is_joined_mjpeg(head) => Guess::Mjpeg,
            Some(guess) => guess,
            None if is_text(head) => Guess::Text,
            None => Guess::Unknown,
        },
    }
}

/// Names of boxes that stand first in MP4 and QuickTime files (ISO/IEC 14496-12).
const MP4_BOXES: [&[u8]; 7] = [b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"wide"];

fn jpeg(head: &[u8]) -> Guess {
    // The end of one picture and the begin of the next.
    if contains(head, &[0xff, 0xd9, 0xff, 0xd8, 0xff]) { Guess::Mjpeg } else { Guess::Jpeg }
}

/// Whether a picture begins where text ends, as in a part of multipart.
fn is_jpeg_behind_text(head: &[u8]) -> bool {
    memchr::memmem::find(head, &[0xff, 0xd8, 0xff])
        .is_some_and(|at| at > 0 && head[at - 1] == b'\n' && is_text(&head[..at]))
}

/// Whether a picture begins anywhere, with tables, a comment or an application's segment, and has a scan.
fn is_joined_mjpeg(head: &[u8]) -> bool {
    let begins = memchr::memmem::find_iter(head, &[0xff, 0xd8, 0xff])
        .any(|at| matches!(head.get(at + 3), Some(0xc0 | 0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe)));
    begins && contains(head, &[0xff, 0xda])
}

fn is_html(text: &[u8]) -> bool {
    let begins = |tag: &[u8]| text.get(..tag.len()).is_some_and(|front| front.eq_ignore_ascii_case(tag));
    begins(b"<!doctype html") || begins(b"<html") || begins(b"<head") || begins(b"<body")
}

/// Whether sync bytes stand a packet apart, five times or to the end; anywhere, since a stream may be joined.
fn is_transport_stream(head: &[u8]) -> bool {
    let is_sync = |at: usize| head.get(at).is_none_or(|&byte| byte == SYNC);
    PACKET_DISTANCES.into_iter().any(|distance| {
        head.len() > 2 * distance
            && (0..distance).any(|first| (0..5).all(|packet| is_sync(first + packet * distance)))
    })
}

/// What the units between start codes are.
fn byte_stream(head: &[u8]) -> Option<Guess> {
    let (mut h264, mut h265, mut mpeg, mut mpeg4, mut others) = (0, 0, 0, 0, 0);
    for at in memchr::memmem::find_iter(head, &[0, 0, 1]) {
        let Some(&[byte, next]) = head.get(at + 3..at + 5) else { continue };
        match byte {
            // The first bit is forbidden in H.264 and H.265. MPEG-4: sequence and picture headers.
            0xb0 | 0xb6 => mpeg4 += 1,
            // MPEG-1 and MPEG-2: sequence, extension, GOP, pack, system, padding and video headers.
            0xb3 | 0xb5 | 0xb8 | 0xba | 0xbb | 0xbe | 0xbf | 0xe0 => mpeg += 1,
            0x80.. => others += 1,
            // H.265: slices and sets of layer 0 and temporal layer 0; type 3 would be the SEI of H.264.
            _ if next == 1 && byte & 1 == 0 && matches!(byte >> 1, 0 | 1 | 6..=9 | 16..=21 | 32..=40) => {
                h265 += 1;
            }
            // H.264: slices, sets, SEI and delimiters.
            _ if matches!(byte & 0x1f, 1 | 5..=9) => h264 += 1,
            _ => others += 1,
        }
    }
    let begins_mpeg = contains(head, &[0, 0, 1, 0xb3]) || contains(head, &[0, 0, 1, 0xba]);
    if mpeg4 > 0 && mpeg4 >= mpeg && mpeg4 + mpeg >= 2 {
        Some(Guess::Mpeg4)
    } else if begins_mpeg && mpeg >= 2 {
        Some(Guess::Mpeg)
    } else if h264.max(h265) == 0 || h264.max(h265) < others {
        None
    } else if h265 >= h264 {
        Some(Guess::H265)
    } else {
        Some(Guess::H264)
    }
}

fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut at the end.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !valid.is_empty()
        && valid
            .chars()
            .all(|letter| !letter.is_control() || letter.is_ascii_whitespace() || letter == '\x1b')
}

fn contains(head: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(head, needle).is_some()
}

impl fmt::Display for Guess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::H264 => "H.264 video (Annex B), but without a keyframe that can be decoded",
            Self::H265 => "H.265 (HEVC) video; only H.264 is played, so set the camera or encoder to H.264",
            Self::Jpeg => "a JPEG picture",
            Self::Mjpeg => "motion JPEG: JPEG pictures one after another",
            Self::Png => "a PNG picture",
            Self::Gif => "a GIF picture",
            Self::Flv => "Flash video (FLV)",
            Self::MpegTs => "an MPEG transport stream",
            Self::Mp4 => "an MP4 file: use -f mpegts instead of -f mp4 (of a file: ffmpeg -re -i FILE -c copy -f mpegts -)",
            Self::Matroska => "a Matroska or WebM file: use -f mpegts (of a file: ffmpeg -re -i FILE -c copy -f mpegts -)",
            Self::Mpeg => "MPEG-1 or MPEG-2 video",
            Self::Mpeg4 => "MPEG-4 part 2 video; only H.264 is played",
            Self::Riff => "a RIFF file, such as AVI or WAV",
            Self::Ogg => "an Ogg file",
            Self::Ivf => "an IVF file, with VP8, VP9 or AV1",
            Self::Y4m => "raw pictures (YUV4MPEG2)",
            Self::Http => "an HTTP message: an address that speaks HTTP, not bare video",
            Self::Html => "an HTML page",
            Self::Text => "text, perhaps a message of the program that should give video",
            Self::Zeros => "zeros only",
            Self::Nothing => "nothing: not one byte came",
            Self::Unknown => "an unknown format",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes() {
        let mut ts = vec![0u8; 188 * 6];
        ts.iter_mut().step_by(188).for_each(|byte| *byte = 0x47);
        let cut_ts = ts[100..].to_vec();
        let mut timed_ts = vec![0u8; 192 * 6];
        timed_ts.iter_mut().skip(4).step_by(192).for_each(|byte| *byte = 0x47);
        let table: [(&str, &[u8], Guess); 39] = [
            ("nothing", b"", Guess::Nothing),
            ("zeros", &[0; 500], Guess::Zeros),
            ("SPS", &[0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x1f, 0, 0, 0, 1, 0x68, 0xce], Guess::H264),
            ("AUD", &[0, 0, 0, 1, 0x09, 0x10, 0, 0, 1, 0x67, 0x64], Guess::H264),
            ("AUD alone", &[0, 0, 0, 1, 0x09, 0xf0], Guess::H264),
            ("Raspberry Pi", &[0, 0, 0, 1, 0x27, 0x64, 0, 0x28, 0xac, 0, 0, 0, 1, 0x28, 0xee], Guess::H264),
            ("joined in the middle", &[9, 9, 0x13, 0, 0, 0, 1, 0x41, 0x9a, 3], Guess::H264),
            ("disposable slices", &[9, 0, 0, 1, 0x01, 0x9e, 0, 0, 1, 0x01, 0x9f], Guess::H264),
            ("VPS", &[0, 0, 0, 1, 0x40, 1, 12, 1, 0, 0, 0, 1, 0x42, 1, 1], Guess::H265),
            ("H.265 with AUD", &[0, 0, 0, 1, 0x46, 1, 0x10, 0, 0, 0, 1, 0x40, 1, 12], Guess::H265),
            ("JPEG", &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F'], Guess::Jpeg),
            ("MJPEG", &[0xff, 0xd8, 0xff, 0xdb, 1, 2, 0xff, 0xd9, 0xff, 0xd8, 0xff, 0xdb], Guess::Mjpeg),
            ("multipart", b"--frame\r\nContent-Type: image/jpeg\r\n\r\n", Guess::Mjpeg),
            ("a part without a type", b"\r\n--x\r\n\r\n\xff\xd8\xff\xe0", Guess::Mjpeg),
            ("an HTTP response with pictures", b"HTTP/1.0 200 OK\r\n\r\n\xff\xd8\xff\xe0", Guess::Mjpeg),
            ("PNG", b"\x89PNG\r\n\x1a\n", Guess::Png),
            ("GIF", b"GIF89a", Guess::Gif),
            ("FLV", b"FLV\x01\x01\0\0\0\x09", Guess::Flv),
            ("transport stream", &ts, Guess::MpegTs),
            ("transport stream, cut", &cut_ts, Guess::MpegTs),
            ("transport stream with times", &timed_ts, Guess::MpegTs),
            ("MP4", b"\0\0\0\x1cftypisom", Guess::Mp4),
            ("fragment", b"\0\0\0\x18moof\0\0\0\x10mfhd", Guess::Mp4),
            ("Matroska", &[0x1a, 0x45, 0xdf, 0xa3, 0x9f], Guess::Matroska),
            ("MPEG-1", &[0, 0, 1, 0xb3, 0x14, 0, 0xf0, 0, 0, 1, 0xb8, 0, 0, 0, 1, 1, 9], Guess::Mpeg),
            ("program stream", &[0, 0, 1, 0xba, 0x44, 0, 0, 0, 1, 0xe0, 7, 8], Guess::Mpeg),
            (
                "MPEG-2",
                &[0, 0, 1, 0xb3, 0x14, 0, 0, 1, 0xb5, 0x14, 0x82, 0, 0, 1, 0, 0, 9, 0, 0, 1, 2, 3],
                Guess::Mpeg,
            ),
            (
                "MPEG-4",
                &[0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb5, 9, 9, 0, 0, 1, 0x20, 0, 0, 0, 1, 0xb6, 0x10],
                Guess::Mpeg4,
            ),
            ("H.265 slices", &[0, 0, 1, 0x26, 1, 9, 0, 0, 1, 2, 1, 9, 0, 0, 1, 0, 1, 0xd0], Guess::H265),
            ("AVI", b"RIFF\0\0\0\0AVI LIST", Guess::Riff),
            ("Ogg", b"OggS\0\x02", Guess::Ogg),
            ("IVF", b"DKIF\0\0 \0VP80", Guess::Ivf),
            ("Y4M", b"YUV4MPEG2 W640 H480", Guess::Y4m),
            ("HTTP", b"HTTP/1.1 200 OK\r\n", Guess::Http),
            ("HTML", b"\n <!DOCTYPE html><html>", Guess::Html),
            ("a message", b"ERROR: *** no cameras available ***\n", Guess::Text),
            ("cut umlaut", b"K\xc3\xbchl und sch\xc3", Guess::Text),
            ("random", &[0x8f, 0x12, 0xfe, 0, 0x99, 0xa1], Guess::Unknown),
            ("random with a start code", &[0x8f, 0x12, 0xfe, 0, 0, 1, 0xf9, 0xa1], Guess::Unknown),
        ];
        for (name, head, guess) in table {
            assert_eq!(looks_like(head), guess, "{name}");
        }
    }

    #[test]
    fn any_cut_of_a_head_is_survived() {
        let head: Vec<u8> = (0..=255).chain([0, 0, 1]).chain(0..40).collect();
        for from in 0..head.len() {
            for to in from..head.len() {
                assert!(!looks_like(&head[from..to]).to_string().is_empty());
            }
        }
    }
}
