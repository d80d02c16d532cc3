//! Writes transport streams in all the ways in which others do.

/// PID of the usual program's map.
pub(crate) const MAP_PID: u16 = 0x1000;
/// PID of the usual video.
pub(crate) const VIDEO_PID: u16 = 0x100;
/// Packets as somebody writes them.
pub(crate) struct Writer {
    /// Bytes in front of each packet and behind it.
    pub(crate) around: (usize, usize),
    pub(crate) video_pid: u16,
    pub(crate) stream_id: u8,
    /// What is said of a payload of so many bytes.
    pub(crate) length: fn(usize) -> usize,
    /// The counter of the packet with this number among those of its PID, and among all.
    pub(crate) counter: fn(usize, usize) -> usize,
    pub(crate) is_each_twice: bool,
    /// Bits of scrambling.
    pub(crate) scrambling: u8,
    /// Bytes of the adaptation field of the packet with this number; `None` for none.
    pub(crate) adaptation: fn(usize) -> Option<u8>,
    pub(crate) packets: usize,
    pub(crate) packets_of_video: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self {
            around: (0, 0),
            video_pid: VIDEO_PID,
            stream_id: 0xe0,
            length: |_| 0,
            counter: |of_pid, _| of_pid,
            is_each_twice: false,
            scrambling: 0,
            adaptation: |_| None,
            packets: 0,
            packets_of_video: 0,
            bytes: Vec::new(),
        }
    }

    /// The packets of a unit.
    pub(crate) fn unit(&mut self, pid: u16, unit: &[u8]) {
        let mut rest = unit;
        let mut is_first = true;
        while !rest.is_empty() {
            let of_pid = if pid == self.video_pid { self.packets_of_video } else { self.packets };
            let counter = u8::try_from((self.counter)(of_pid, self.packets) % 16).expect("small");
            let scrambling = if pid == self.video_pid { self.scrambling } else { 0 };
            let adaptation = (self.adaptation)(self.packets).map_or(0, |length| 1 + usize::from(length));
            let taken = rest.len().min(184 - adaptation);
            let (payload, left) = rest.split_at(taken);
            let filling = 184 - taken;
            let [high, low] = pid.to_be_bytes();
            let kind = if filling == 0 { 0x10 } else { 0x30 };
            let mut packet =
                vec![0x47, u8::from(is_first) << 6 | high, low, scrambling << 6 | kind | counter];
            match filling {
                0 => {}
                1 => packet.push(0),
                _ => {
                    packet.extend([u8::try_from(filling - 1).expect("small"), 0]);
                    packet.resize(4 + filling, 0xff);
                }
            }
            packet.extend_from_slice(payload);
            for _ in 0..=usize::from(self.is_each_twice) {
                self.bytes.extend(vec![0; self.around.0]);
                self.bytes.extend_from_slice(&packet);
                self.bytes.extend(vec![0xf3; self.around.1]);
            }
            self.packets += 1;
            self.packets_of_video += usize::from(pid == self.video_pid);
            (rest, is_first) = (left, false);
        }
    }

    /// A PES packet with the video.
    pub(crate) fn pes(&mut self, pts: Option<u64>, payload: &[u8]) {
        let times = pts.map_or(Vec::new(), |pts| {
            let part = |shift: u32| u8::try_from(pts >> shift & 0xff).expect("a byte");
            vec![0x21 | part(29) & 0x0e, part(22), part(14) | 1, part(7), part(0) << 1 | 1]
        });
        let length = (self.length)(3 + times.len() + payload.len());
        let [high, low] = u16::try_from(length).expect("small").to_be_bytes();
        let has_pts = u8::from(pts.is_some()) << 7;
        let count = u8::try_from(times.len()).expect("small");
        let header = [0, 0, 1, self.stream_id, high, low, 0x80, has_pts, count];
        self.unit(self.video_pid, &[&header[..], &times, payload].concat());
    }

    pub(crate) fn tables(&mut self, tables: &[(u16, Vec<u8>)]) {
        for (pid, section) in tables {
            self.unit(*pid, &[&[0], &section[..]].concat());
        }
    }
}

/// A section with its checksum.
pub(crate) fn section(table: u8, version: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(5 + body.len() + 4).expect("small");
    let mut out = vec![table, 0xb0, length, 0, 1, 0xc1 | version << 1, 0, 0];
    out.extend_from_slice(body);
    let crc = out.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte) << 24, |crc, _| {
            if crc & 1 << 31 == 0 { crc << 1 } else { crc << 1 ^ 0x04c1_1db7 }
        })
    });
    out.extend(crc.to_be_bytes());
    out
}

/// The association of programs with the PIDs of their maps.
pub(crate) fn pat(maps: &[u16]) -> (u16, Vec<u8>) {
    let programs = (1u16..).zip(maps).flat_map(|(number, pid)| {
        let [[n1, n0], [p1, p0]] = [number.to_be_bytes(), pid.to_be_bytes()];
        [n1, n0, 0xe0 | p1, p0]
    });
    (0, section(0, 0, &programs.collect::<Vec<_>>()))
}

/// The map of a program with streams of these types, PIDs and descriptors.
pub(crate) fn pmt(version: u8, streams: &[(u8, u16, &[u8])]) -> Vec<u8> {
    let mut body = vec![0xe1, 0, 0xf0, 0];
    for (stream_type, pid, descriptors) in streams {
        let [high, low] = pid.to_be_bytes();
        body.extend([*stream_type, 0xe0 | high, low, 0xf0, u8::try_from(descriptors.len()).expect("small")]);
        body.extend_from_slice(descriptors);
    }
    section(2, version, &body)
}

pub(crate) fn usual_tables() -> Vec<(u16, Vec<u8>)> {
    vec![pat(&[MAP_PID]), (MAP_PID, pmt(0, &[(0x1b, VIDEO_PID, &[])]))]
}
