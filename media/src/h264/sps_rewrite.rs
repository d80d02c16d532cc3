//! Changes an SPS for decoders: how many frames are reordered, where it leaves that open (H.264 section E.1.1), and that
//! frames may be missing.
//!
//! ```text
//! … | vui_parameters_present_flag 0 | stop          … | 1 | a VUI with nothing but the restriction | stop
//! … | VUI … bitstream_restriction_flag 0 | stop     … | VUI … 1 | the restriction | stop
//! ```
//! A decoder that is not told holds back as many frames as the level allows, up to 16.

use bytes::Bytes;

use super::{
    nal::rbsp,
    sps::{MAX_PARAMETER_SET_BYTES, OpenEnd, Sps},
};
use crate::{bit_writer::BitWriter, bits::BitReader};

/// Flags of a VUI before bitstream_restriction_flag, all of which are 0: aspect_ratio_info, overscan_info, video_signal_type,
/// chroma_loc_info, timing_info, nal_hrd, vcl_hrd, pic_struct.
const EMPTY_VUI_FLAGS: u32 = 8;

impl Sps {
    /// The same SPS as `unit`, of which this was read, with max_num_reorder_frames = `depth`; `None` when it says something
    /// about reordering already.
    #[must_use]
    pub fn with_reorder_depth(&self, unit: &[u8], depth: u32) -> Option<Bytes> {
        let end = self.open_end?;
        let payload = rbsp(unit, MAX_PARAMETER_SET_BYTES);
        let (OpenEnd::NoVui(kept) | OpenEnd::NoRestriction(kept)) = end;
        let mut bits = BitReader::new(&payload);
        let mut writer = BitWriter::with_capacity(payload.len() + 8);
        for _ in 0..kept {
            writer.put(bits.flag().ok()?.into(), 1);
        }
        if matches!(end, OpenEnd::NoVui(_)) {
            writer.put(1, 1);
            writer.put(0, EMPTY_VUI_FLAGS);
        }
        writer.put(1, 1);
        // What holds where nothing is said: vectors over the boundaries, sizes not limited, vectors of 2^15.
        writer.put(1, 1);
        for code in [2, 1, 15, 15] {
            put_ue(&mut writer, code);
        }
        put_ue(&mut writer, depth);
        put_ue(&mut writer, depth.max(self.max_reference_frames));
        // rbsp_stop_one_bit.
        writer.put(1, 1);
        Some(escaped(*unit.first()?, &writer.into_bytes()))
    }

    /// The same SPS as `unit`, of which this was read, with gaps_in_frame_num_value_allowed_flag: a decoder that begins in
    /// the middle of a stream takes the frames before for missing, and puts empty ones in their places.
    #[must_use]
    pub fn with_gaps_allowed(&self, unit: &[u8]) -> Bytes {
        let mut payload = rbsp(unit, MAX_PARAMETER_SET_BYTES).into_owned();
        if let Some(byte) = payload.get_mut(self.gaps_flag_at / 8) {
            *byte |= 0x80 >> (self.gaps_flag_at % 8);
        }
        escaped(unit.first().copied().unwrap_or_default(), &payload)
    }
}

/// An unsigned Exp-Golomb code (section 9.1).
fn put_ue(writer: &mut BitWriter, value: u32) {
    let bits = (value + 1).ilog2();
    writer.put(0, bits);
    writer.put(value + 1, bits + 1);
}

/// The NAL unit with this header byte and payload, with emulation prevention (section 7.3.1).
fn escaped(header: u8, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(payload.len() + 8);
    out.push(header);
    let mut zeros = 0;
    for &byte in payload {
        if zeros == 2 && byte <= 3 {
            out.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        out.push(byte);
    }
    out.into()
}
