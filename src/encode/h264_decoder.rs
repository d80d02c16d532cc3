//! H.264 decoder: one access unit in, its picture out, in this process.
//!
//! Pictures come in the order of decoding, each with its own access unit; `display.rs` puts them in order. What is
//! decoded is progressive 4:2:0 of 8 bits, baseline to high, B frames and several slices included. Colours leave here as all
//! raw pictures have them, whatever the stream's are. The memory that an SPS asks for is bounded before anything is decoded.

use bytes::{BufMut, Bytes, BytesMut};
use lenscast_media::{
    frame::Frame,
    h264::{
        nal::NalUnitType,
        sps::{ParameterSetError, Sps},
    },
    picture::{RawPicture, Size, SizeError},
    pixels::Colours,
};
use rusty_h264_decoder::Decoder;

/// Most macroblocks of all frames that a stream makes a decoder store, the one being decoded included: twice what level 5.2
/// allows (H.264 table A-1). They take about 160 MB.
const MAX_STORED_MACROBLOCKS: u64 = 2 * 184_320;

/// Why an access unit was not decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is damaged, or what it refers to is missing.
    #[error("the H.264 is damaged: {0}")]
    Damaged(String),
    /// The picture has a size that nothing here can take.
    #[error(transparent)]
    Size(#[from] SizeError),
    /// The stream is of a kind that is not decoded here.
    #[error("the H.264 is {0}, which is not decoded here: set the camera or encoder to {1}")]
    Unsupported(&'static str, &'static str),
    /// The stream makes a decoder store more than this program has memory for.
    #[error(
        "the H.264 has pictures of {width}x{height} pixels before cropping and {references} reference frames, which take \
         too much memory to decode: set the camera or encoder to smaller pictures or fewer reference frames"
    )]
    Memory {
        /// Pixels across, before cropping.
        width: u32,
        /// Pixels down, before cropping.
        height: u32,
        /// max_num_ref_frames.
        references: u32,
    },
}

/// One running decoder.
#[derive(Default)]
pub struct H264Decoder {
    decoder: Decoder,
    /// Pixels that the stream crops at the left side and at the top, which the decoder leaves in.
    crop_origin: (u32, u32),
}

impl H264Decoder {
    /// A decoder; the first access unit has to be a keyframe.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Decodes a frame, and gives its picture if it is `wanted`. Where decoding `begins`, nothing before is remembered.
    ///
    /// # Errors
    /// When the frame cannot be decoded; the next keyframe can.
    pub(super) fn decode_frame(
        &mut self,
        frame: &Frame,
        begins: bool,
        wanted: bool,
    ) -> Result<Option<RawPicture<Bytes>>, DecodeError> {
        let video = frame.config.video();
        self.crop_origin = video.map_or((0, 0), |video| video.crop_origin);
        let colours = video.map_or_else(Colours::default, |video| video.colours);
        if !begins {
            return self.decode(&frame.payload, colours, wanted);
        }
        self.decoder = Decoder::default();
        if is_idr(frame) {
            self.decode(&frame.payload, colours, wanted)
        } else {
            self.decode(&with_gaps_allowed(frame), colours, wanted)
        }
    }

    /// Decodes an access unit in Annex B form, of a stream with these colours, and gives its picture if it is `wanted`.
    ///
    /// # Errors
    /// When the access unit cannot be decoded; the next keyframe can.
    pub fn decode(
        &mut self,
        access_unit: &[u8],
        colours: Colours,
        wanted: bool,
    ) -> Result<Option<RawPicture<Bytes>>, DecodeError> {
        let decoded = match self.decoder.decode(access_unit) {
            Ok(Some(decoded)) => decoded,
            // What is left of this picture must not get into the next.
            damaged => {
                self.decoder = Decoder::default();
                let what = damaged.map_or_else(|error| error.to_string(), |_| "a slice is missing".into());
                return Err(DecodeError::Damaged(what));
            }
        };
        if !wanted {
            return Ok(None);
        }
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let (left, top) = self.crop_origin;
        let size =
            Size::new(side(decoded.width).saturating_sub(left), side(decoded.height).saturating_sub(top))?;
        let mut planes = BytesMut::with_capacity(size.picture_bytes());
        for (plane, half) in [(&decoded.y, 1), (&decoded.u, 2), (&decoded.v, 2)] {
            if (left, top) == (0, 0) {
                planes.extend_from_slice(plane);
                continue;
            }
            let rows = plane.chunks_exact((decoded.width / half).max(1)).skip(top as usize / half);
            for row in rows {
                planes.extend_from_slice(&row[left as usize / half..]);
            }
        }
        // A picture that is no whole one is none below.
        if planes.len() == size.picture_bytes() {
            colours.adjust(&mut planes, size);
        }
        Ok(RawPicture::from_planes(size, planes.freeze()))
    }
}

fn unit_type(unit: &[u8]) -> NalUnitType {
    unit.first().map_or(NalUnitType::Other(0), |&header| NalUnitType::from_header(header))
}

/// Whether it is an IDR picture: all that is decoded before it is shown before it.
pub(super) fn is_idr(frame: &Frame) -> bool {
    frame.nal_units().any(|unit| unit_type(unit) == NalUnitType::Idr)
}

/// The frame for a decoder that begins at it in the middle of a stream: what it refers to is taken for missing.
fn with_gaps_allowed(frame: &Frame) -> Bytes {
    let mut payload = BytesMut::with_capacity(frame.payload.len() + 16);
    for unit in frame.nal_units() {
        payload.put_u32(1);
        match Sps::parse(unit) {
            Ok(sps) if unit_type(unit) == NalUnitType::Sps => payload.put(sps.with_gaps_allowed(unit)),
            _ => payload.put_slice(unit),
        }
    }
    payload.freeze()
}

/// Whether the memory that decoding `frame` takes is there; asked before anything is allocated.
///
/// # Errors
/// When it is not, as a sentence for a person.
pub(super) fn check_size(frame: &Frame) -> Result<(), DecodeError> {
    let (width, height) = frame.config.size().unwrap_or_default();
    Size::new(width, height)?;
    for unit in frame.nal_units().filter(|unit| unit_type(unit) == NalUnitType::Sps) {
        match Sps::parse(unit) {
            Ok(sps) => check_memory(&sps)?,
            Err(ParameterSetError::Size { width, height }) => drop(Size::new(width, height)?),
            // The decoder refuses it, too.
            Err(_) => {}
        }
    }
    Ok(())
}

fn check_memory(sps: &Sps) -> Result<(), DecodeError> {
    let picture = u64::from(sps.width_macroblocks) * u64::from(sps.height_macroblocks);
    if picture * u64::from(sps.max_reference_frames + 1) <= MAX_STORED_MACROBLOCKS {
        return Ok(());
    }
    Err(DecodeError::Memory {
        width: sps.width_macroblocks * 16,
        height: sps.height_macroblocks * 16,
        references: sps.max_reference_frames,
    })
}

/// Whether the video that `keyframe` begins, which was not decoded, is of a kind that never will be.
///
/// # Errors
/// When it is, as a sentence for a person.
pub(super) fn check_kind(keyframe: &Frame) -> Result<(), DecodeError> {
    let mut units = keyframe.nal_units().filter(|unit| unit_type(unit) == NalUnitType::Sps);
    let Some(sps) = units.find_map(|unit| Sps::parse(unit).ok()) else { return Ok(()) };
    if !sps.frames_only {
        return Err(DecodeError::Unsupported("interlaced", "progressive pictures"));
    }
    if sps.chroma_format_idc != 1 {
        return Err(DecodeError::Unsupported("not 4:2:0", "4:2:0 (ffmpeg: -pix_fmt yuv420p)"));
    }
    if (sps.bit_depth_luma, sps.bit_depth_chroma) != (8, 8) {
        return Err(DecodeError::Unsupported("of more than 8 bits", "8 bits (ffmpeg: -pix_fmt yuv420p)"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use lenscast_media::{
        test_pattern::{TestPattern, read_frame_clock},
        time::Moment,
    };

    use super::*;
    use crate::encode::{EncoderSettings, H264Encoder};

    #[test]
    fn pictures_come_back_at_once_and_only_when_wanted() {
        let size = Size::new(642, 366).expect("even");
        let settings = EncoderSettings {
            size,
            frames_per_second: 30.0,
            bitrate_bps: 1_000_000,
            keyframe_interval_frames: 60,
        };
        let mut encoder = H264Encoder::new(settings).expect("an encoder");
        let (mut pattern, mut decoder) = (TestPattern::new(size), H264Decoder::new());
        for number in 0..20 {
            let at = Moment::from_micros(1_795_180_454_789_123 + number * 33_333);
            let coded = encoder.encode(pattern.draw(number, at, at), at).expect("encodes").expect("a frame");
            let wanted = number % 3 == 0;
            let picture = decoder.decode(&coded, Colours::default(), wanted).expect("decodes");
            let clock = picture.map(|picture| {
                assert_eq!(picture.size(), size);
                read_frame_clock(&picture).map(|clock| u64::from(clock.number))
            });
            assert_eq!(clock, wanted.then_some(Some(number)));
        }
    }

    #[test]
    fn the_memory_for_references_is_bounded() {
        // 16x16 pixels, one reference frame.
        let mut sps = Sps::parse(&[0x67, 66, 0xc0, 10, 0xda, 0x79]).expect("an SPS");
        let table = [
            ("1080p", 120, 68, 16, true),
            ("4096x2304, as level 5.2 has it", 256, 144, 5, true),
            ("the largest picture here", 256, 256, 4, true),
            ("8192x4608, cropped to a small picture", 512, 288, 16, false),
            ("4096x4096 and 16 reference frames", 256, 256, 16, false),
        ];
        for (name, width, height, references, fits) in table {
            (sps.width_macroblocks, sps.height_macroblocks) = (width, height);
            sps.max_reference_frames = references;
            assert_eq!(check_memory(&sps).is_ok(), fits, "{name}");
        }
    }

    #[test]
    fn rubbish_is_an_error_and_a_keyframe_behind_it_is_decoded() {
        let size = Size::new(320, 180).expect("even");
        let settings = EncoderSettings {
            size,
            frames_per_second: 30.0,
            bitrate_bps: 500_000,
            keyframe_interval_frames: 1,
        };
        let at = Moment::from_micros(1);
        let mut encoder = H264Encoder::new(settings).expect("an encoder");
        let coded =
            encoder.encode(TestPattern::new(size).draw(0, at, at), at).expect("encodes").expect("a frame");
        let mut decoder = H264Decoder::new();
        for cut in [0, 3, 20, coded.len() / 2, coded.len() * 9 / 10] {
            assert!(decoder.decode(&coded[..cut], Colours::default(), true).is_err(), "cut at {cut}");
            assert!(
                matches!(decoder.decode(&coded, Colours::default(), true), Ok(Some(_))),
                "behind a cut at {cut}"
            );
        }
        let mut seed = 1_u32;
        for _ in 0..500 {
            let mut damaged = coded.to_vec();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 8) as usize % damaged.len();
                damaged[at] ^= (seed >> 3) as u8;
            }
            drop(decoder.decode(&damaged, Colours::default(), true));
        }
        assert!(matches!(decoder.decode(&coded, Colours::default(), true), Ok(Some(_))));
    }
}
