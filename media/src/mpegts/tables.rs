//! Which PID has the video (ISO/IEC 13818-1 section 2.4.4).
//!
//! ```text
//! PID 0 ─► PAT ─► PIDs of program maps ─► PMT ─► the first stream of H.264, by its type or descriptors
//! a PES packet that begins with H.264, where no map has a stream of H.264 ─► a guess until one has
//! ```

use super::{
    PAT_PID,
    error::OtherStream,
    packet::Packet,
    pes::begins_h264,
    section::{SectionReader, Stream, program_maps, streams},
};

/// Programs whose maps are read; the first with H.264 is played.
const MAX_PROGRAMS: usize = 16;
/// stream_type of H.264 (table 2-34).
const H264_TYPE: u8 = 0x1b;
/// Of H.264 that is scrambled sample by sample (HTTP Live Streaming).
const SCRAMBLED_H264_TYPE: u8 = 0xdb;
/// Of other video: MPEG-1, MPEG-2, MPEG-4 part 2, H.265.
const VIDEO_TYPES: [u8; 4] = [0x01, 0x02, 0x10, 0x24];
/// Of private data, which may be anything.
const PRIVATE_TYPE: u8 = 0x06;
/// The first PID that is no table's (table 2-3), and that of empty packets.
const PIDS: std::ops::Range<u16> = 0x20..0x1fff;

/// Which PID has the video.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pat: SectionReader,
    maps: Vec<Map>,
    video: Option<Video>,
    /// Said once.
    other: Option<OtherStream>,
}

#[derive(Debug)]
struct Map {
    pid: u16,
    reader: SectionReader,
    /// What it says; `None` before it came.
    streams: Option<Vec<Stream>>,
}

#[derive(Clone, Copy, Debug)]
struct Video {
    pid: u16,
    /// PID of the map that has it; `None` for a guess.
    map: Option<u16>,
}

impl Tables {
    pub(super) fn video_pid(&self) -> Option<u16> {
        self.video.map(|video| video.pid)
    }

    /// Takes a packet that is none of the video; whether the video is another now. What there is instead of H.264 goes to
    /// `other`.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, other: impl FnMut(OtherStream)) -> bool {
        let Some(payload) = packet.payload else { return false };
        let before = self.video_pid();
        if packet.pid == PAT_PID {
            self.association(payload, packet.begins_unit);
        } else if let Some(map) = self.maps.iter_mut().find(|map| map.pid == packet.pid) {
            let Map { reader, streams: known, .. } = map;
            let mut is_new = false;
            reader.push(payload, packet.begins_unit, |section| {
                if let Some(read) = streams(section) {
                    *known = Some(read);
                    is_new = true;
                }
            });
            if is_new {
                self.map_was_read(packet.pid, other);
            }
        } else if self.video.is_none() && packet.begins_unit && self.may_be_video(packet.pid) {
            self.video = begins_h264(payload).then_some(Video { pid: packet.pid, map: None });
        }
        before.is_some() && before != self.video_pid()
    }

    fn association(&mut self, payload: &[u8], begins_unit: bool) {
        let Self { pat, maps, video, .. } = self;
        pat.push(payload, begins_unit, |section| {
            let Some(pids) = program_maps(section) else { return };
            let pids: Vec<u16> = pids.take(MAX_PROGRAMS).collect();
            maps.retain(|map| pids.contains(&map.pid));
            for pid in pids {
                if !maps.iter().any(|map| map.pid == pid) {
                    maps.push(Map { pid, reader: SectionReader::default(), streams: None });
                }
            }
            *video = video.filter(|video| video.map.is_none_or(|of| maps.iter().any(|map| map.pid == of)));
        });
    }

    /// The map at `pid` says which streams there are.
    fn map_was_read(&mut self, pid: u16, mut give_other: impl FnMut(OtherStream)) {
        let of_map = |map: &Map| (map.pid == pid).then(|| map.streams.clone()).flatten();
        let streams = self.maps.iter().find_map(of_map).unwrap_or_default();
        let h264 = streams.iter().find(|stream| is_h264(stream)).map(|stream| stream.pid);
        match (h264, self.video) {
            (Some(video), None | Some(Video { map: None, .. })) => {
                self.video = Some(Video { pid: video, map: Some(pid) });
            }
            (Some(video), Some(Video { map: Some(map), .. })) if map == pid => {
                self.video = Some(Video { pid: video, map: Some(pid) });
            }
            (None, Some(Video { map: Some(map), .. })) if map == pid => self.video = None,
            (None, Some(Video { map: None, pid })) if !self.may_be_video(pid) => self.video = None,
            _ => {}
        }
        let all = || self.maps.iter().filter_map(|map| map.streams.as_deref()).flatten();
        let is_all_known = self.maps.iter().all(|map| map.streams.is_some());
        if self.video.is_some() || !is_all_known || all().any(is_opaque) {
            return;
        }
        let types = || all().map(|stream| stream.stream_type);
        let video = types().find(|stream_type| VIDEO_TYPES.contains(stream_type));
        let scrambled = types().find(|stream_type| *stream_type == SCRAMBLED_H264_TYPE);
        let other = scrambled
            .map(|_| OtherStream::Scrambled)
            .or_else(|| video.or_else(|| types().next()).map(OtherStream::Type));
        if let Some(other) = other.filter(|other| Some(*other) != self.other) {
            self.other = Some(other);
            give_other(other);
        }
    }

    /// Whether no map says what the stream at `pid` is.
    fn may_be_video(&self, pid: u16) -> bool {
        let mut streams = self.maps.iter().filter_map(|map| map.streams.as_deref()).flatten();
        PIDS.contains(&pid) && streams.find(|stream| stream.pid == pid).is_none_or(is_opaque)
    }
}

const fn is_h264(stream: &Stream) -> bool {
    stream.stream_type == H264_TYPE || (stream.stream_type == PRIVATE_TYPE && stream.is_described_as_h264)
}

/// Whether its type leaves open what it is.
const fn is_opaque(stream: &Stream) -> bool {
    matches!(stream.stream_type, 0 | PRIVATE_TYPE)
}
