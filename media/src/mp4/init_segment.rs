//! The init segment: everything a player must know before the first fragment.
//!
//! ```text
//! ftyp  iso6                                    ISO/IEC 14496-12 section 4.3
//! moov                                          8.2.1
//! ├─ mvhd  timescale 90000, duration 0          8.2.2
//! ├─ trak                                       8.3.1
//! │  ├─ tkhd  track 1, width, height            8.3.2
//! │  └─ mdia                                    8.4
//! │     ├─ mdhd  timescale 90000, duration 0
//! │     ├─ hdlr  vide
//! │     └─ minf
//! │        ├─ vmhd
//! │        ├─ dinf/dref/url   in this file
//! │        └─ stbl            no samples: they are in the fragments
//! │           └─ stsd/avc1/{avcC, pasp, colr}   ISO/IEC 14496-15 section 5.4.2, 14496-12 12.1.4 and 12.1.5
//! ├─ trak  track 2, where there is sound (sound.rs)
//! └─ mvex/trex  a track each                    8.8.3
//! ```
//! There is no `mehd` and every duration is 0, which players read as a live stream without end.

use bytes::Bytes;
use mp4_atom::{
    Atom, Avc1, Avcc, Colr, Dinf, Dref, Encode, FourCC, Ftyp, Hdlr, Mdhd, Mdia, Minf, Moov, Mvex, Mvhd, Pasp,
    Stbl, Stco, Stsd, Tkhd, Trak, Trex, Url, Visual, Vmhd,
};

use super::{SOUND_TRACK_ID, VIDEO_TRACK_ID, error::Mp4Error, sound};
use crate::{
    codec::{Codec, CodecConfig, VideoConfig},
    pixels::{Colours, Matrix},
    time::Timebase,
};

/// The MIME type with codec strings, as `MediaSource.isTypeSupported` wants it: `video/mp4; codecs="avc1.42c01f"`, with sound
/// `video/mp4; codecs="avc1.42c01f,Opus"`.
#[must_use]
pub fn mime(config: &CodecConfig, sound: Option<&CodecConfig>) -> String {
    let sound = sound.map_or_else(String::new, |sound| format!(",{}", sound::codec_name(sound)));
    format!("video/mp4; codecs=\"{}{sound}\"", config.codec_string)
}

/// Writes the init segment for the frames of `config`, and for packets of `sound` if it is given. Samples of the video are called `avc1` also where keyframes hold parameter
/// sets ([`fragment_with_sets`](super::fragment_with_sets)): the packetizer of VLC 3 reads nothing of `avc3`, and all
/// players take the sets of a keyframe under either name.
///
/// # Errors
/// When `config` is not H.264, its size does not fit, or its decoder configuration record is damaged; or when `sound` is not
/// Opus.
pub fn init_segment(config: &CodecConfig, sound: Option<&CodecConfig>) -> Result<Bytes, Mp4Error> {
    let video = config.video().filter(|_| config.codec == Codec::H264);
    let video = video.ok_or_else(|| Mp4Error::Codec(config.codec_string.clone()))?;
    let mut out = Vec::with_capacity(768);
    ftyp().encode(&mut out).map_err(Mp4Error::Write)?;
    moov(config, video, sound)?.encode(&mut out).map_err(Mp4Error::Write)?;
    Ok(out.into())
}

/// `iso6` has all that fragments use (`tfdt`, `default-base-is-moof`, signed composition offsets).
fn ftyp() -> Ftyp {
    Ftyp {
        major_brand: FourCC::new(b"iso6"),
        minor_version: 0,
        compatible_brands: [b"iso6", b"avc1", b"mp41"].map(FourCC::new).to_vec(),
    }
}

fn moov(config: &CodecConfig, video: &VideoConfig, sound: Option<&CodecConfig>) -> Result<Moov, Mp4Error> {
    let mut trak = vec![trak(config, video)?];
    if let Some(sound) = sound {
        trak.push(sound::trak(sound)?);
    }
    let trex = |trak: &Trak| Trex {
        track_id: trak.tkhd.track_id,
        default_sample_description_index: 1,
        ..Trex::default()
    };
    Ok(Moov {
        mvhd: Mvhd {
            timescale: Timebase::VIDEO.ticks_per_second(),
            rate: 1.into(),
            volume: 1.into(),
            next_track_id: SOUND_TRACK_ID + 1,
            ..Mvhd::default()
        },
        mvex: Some(Mvex { trex: trak.iter().map(trex).collect(), ..Mvex::default() }),
        trak,
        ..Moov::default()
    })
}

fn trak(config: &CodecConfig, video: &VideoConfig) -> Result<Trak, Mp4Error> {
    let (width, height) = sides(video)?;
    let shown = video.pixel_aspect.shown_size((video.width, video.height));
    let [shown_width, shown_height] = [shown.0, shown.1].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
    let tkhd = Tkhd {
        track_id: VIDEO_TRACK_ID,
        enabled: true,
        in_movie: true,
        width: shown_width.into(),
        height: shown_height.into(),
        ..Tkhd::default()
    };
    let mdhd =
        Mdhd { timescale: Timebase::VIDEO.ticks_per_second(), language: "und".into(), ..Mdhd::default() };
    let hdlr = Hdlr { handler: FourCC::new(b"vide"), name: "Lenscast".into() };
    let minf = Minf {
        vmhd: Some(Vmhd::default()),
        // An empty location: the media is in this very stream.
        dinf: Dinf { dref: Dref { entries: vec![Url::default().into()] } },
        stbl: Stbl {
            stsd: Stsd { codecs: vec![sample_entry(config, video, (width, height))?] },
            stco: Some(Stco::default()),
            ..Stbl::default()
        },
        ..Minf::default()
    };
    Ok(Trak { tkhd, mdia: Mdia { mdhd, hdlr, minf }, ..Trak::default() })
}

fn sample_entry(
    config: &CodecConfig,
    video: &VideoConfig,
    (width, height): (u16, u16),
) -> Result<mp4_atom::Codec, Mp4Error> {
    let damaged = |source| Mp4Error::Description { length: config.description.len(), source };
    let avcc = Avcc::decode_body(&mut &config.description[..]).map_err(damaged)?;
    let visual = Visual { data_reference_index: 1, width, height, ..Visual::default() };
    let aspect = video.pixel_aspect;
    let pasp = (!aspect.is_square()).then(|| Pasp { h_spacing: aspect.width(), v_spacing: aspect.height() });
    let colr = Some(colr(video.colours));
    Ok(Avc1 { visual, avcc, pasp, colr, ..Avc1::default() }.into())
}

/// The code points of ISO/IEC 23091-2, with the primaries and the transfer that go with the matrix. A player that gets no
/// colours from the stream itself, or only a part of them, goes by these instead of a guess of its own.
const fn colr(Colours { is_full_range, matrix }: Colours) -> Colr {
    let (colour_primaries, transfer_characteristics, matrix_coefficients) = match matrix {
        Matrix::Bt601 => (6, 6, 6),
        Matrix::Bt709 => (1, 1, 1),
        Matrix::Bt2020 => (1, 1, 9),
    };
    Colr::Nclx {
        colour_primaries,
        transfer_characteristics,
        matrix_coefficients,
        full_range_flag: is_full_range,
    }
}

fn sides(video: &VideoConfig) -> Result<(u16, u16), Mp4Error> {
    match (u16::try_from(video.width), u16::try_from(video.height)) {
        (Ok(width @ 1..), Ok(height @ 1..)) => Ok((width, height)),
        _ => Err(Mp4Error::Size { width: video.width, height: video.height }),
    }
}

#[cfg(test)]
mod tests {
    use mp4_atom::Decode;

    use super::*;
    use crate::{codec::MediaConfig, fixtures::h264_config};

    /// The configuration with other pictures.
    fn changed(change: impl FnOnce(&mut VideoConfig)) -> CodecConfig {
        let mut config = config();
        if let MediaConfig::Video(video) = &mut config.media {
            change(video);
        }
        config
    }

    fn config() -> CodecConfig {
        // One SPS (baseline, level 3.1) and one PPS, each behind its 16-bit length.
        let avcc = [
            &[1, 0x42, 0xC0, 0x1F, 0xFF, 0xE1, 0, 5][..],
            &[0x67, 0x42, 0xC0, 0x1F, 0xDA],
            &[1, 0, 3, 0x68, 0xCE, 0x3C],
        ];
        CodecConfig { description: avcc.concat().into(), ..h264_config(1280, 720) }
    }

    #[test]
    fn the_mime_type_holds_the_codec_string() {
        assert_eq!(mime(&config(), None), "video/mp4; codecs=\"avc1.42c01f\"");
    }

    #[test]
    fn sound_is_a_second_track() {
        let opus = crate::opus::config();
        assert_eq!(mime(&config(), Some(&opus)), "video/mp4; codecs=\"avc1.42c01f,Opus\"");
        let segment = init_segment(&config(), Some(&opus)).expect("a sound configuration");
        let mut rest = &segment[..];
        Ftyp::decode(&mut rest).expect("ftyp");
        let read = Moov::decode(&mut rest).expect("moov");
        let tracks: Vec<_> = read.trak.iter().map(|trak| trak.mdia.mdhd.timescale).collect();
        assert_eq!(tracks, [90_000, 48_000]);
        let extends: Vec<_> = read.mvex.expect("mvex").trex.iter().map(|trex| trex.track_id).collect();
        assert_eq!(extends, [VIDEO_TRACK_ID, SOUND_TRACK_ID]);
        let at = segment.windows(4).position(|bytes| bytes == b"dOps").expect("a dOps box") + 4;
        // Version, channels, 312 samples of pre-skip, 48 kHz, no gain, no mapping table.
        assert_eq!(segment[at..at + 11], [0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0]);
    }

    #[test]
    fn what_is_read_back_is_what_was_written() {
        let segment = init_segment(&config(), None).expect("a sound configuration");
        let mut rest = &segment[..];
        assert_eq!(Ftyp::decode(&mut rest).expect("ftyp"), ftyp());
        let read = Moov::decode(&mut rest).expect("moov");
        assert!(rest.is_empty());
        let config = config();
        assert_eq!(
            read,
            moov(&config, config.video().expect("pictures"), None).expect("a sound configuration")
        );
        assert_eq!((read.mvhd.timescale, read.mvhd.duration), (90_000, 0));
        assert_eq!(read.trak[0].mdia.mdhd.timescale, 90_000);
    }

    #[test]
    fn colours_are_named_by_their_code_points() {
        let table = [
            (Matrix::Bt601, false, [6, 6, 6], 0x00),
            (Matrix::Bt601, true, [6, 6, 6], 0x80),
            (Matrix::Bt709, false, [1, 1, 1], 0x00),
            (Matrix::Bt2020, false, [1, 1, 9], 0x00),
        ];
        for (matrix, is_full_range, codes, range) in table {
            let config = changed(|video| video.colours = Colours { is_full_range, matrix });
            let segment = init_segment(&config, None).expect("a sound configuration");
            let at = segment.windows(8).position(|bytes| bytes == b"colrnclx").expect("a colr box") + 8;
            let expected: Vec<u8> = codes.into_iter().flat_map(u16::to_be_bytes).chain([range]).collect();
            assert_eq!(segment[at..at + 7], expected, "{matrix:?}");
        }
    }

    #[test]
    fn the_decoder_configuration_record_is_kept_byte_for_byte() {
        let config = config();
        let segment = init_segment(&config, None).expect("a sound configuration");
        let at = segment.windows(4).position(|bytes| bytes == b"avcC").expect("an avcC box") + 4;
        assert_eq!(segment[at..at + config.description.len()], config.description[..]);
    }

    #[test]
    fn what_does_not_fit_is_an_error_that_says_so() {
        let h265 = CodecConfig { codec: Codec::H265, codec_string: "hvc1.1.6.L93.B0".into(), ..config() };
        let with_record = |description| CodecConfig { description, ..config() };
        let table = [
            ("other codec", h265, "hvc1.1.6.L93.B0"),
            ("too wide", changed(|video| video.width = 70_000), "70000x720"),
            ("no height", changed(|video| video.height = 0), "1280x0"),
            ("cut record", with_record(config().description.slice(..9)), "of 9 bytes"),
            ("no record", with_record(Bytes::new()), "of 0 bytes"),
        ];
        for (name, config, wanted) in table {
            let error = init_segment(&config, None).expect_err(name).to_string();
            assert!(error.contains(wanted), "{name}: {error}");
        }
    }
}
