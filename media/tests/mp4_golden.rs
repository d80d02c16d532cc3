//! Real H.264 put into fragments and read back by ffprobe and ffmpeg: times, flags and pictures stay.
//!
//! ```text
//! ffmpeg ──► clip.mp4 ──► clip.h264 ──► frames ──► ours.mp4
//!               │ packets, pictures                   │ packets, pictures
//!               └──────────── must be equal ──────────┘
//! ```

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use lenscast_media::{
    codec::CodecConfig,
    fixtures::{h264_config, keyframe},
    frame::{Frame, Role},
    mp4::{fragment_into, group_fragment, init_segment},
    time::Timestamp,
};
use mp4_atom::{Atom, Avcc};

/// One packet as ffprobe prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packet {
    pts: i64,
    dts: i64,
    duration: u32,
    key: bool,
}

#[test]
fn a_live_stream_without_b_frames() {
    same_after_fragments("plain", "bframes=0:keyint=20:scenecut=0:repeat-headers=1", 30);
}

#[test]
fn b_frames_as_references_and_disposable() {
    same_after_fragments("b-frames", "bframes=3:b-adapt=0:b-pyramid=normal:keyint=24:scenecut=0", 25);
}

#[test]
fn several_slices_a_picture() {
    same_after_fragments("slices", "slices=4:bframes=0:keyint=15:scenecut=0", 30);
}

fn same_after_fragments(name: &str, x264: &str, frames_per_second: u32) -> Vec<Frame> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("mp4-golden-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder for the clips");
    let [clip, stream, ours] = ["clip.mp4", "clip.h264", "ours.mp4"].map(|file| folder.join(file));

    let picture = format!("testsrc2=s=320x240:r={frames_per_second}");
    let source = ["-y", "-f", "lavfi", "-i", &picture, "-frames:v", "50", "-pix_fmt", "yuv420p"];
    let codec = ["-c:v", "libx264", "-x264-params", x264, "-video_track_timescale", "90000"];
    run(ffmpeg().args(source).args(codec).arg(&clip));
    let to_stream = ["-c", "copy", "-bsf:v", "h264_mp4toannexb,h264_metadata=aud=insert", "-f", "h264"];
    run(ffmpeg().args(["-y", "-i"]).arg(&clip).args(to_stream).arg(&stream));

    let mut wanted = packets(&clip);
    // The clip begins before 0 where B frames hold back its first picture; ours begins at 0.
    let begin = wanted[0].dts;
    for packet in &mut wanted {
        packet.pts -= begin;
        packet.dts -= begin;
    }
    let frames = frames(&std::fs::read(&stream).expect("the clip's stream"), &wanted);
    for group in [1, 4] {
        let mut written = init_segment(&frames[0].config, None).expect("an init segment").to_vec();
        for group in frames.chunks(group) {
            match group {
                [alone] => fragment_into(&mut written, alone),
                several => written.extend_from_slice(&group_fragment(several.iter())),
            }
        }
        std::fs::write(&ours, written).expect("a file for the fragments");

        assert_eq!(packets(&ours), wanted, "{name}, {group} frames a fragment");
        assert_eq!(pictures(&ours), pictures(&clip), "{name}, {group} frames a fragment");
    }
    frames
}

/// Cuts a stream with access unit delimiters into frames that have the times of `packets`.
fn frames(stream: &[u8], packets: &[Packet]) -> Vec<Frame> {
    let mut access_units: Vec<Vec<&[u8]>> = Vec::new();
    for unit in nal_units(stream) {
        if unit[0] & 0x1F == 9 {
            access_units.push(Vec::new());
        }
        access_units.last_mut().expect("an access unit delimiter comes first").push(unit);
    }
    assert_eq!(access_units.len(), packets.len());
    let config = Arc::new(config(&access_units[0]));
    let both = access_units.iter().zip(packets).enumerate();
    both.map(|(index, (units, packet))| frame(index as u64, units, packet, &config)).collect()
}

fn frame(sequence: u64, nal_units: &[&[u8]], packet: &Packet, config: &Arc<CodecConfig>) -> Frame {
    let slice = nal_units.iter().find(|unit| matches!(unit[0] & 0x1F, 1 | 5)).expect("a slice");
    let role = match (slice[0] & 0x1F, slice[0] >> 5) {
        (5, _) => Role::Key,
        (_, 0) => Role::Disposable,
        _ => Role::Reference,
    };
    let mut payload = Vec::new();
    let mut units = Vec::new();
    for unit in nal_units {
        payload.extend_from_slice(&[0, 0, 0, 1]);
        let start = payload.len() as u32;
        payload.extend_from_slice(unit);
        units.push(start..payload.len() as u32);
    }
    Frame {
        sequence,
        role,
        pts: Timestamp::video(packet.pts),
        dts: Timestamp::video(packet.dts),
        duration: packet.duration,
        payload: payload.into(),
        units: units.into(),
        config: Arc::clone(config),
        ..keyframe()
    }
}

fn config(first: &[&[u8]]) -> CodecConfig {
    let find = |kind| first.iter().find(|unit| unit[0] & 0x1F == kind).expect("parameter sets come first");
    let (sps, pps) = (find(7), find(8));
    let mut description = Vec::new();
    Avcc::new(sps, pps).expect("an SPS").encode_body(&mut description).expect("avcC");
    let codec = format!("avc1.{:02x}{:02x}{:02x}", sps[1], sps[2], sps[3]);
    CodecConfig { codec_string: codec, description: description.into(), ..h264_config(320, 240) }
}

fn nal_units(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let codes = stream.windows(3).enumerate().filter(|(_, three)| *three == [0, 0, 1]);
    let starts: Vec<usize> = codes.map(|(at, _)| at + 3).collect();
    let ends: Vec<usize> = starts.iter().skip(1).map(|next| next - 3).chain([stream.len()]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| {
        let unit = &stream[start..end];
        &unit[..=unit.iter().rposition(|&byte| byte != 0).expect("a NAL unit is not all zero")]
    })
}

/// Packets in the order of the file, at 90 kHz.
fn packets(file: &Path) -> Vec<Packet> {
    let fields = ["-v", "error", "-show_entries", "packet=pts,dts,duration,flags", "-of", "json"];
    let output = run(Command::new("ffprobe").args(fields).arg(file));
    let json: serde_json::Value = serde_json::from_slice(&output).expect("JSON of ffprobe");
    let packets = json["packets"].as_array().expect("packets").iter();
    let number = |packet: &serde_json::Value, name: &str| packet[name].as_i64().expect("a number");
    packets
        .map(|packet| Packet {
            pts: number(packet, "pts"),
            dts: number(packet, "dts"),
            duration: number(packet, "duration").try_into().expect("a short duration"),
            key: packet["flags"].as_str().expect("flags").starts_with('K'),
        })
        .collect()
}

/// Hashes of the decoded pictures in the order they are shown.
fn pictures(file: &Path) -> Vec<String> {
    let hashes = ["-fps_mode", "passthrough", "-f", "framemd5", "-"];
    let output = run(ffmpeg().arg("-i").arg(file).args(hashes));
    let text = String::from_utf8(output).expect("text of ffmpeg");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit(',').next().expect("a hash").trim().to_owned()).collect()
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error"]);
    command
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap_or_else(|error| panic!("{:?}: {error}", command.get_program()));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{command:?}: {complaint}");
    output.stdout
}
