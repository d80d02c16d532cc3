//! Sound beside the video: its track in the init segment, and a fragment a packet.
//!
//! ```text
//! trak      track 2, timescale 48000, hdlr soun, smhd, stsd/Opus/dOps     Encapsulation of Opus in ISO BMFF, section 4.3
//! fragment  moof (100 bytes) mdat: as for video, one sample a fragment
//! ```
//! It lies in a file of its own and is made only for those who listen.

use bytes::{BufMut, Bytes};
use mp4_atom::{
    Audio, Dinf, Dops, Dref, FourCC, Hdlr, Mdhd, Mdia, Minf, Opus, Smhd, Stbl, Stco, Stsd, Tkhd, Trak, Url,
};

use super::{
    SOUND_TRACK_ID,
    error::Mp4Error,
    fragment::{SOUND_HEADERS_BYTES, put_sound_fragment},
};
use crate::{
    codec::{AudioConfig, Codec, CodecConfig},
    frame::Frame,
    pcm::samples_in,
};

/// Samples are 16 bits wide where that means nothing.
const SAMPLE_BITS: u16 = 16;

/// Decode time and duration of a packet in samples, which is the timescale of the track.
pub(super) fn samples_of(frame: &Frame) -> (u64, u32) {
    let (begins, ends) = (frame.dts.ticks, frame.dts.ticks.saturating_add(frame.duration.into()));
    let (begins, ends) = (samples_in(begins).max(0), samples_in(ends).max(0));
    (begins.unsigned_abs(), u32::try_from(ends - begins).unwrap_or(u32::MAX))
}

/// The fragment of a packet of sound.
#[must_use]
pub fn sound_fragment(frame: &Frame) -> Bytes {
    let mut out = Vec::with_capacity(sound_fragment_len(frame));
    sound_fragment_into(&mut out, frame);
    out.into()
}

/// Appends the fragment of a packet of sound to `out`, behind whatever header the caller has put there.
pub fn sound_fragment_into(out: &mut impl BufMut, frame: &Frame) {
    let (begins, duration) = samples_of(frame);
    put_sound_fragment(out, frame, begins, duration);
}

/// Exact size of the fragment of a packet of sound in bytes.
#[must_use]
pub fn sound_fragment_len(frame: &Frame) -> usize {
    SOUND_HEADERS_BYTES + frame.payload.len()
}

/// What stands in the MIME type for the codec of `config`: `Opus` with a capital, as its sample entry has it. Safari takes
/// only that.
pub(super) fn codec_name(config: &CodecConfig) -> &str {
    if config.codec == Codec::Opus { "Opus" } else { &config.codec_string }
}

/// The track of sound.
pub(super) fn trak(config: &CodecConfig) -> Result<Trak, Mp4Error> {
    let unknown = || Mp4Error::Codec(config.codec_string.clone());
    let audio = config.audio().filter(|_| config.codec == Codec::Opus).ok_or_else(unknown)?;
    let tkhd = Tkhd {
        track_id: SOUND_TRACK_ID,
        enabled: true,
        in_movie: true,
        alternate_group: 1,
        volume: 1.into(),
        ..Tkhd::default()
    };
    let mdhd = Mdhd { timescale: audio.sample_rate, language: "und".into(), ..Mdhd::default() };
    let minf = Minf {
        smhd: Some(Smhd::default()),
        dinf: Dinf { dref: Dref { entries: vec![Url::default().into()] } },
        stbl: Stbl {
            stsd: Stsd { codecs: vec![opus(audio)?.into()] },
            stco: Some(Stco::default()),
            ..Stbl::default()
        },
        ..Minf::default()
    };
    let hdlr = Hdlr { handler: FourCC::new(b"soun"), name: "Lenscast".into() };
    Ok(Trak { tkhd, mdia: Mdia { mdhd, hdlr, minf }, ..Trak::default() })
}

fn opus(audio: &AudioConfig) -> Result<Opus, Mp4Error> {
    let unfit = || Mp4Error::Codec(format!("opus at {} Hz", audio.sample_rate));
    let sample_rate = u16::try_from(audio.sample_rate).map_err(|_| unfit())?;
    Ok(Opus {
        audio: Audio {
            data_reference_index: 1,
            channel_count: audio.channels.into(),
            sample_size: SAMPLE_BITS,
            sample_rate: sample_rate.into(),
        },
        dops: Dops {
            output_channel_count: audio.channels,
            pre_skip: u16::try_from(audio.pre_skip).map_err(|_| unfit())?,
            input_sample_rate: audio.sample_rate,
            output_gain: 0,
            channel_mapping: None,
        },
        btrt: None,
    })
}

#[cfg(test)]
mod tests {
    use mp4_atom::{Any, Decode};

    use super::*;
    use crate::{fixtures::keyframe, opus, time::Timestamp};

    #[test]
    fn a_fragment_has_its_time_in_samples() {
        let packet = Frame {
            dts: Timestamp::video(90_000 - 585),
            duration: 1_800,
            payload: Bytes::from_static(b"opus"),
            ..keyframe()
        };
        let fragment = sound_fragment(&packet);
        assert_eq!(fragment.len(), sound_fragment_len(&packet));
        let mut rest = &fragment[..];
        let Any::Moof(moof) = Any::decode(&mut rest).expect("a box") else { panic!("no moof") };
        let traf = &moof.traf[0];
        assert_eq!((moof.mfhd.sequence_number, traf.tfhd.track_id), (1, 2));
        assert_eq!(traf.tfdt.as_ref().map(|tfdt| tfdt.base_media_decode_time), Some(48_000 - 312));
        let entry = traf.trun[0].samples.get(0).expect("a sample");
        assert_eq!((entry.duration, entry.size), (Some(960), Some(4)));
        assert_eq!(&fragment[fragment.len() - 4..], b"opus");
    }

    #[test]
    fn packets_leave_no_hole_where_their_times_are_no_whole_samples() {
        let times = (0..50).map(|number| {
            samples_of(&Frame { dts: Timestamp::video(7 + 1_800 * number), duration: 1_800, ..keyframe() })
        });
        let times: Vec<_> = times.collect();
        for pair in times.windows(2) {
            assert_eq!(pair[0].0 + u64::from(pair[0].1), pair[1].0);
        }
    }

    #[test]
    fn only_opus_has_a_track() {
        assert_eq!(codec_name(&opus::config()), "Opus");
        assert!(trak(&opus::config()).is_ok());
        let other = CodecConfig { codec: Codec::Mp2, ..opus::config() };
        assert!(trak(&other).is_err());
    }
}
