//! FLV as other programs write it: what ffmpeg plays of it, plays, and one odd tag costs itself.

mod golden_streams;
mod lenient;

use golden_streams::Golden;
use lenient::{
    Seen, access_units,
    flv_writer::{Writer, avcc, header, time_ms},
    input, play_at, play_paced, play_with_every_cut, slices_of,
};
use lenscast_media::{
    frame::{Frame, Role},
    input::Format,
};

/// A stream of the first of the control's pictures; `picture` writes each.
fn stream(mut writer: Writer, picture: impl Fn(&mut Writer, usize, &[Vec<u8>])) -> Vec<u8> {
    let units = access_units();
    writer.configuration(&units[0]);
    for (number, units) in units[..PICTURES].iter().enumerate() {
        picture(&mut writer, number, units);
    }
    writer.bytes
}

/// One number of another: a size or a time.
type Of = fn(u32) -> u32;

/// Pictures of a stream that is built here: over the second keyframe.
const PICTURES: usize = 22;

fn assert_pictures(name: &str, seen: &Seen) {
    let expected = &slices_of(&access_units())[..PICTURES];
    assert_eq!(seen.frames.len(), expected.len(), "{name}: {:?}", seen.troubles);
    assert!(seen.pictures() == expected, "{name}");
}

#[test]
fn files_give_as_many_pictures_as_ffmpeg_counts() {
    // `ffprobe -count_frames` of ffmpeg 5.1. It has no number for Enhanced RTMP, which came with ffmpeg 6.1.
    let table = [
        ("control-good.flv", Some(30)),
        ("flv-annexb-in-tags.flv", Some(30)),
        ("flv-avcc-without-sets-sets-in-band.flv", Some(30)),
        ("flv-enhanced-rtmp-avc1.flv", None),
        ("flv-previous-tag-size-without-header.flv", Some(30)),
        ("flv-stream-id-1.flv", Some(30)),
        ("flv-tag-type-0-between.flv", Some(30)),
        ("flv-tag-type-15-between.flv", Some(30)),
        ("flv-two-zero-bytes-behind-last-nal.flv", Some(30)),
    ];
    let control = play_at(None, [(&input("control-good.flv")[..], 0)]).pictures();
    for (name, count) in table {
        let seen = play_with_every_cut(name, None, &input(name));
        assert!(seen.troubles.is_empty() && seen.losses == 0, "{name}: {:?}", seen.troubles);
        assert!(count.is_none_or(|count| seen.frames.len() == count), "{name}: {}", seen.frames.len());
        assert!(seen.pictures() == control, "{name}");
    }
}

#[test]
fn other_ways_to_write_tags_are_read() {
    let plain = |writer: &mut Writer, number: usize, units: &[Vec<u8>]| writer.picture(number, units);
    let with = |change: fn(&mut Writer)| {
        let mut writer = Writer::new();
        change(&mut writer);
        stream(writer, plain)
    };
    let between = |tag: fn(&mut Writer, u32)| {
        stream(Writer::new(), move |writer, number, units| {
            tag(writer, time_ms(number));
            writer.picture(number, units);
        })
    };
    let changed_body = |change: fn(&mut Vec<u8>)| {
        stream(Writer::new(), move |writer, number, units| {
            let mut body = writer.body(units);
            change(&mut body);
            writer.tag(9, time_ms(number), &body);
        })
    };
    let behind = |front: &[u8]| [front, &with(|writer| writer.bytes.clear())].concat();
    let table: [(&str, Vec<u8>); 26] = [
        ("plain", with(|_| {})),
        ("size 0 behind tags", with(|writer| writer.trailer = |_| 0)),
        ("size of the body behind tags", with(|writer| writer.trailer = |size| size - 11)),
        ("any number behind tags", with(|writer| writer.trailer = |size| size.wrapping_mul(0x9e37_79b9))),
        ("stream id 7", with(|writer| writer.stream_id = 7)),
        (
            "stream id and any number behind tags",
            with(|writer| (writer.stream_id, writer.trailer) = (3, |size| size + 1)),
        ),
        ("lengths of 2 bytes", with(|writer| writer.length_bytes = 2)),
        ("lengths of 3 bytes", with(|writer| writer.length_bytes = 3)),
        ("version 2", with(|writer| writer.bytes[3] = 2)),
        ("header of no length", with(|writer| writer.bytes[8] = 0)),
        ("header of a wrong length", with(|writer| writer.bytes[6..9].copy_from_slice(&[1, 2, 3]))),
        ("longer header", behind(&[&header(40)[..9], &[7; 31], &[0; 4]].concat())),
        ("unknown tags", between(|writer, time| writer.tag(15, time, &[9; 40]))),
        ("unknown tags of changing types", between(|writer, time| writer.tag(time as u8, time, &[0; 33]))),
        (
            "sound and scripts",
            between(|writer, time| {
                writer.tag(8, time, &[0xaf, 1, 2, 3]);
                writer.tag(18, time, &[2, 0, 1, b'x']);
            }),
        ),
        ("empty tags", between(|writer, time| writer.tag(9, time, &[]))),
        ("ends of sequences in two bytes", between(|writer, time| writer.tag(9, time, &[0x17, 2]))),
        ("commands", between(|writer, time| writer.tag(9, time, &[0x57, 0]))),
        ("one zero behind", changed_body(|body| body.push(0))),
        ("seven zeros behind", changed_body(|body| body.extend([0; 7]))),
        (
            "configuration each time",
            stream(Writer::new(), |writer, number, units| {
                writer.configuration(&access_units()[0]);
                writer.picture(number, units);
            }),
        ),
        (
            "start codes of three bytes in tags",
            stream(Writer::new(), |writer, number, units| {
                let bare: Vec<u8> = units.iter().flat_map(|unit| [&[0, 0, 1][..], unit].concat()).collect();
                let first = writer.body(units)[0];
                writer.tag(9, time_ms(number), &[&[first, 1, 0, 0, 0][..], &bare].concat());
            }),
        ),
        (
            "sets in tags of their own",
            stream(Writer::new(), |writer, number, units| {
                for unit in units {
                    writer.picture(number, std::slice::from_ref(unit));
                }
            }),
        ),
        ("no configuration", {
            let mut writer = Writer::new();
            let units = access_units();
            units[..PICTURES].iter().enumerate().for_each(|(number, units)| writer.picture(number, units));
            writer.bytes
        }),
        ("no configuration, lengths of 2 bytes", {
            let mut writer = Writer { length_bytes: 2, ..Writer::new() };
            let units = access_units();
            units[..PICTURES].iter().enumerate().for_each(|(number, units)| writer.picture(number, units));
            writer.bytes
        }),
        (
            "another file in the middle",
            stream(Writer::new(), |writer, number, units| {
                if number == 10 {
                    writer.bytes.extend(header(9));
                }
                writer.picture(number, units);
            }),
        ),
    ];
    for (name, bytes) in table {
        let seen = play_at(None, [(&bytes[..], 0)]);
        assert_pictures(name, &seen);
        assert!(seen.losses == 0 && seen.troubles.is_empty(), "{name}: {:?}", seen.troubles);
        // The first pictures at every cut.
        play_with_every_cut(name, None, &bytes[..bytes.len().min(700)]);
    }
}

#[test]
fn enhanced_rtmp_is_played_or_refused_in_a_sentence() {
    /// Bytes of the header behind frame type and packet type up to the NAL units; the first is the packet type.
    fn enhanced(letters: [u8; 4], packet: &[u8]) -> Vec<u8> {
        let mut writer = Writer::new();
        let units = access_units();
        writer.tag(9, 0, &[&[0x90][..], &letters, &avcc(&units[0], 4)].concat());
        for (number, units) in units[..PICTURES].iter().enumerate() {
            let body = writer.body(units);
            let first = 0x80 | body[0] & 0x70 | packet[0];
            writer.tag(9, time_ms(number), &[&[first][..], &packet[1..], &body[5..]].concat());
        }
        writer.bytes
    }
    let table = [
        ("CodedFrames", enhanced(*b"avc1", b"\x01avc1\0\0\0"), None),
        ("CodedFramesX", enhanced(*b"avc1", b"\x03avc1"), None),
        ("time stamp with nanoseconds", enhanced(*b"avc1", b"\x07\x02\x01\x02\x03\x01avc1\0\0\0"), None),
        (
            "H.265",
            enhanced(*b"hvc1", b"\x01hvc1\0\0\0"),
            Some("the FLV stream holds H.265 (HEVC) video; only H.264 is played"),
        ),
        (
            "AV1",
            enhanced(*b"av01", b"\x01av01"),
            Some("the FLV stream holds AV1 video; only H.264 is played"),
        ),
        (
            "multitrack",
            enhanced(*b"avc1", b"\x06\x01avc1\0\0\0\0"),
            Some(
                "the FLV stream holds several video tracks in one (Enhanced RTMP multitrack); only H.264 is played",
            ),
        ),
    ];
    for (name, bytes, trouble) in table {
        let seen = play_at(None, [(&bytes[..], 0)]);
        assert_eq!(seen.troubles, Vec::from_iter(trouble), "{name}");
        assert_eq!(seen.losses, 0, "{name}");
        match trouble {
            None => assert_pictures(name, &seen),
            Some(_) => assert!(seen.frames.is_empty(), "{name}"),
        }
        play_with_every_cut(name, None, &bytes[..bytes.len().min(700)]);
    }
}

#[test]
fn what_is_odd_in_a_tag_costs_itself() {
    let changed = |number: usize, change: fn(&mut Vec<u8>)| {
        stream(Writer::new(), move |writer, at, units| {
            let mut body = writer.body(units);
            if at == number {
                change(&mut body);
            }
            writer.tag(9, time_ms(at), &body);
        })
    };
    // Pictures that are missing: from this on, up to the keyframe at 10.
    let table: [(&str, Vec<u8>, Option<usize>, &str); 6] = [
        (
            "rubbish behind",
            changed(5, |body| body.extend([0x37, 0x99, 0xe2, 0x13, 0xf7, 8])),
            None,
            "behind its last",
        ),
        ("two bytes behind", changed(5, |body| body.extend([0x37, 0x99])), None, "behind its last"),
        (
            "a unit with the forbidden bit",
            changed(5, |body| {
                body.splice(5..5, [0, 0, 0, 2, 0xe5, 9]);
            }),
            None,
            "forbidden bit",
        ),
        ("a slice that is cut off", changed(5, |body| body.truncate(body.len() - 9)), Some(5), "cut off"),
        ("a tag that is cut off", changed(5, |body| body.truncate(3)), Some(5), "cut off"),
        (
            "a configuration that is none",
            {
                stream(Writer::new(), |writer, number, units| {
                    if number == 5 {
                        writer.tag(9, 500, &[0x17, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9, 9]);
                    }
                    writer.picture(number, units);
                })
            },
            None,
            "configuration",
        ),
    ];
    for (name, bytes, missing_from, trouble) in table {
        let seen = play_with_every_cut(name, None, &bytes);
        let mut expected = slices_of(&access_units())[..PICTURES].to_vec();
        if let Some(from) = missing_from {
            expected.drain(from..10);
        }
        assert!(seen.pictures() == expected, "{name}: {} {:?}", seen.frames.len(), seen.troubles);
        assert_eq!(seen.losses, usize::from(missing_from.is_some()), "{name}");
        assert!(matches!(&seen.troubles[..], [one] if one.contains(trouble)), "{name}: {:?}", seen.troubles);
    }
}

#[test]
fn another_stream_id_behind_damage_or_a_header_is_taken() {
    for (name, between) in [("rubbish", vec![0x55; 77]), ("header", header(9))] {
        for (before, after) in [(0, 0), (1, 0), (1, 1), (1, 2)] {
            let bytes = stream(Writer { stream_id: before, ..Writer::new() }, |writer, number, units| {
                if number == 10 {
                    writer.bytes.extend_from_slice(&between);
                    writer.stream_id = after;
                }
                writer.picture(number, units);
            });
            let seen = play_at(None, [(&bytes[..], 0)]);
            // In rubbish, only the usual ids are looked for.
            let is_found = after != 2 || name == "header";
            let expected = if is_found { PICTURES } else { 10 };
            assert_eq!(seen.frames.len(), expected, "{name}: {before}, then {after}");
        }
    }
}

#[test]
fn pictures_are_found_again_behind_damage() {
    let table: [(&str, Of); 3] =
        [("right sizes", |size| size), ("sizes of 0", |_| 0), ("wrong sizes", |size| size + 77)];
    for (name, trailer) in table {
        let bytes = stream(Writer { trailer, ..Writer::new() }, |writer, number, units| {
            writer.picture(number, units);
            if number == 5 {
                writer.bytes.extend([0x55; 77]);
            }
        });
        let seen = play_at(None, [(&bytes[..], 0)]);
        let mut expected = slices_of(&access_units())[..PICTURES].to_vec();
        expected.drain(6..10);
        assert!(seen.pictures() == expected, "{name}: {}", seen.frames.len());
        assert_eq!(seen.losses, 1, "{name}");
    }
}

#[test]
fn a_slice_in_each_tag_shows_no_torn_picture_but_the_first() {
    let golden = Golden::named("x264-slices");
    let whole = play_at(Some(Format::H264), [(&golden.bytes[..], 0)]);
    let mut writer = Writer::new();
    let units = |frame: &Frame| frame.nal_units().map(<[u8]>::to_vec).collect::<Vec<_>>();
    writer.configuration(&units(&whole.frames[0].0));
    for (number, (frame, _)) in whole.frames.iter().enumerate() {
        for unit in units(frame) {
            writer.picture(number, &[unit]);
        }
    }
    let seen = play_at(None, [(&writer.bytes[..], 0)]);
    assert_eq!(seen.losses, 1);
    let all = whole.pictures();
    let torn = seen.pictures().iter().filter(|picture| !all.contains(picture)).count();
    assert!(torn <= 1, "{torn} torn pictures");
    let second_keyframe = whole.frames.iter().skip(1).position(|(frame, _)| frame.role == Role::Key);
    assert_eq!(seen.frames.len() - 1, all.len() - 1 - second_keyframe.expect("two GOPs"));
}

#[test]
fn pictures_keep_their_pace_whatever_their_times_say() {
    let table: [(&str, Of); 9] = [
        ("right", |number| number * 100),
        ("another beginning", |number| 77_777_777 + number * 100),
        ("standing still", |_| 0),
        ("standing still at first", |number| number.saturating_sub(10) * 100),
        ("standing still from the tenth on", |number| number.min(10) * 100),
        ("wrap of 32 bits", |number| (u32::MAX - 999).wrapping_add(number * 100)),
        ("wrap of 24 bits", |number| ((1 << 24) - 1_000 + number * 100) % (1 << 24)),
        ("back to 0 at the tenth", |number| number % 10 * 100),
        ("too slow by a thousand", |number| number / 10),
    ];
    for (name, time) in table {
        let units = access_units();
        let mut writer = Writer::new();
        writer.configuration(&units[0]);
        let pieces: Vec<Vec<u8>> = (0..)
            .zip(&units)
            .map(|(number, units)| {
                let body = writer.body(units);
                writer.tag(9, time(number), &body);
                std::mem::take(&mut writer.bytes)
            })
            .collect();
        let seen = play_paced(None, &pieces);
        assert_eq!(seen.frames.len(), 30, "{name}");
        // That times rise too slowly is known after four pictures.
        let settled = if name.contains("slow") { 12 } else { 4 };
        seen.assert_pace(name, settled);
    }
}
