//! The streams of tests/golden, and what ffprobe and ffmpeg say of them.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::PathBuf;

/// A packet as ffprobe prints it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProbedPacket {
    /// Where it begins in the stream.
    pub(crate) pos: u64,
    /// Its length in bytes.
    pub(crate) size: u64,
    /// Whether it is taken for a keyframe.
    pub(crate) is_key: bool,
}

/// A stream with what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// Packets in decode order.
    pub(crate) packets: Vec<ProbedPacket>,
    /// Positions of the packets in display order.
    pub(crate) shown: Vec<u64>,
    picture_types: Vec<(u64, char)>,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) level: u32,
    pub(crate) has_b_frames: u32,
    /// The decoder configuration record as ffmpeg makes it.
    pub(crate) avcc: Vec<u8>,
}

impl Golden {
    /// All of them, by name.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let files = std::fs::read_dir(folder()).expect("tests/golden is part of the repository");
        let mut names: Vec<String> = files
            .map(|file| file.expect("a readable folder").file_name().to_string_lossy().into_owned())
            .filter_map(|file| file.strip_suffix(".h264").map(str::to_owned))
            .collect();
        names.sort_unstable();
        assert!(names.len() > 10, "golden streams are missing");
        names.into_iter().map(|name| Self::named(&name))
    }

    /// The stream `NAME.h264`.
    pub(crate) fn named(name: &str) -> Self {
        let path = |extension: &str| folder().join(format!("{name}.{extension}"));
        let text = |extension: &str| {
            std::fs::read_to_string(path(extension))
                .unwrap_or_else(|error| panic!("{name}.{extension}: {error}"))
        };
        let mut golden = Self {
            name: name.to_owned(),
            bytes: std::fs::read(path("h264")).expect("a golden stream"),
            packets: Vec::new(),
            shown: Vec::new(),
            picture_types: Vec::new(),
            width: 0,
            height: 0,
            level: 0,
            has_b_frames: 0,
            avcc: from_hexadecimal(text("avcc").trim()),
        };
        for line in text("ffprobe").lines() {
            let field = |key: &str| {
                let mut pairs = line.split('|').filter_map(|pair| pair.split_once('='));
                pairs
                    .find(|(name, _)| *name == key)
                    .map(|(_, value)| value.to_owned())
                    .expect("a field of ffprobe")
            };
            let number = |key: &str| field(key).parse::<u32>().expect("a number");
            if line.starts_with("packet") {
                let is_key = field("flags").starts_with('K');
                golden.packets.push(ProbedPacket {
                    pos: number("pos").into(),
                    size: number("size").into(),
                    is_key,
                });
            } else if line.starts_with("frame") {
                let pos = number("pkt_pos").into();
                golden.shown.push(pos);
                golden.picture_types.push((pos, field("pict_type").chars().next().expect("a letter")));
            } else {
                golden.width = number("width");
                golden.height = number("height");
                golden.level = number("level");
                golden.has_b_frames = number("has_b_frames");
            }
        }
        golden
    }

    /// The bytes of a packet in the stream.
    pub(crate) fn bytes_of(&self, packet: &ProbedPacket) -> &[u8] {
        let start = usize::try_from(packet.pos).expect("a small file");
        &self.bytes[start..start + usize::try_from(packet.size).expect("a small file")]
    }

    /// `I`, `P` or `B`, for the picture in the packet at `pos`.
    pub(crate) fn picture_type(&self, pos: u64) -> char {
        self.picture_types.iter().find(|(at, _)| *at == pos).expect("every packet is shown").1
    }
}

/// NAL units found the slow and plain way.
pub(crate) fn naive_units(bytes: &[u8]) -> Vec<&[u8]> {
    let mut starts: Vec<usize> = Vec::new();
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at..at + 3] == [0, 0, 1] {
            starts.push(at + 3);
        }
    }
    let mut units = Vec::new();
    for (index, &start) in starts.iter().enumerate() {
        let mut end = starts.get(index + 1).map_or(bytes.len(), |next| next - 3);
        while end > start && bytes[end - 1] == 0 {
            end -= 1;
        }
        if end > start {
            units.push(&bytes[start..end]);
        }
    }
    units
}

/// Bytes from pairs of digits.
pub(crate) fn from_hexadecimal(digits: &str) -> Vec<u8> {
    let pairs = (0..digits.len() / 2).map(|index| &digits[2 * index..2 * index + 2]);
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal digits")).collect()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}
