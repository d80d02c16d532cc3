//! FLV as libav writes it for `--libav-format flv`: written apart from the program's own reader.
//!
//! ```text
//! FLV 1 1 9 0 │ script tag onMetaData │ video tag: AVC sequence header │ one video tag a frame, NAL units by length
//! ```
//! Parameter sets stand in the sequence header only. All in front of the first frame is one write, of 273 bytes with FFmpeg 7.1.

use std::time::Duration;

use super::clip::nal_units;

const VIDEO: u8 = 9;
const SCRIPT: u8 = 18;
/// Bytes in front of the first frame.
const HEADER_BYTES: usize = 273;

/// What one access unit becomes; the first has the header in front of it.
pub struct Flv {
    has_header: bool,
    size: (f64, f64),
}

impl Flv {
    pub fn new(size: (f64, f64)) -> Self {
        Self { has_header: false, size }
    }

    /// The writes of an access unit: the header, if it is due, and the tag.
    pub fn packets(&mut self, unit: &[u8], at: Duration) -> Vec<Vec<u8>> {
        let units = nal_units(unit);
        let kind = |unit: &[u8]| unit.first().map_or(0, |first| first & 0x1f);
        let mut packets = Vec::new();
        if !self.has_header {
            let find = |wanted| units.iter().find(|unit| kind(unit) == wanted).expect("a keyframe is first");
            packets.push(self.header(find(7), find(8)));
            self.has_header = true;
        }
        let is_key = units.iter().any(|unit| kind(unit) == 5);
        let mut data = vec![if is_key { 0x17 } else { 0x27 }, 1, 0, 0, 0];
        for unit in units.iter().filter(|unit| !matches!(kind(unit), 7 | 8)) {
            data.extend((unit.len() as u32).to_be_bytes());
            data.extend(unit);
        }
        packets.push(tag(VIDEO, at, &data));
        packets
    }

    fn header(&self, sps: &[u8], pps: &[u8]) -> Vec<u8> {
        let mut out = b"FLV\x01\x01\0\0\0\x09\0\0\0\0".to_vec();
        let mut script = vec![2, 0, 10];
        script.extend(b"onMetaData");
        script.extend([8, 0, 0, 0, 4]);
        for (name, value) in
            [("duration", 0.0), ("width", self.size.0), ("height", self.size.1), ("videocodecid", 7.0)]
        {
            script.extend((name.len() as u16).to_be_bytes());
            script.extend(name.as_bytes());
            script.push(0);
            script.extend(f64::to_be_bytes(value));
        }
        let mut record = vec![0x17, 0, 0, 0, 0, 1, sps[1], sps[2], sps[3], 0xff, 0xe1];
        record.extend((sps.len() as u16).to_be_bytes());
        record.extend(sps);
        record.push(1);
        record.extend((pps.len() as u16).to_be_bytes());
        record.extend(pps);
        let configuration = tag(VIDEO, Duration::ZERO, &record);
        // The name of the encoder, as long as makes it right: name, type, length; then the end of the script, and its tag.
        let others = out.len() + script.len() + configuration.len() + 12 + 3 + 15;
        let name = HEADER_BYTES.saturating_sub(others);
        script.extend(b"\0\x07encoder\x02");
        script.extend((name as u16).to_be_bytes());
        script.extend(b"Lavf61.7.100".iter().cycle().take(name));
        script.extend([0, 0, 9]);
        out.extend(tag(SCRIPT, Duration::ZERO, &script));
        out.extend(configuration);
        assert_eq!(out.len(), HEADER_BYTES, "as FFmpeg 7.1 has it");
        out
    }
}

fn tag(kind: u8, at: Duration, data: &[u8]) -> Vec<u8> {
    let at_ms = (at.as_millis() as u32).to_be_bytes();
    let length = (data.len() as u32).to_be_bytes();
    let mut out = vec![kind];
    out.extend(&length[1..]);
    out.extend(&at_ms[1..]);
    out.push(at_ms[0]);
    out.extend([0; 3]);
    out.extend(data);
    out.extend((data.len() as u32 + 11).to_be_bytes());
    out
}
