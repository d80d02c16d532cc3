//! Transport streams as other programs write them: what ffmpeg plays of them, plays, and no picture is torn.

mod golden_streams;
mod lenient;

use golden_streams::Golden;
use lenient::{
    Seen, access_units, input, play_at, play_paced, play_with_every_cut, slices_of,
    ts_writer::{MAP_PID, VIDEO_PID, Writer, pat, pmt, usual_tables},
};
use lenscast_media::{
    frame::Role,
    h264::access_unit::join,
    input::{Format, event::FrameBoundary},
};

/// Sections with their PIDs.
type Tables = Vec<(u16, Vec<u8>)>;
/// What is said of a payload of so many bytes.
type Length = fn(usize) -> usize;
/// The PTS of a picture.
type Times = fn(usize) -> Option<u64>;

/// Pictures of a stream that is built here: over the second keyframe.
const PICTURES: usize = 22;

fn payloads() -> Vec<Vec<u8>> {
    let delimited = |units: &Vec<Vec<u8>>| {
        join(std::iter::once(&[9u8, 0xf0][..]).chain(units.iter().map(Vec::as_slice))).to_vec()
    };
    access_units()[..PICTURES].iter().map(delimited).collect()
}

fn pts(number: usize) -> u64 {
    90_000 + 9_000 * number as u64
}

/// A stream of the first of the control's pictures with these tables, a PES packet each.
fn stream(mut writer: Writer, tables: &[(u16, Vec<u8>)]) -> Vec<u8> {
    writer.tables(tables);
    for (number, payload) in payloads().iter().enumerate() {
        writer.pes(Some(pts(number)), payload);
    }
    writer.bytes
}

fn assert_all(name: &str, seen: &Seen) {
    let expected = &slices_of(&access_units())[..PICTURES];
    assert_eq!(seen.frames.len(), expected.len(), "{name}: {:?}", seen.troubles);
    assert!(seen.pictures() == expected, "{name}");
    assert!(seen.losses == 0 && seen.troubles.is_empty(), "{name}: {} {:?}", seen.losses, seen.troubles);
}

#[test]
fn files_give_as_many_pictures_as_ffmpeg_counts() {
    // `ffprobe -count_frames` of ffmpeg 5.1.
    let table = [
        ("control-good.ts", 30),
        ("ts-all-pts-equal.ts", 30),
        ("ts-continuity-counter-always-0.ts", 30),
        ("ts-packets-of-192-bytes.m2ts", 30),
        ("ts-packets-of-204-bytes.ts", 30),
        ("ts-psi-crc-zero.ts", 30),
    ];
    let control = play_at(Some(Format::Flv), [(&input("control-good.flv")[..], 0)]).pictures();
    for (name, count) in table {
        let seen = play_with_every_cut(name, None, &input(name));
        assert!(seen.troubles.is_empty() && seen.losses == 0, "{name}: {:?}", seen.troubles);
        assert_eq!(seen.frames.len(), count, "{name}");
        assert!(seen.pictures() == control, "{name}");
    }
}

#[test]
fn other_ways_to_write_packets_are_read() {
    let with = |change: fn(&mut Writer)| {
        let mut writer = Writer::new();
        change(&mut writer);
        stream(writer, &usual_tables())
    };
    let stray = |count: usize, bytes: Vec<u8>| [vec![0x47; count], bytes].concat();
    let table: [(&str, Vec<u8>); 23] = [
        ("plain", with(|_| {})),
        ("192 bytes", with(|writer| writer.around = (4, 0))),
        ("204 bytes", with(|writer| writer.around = (0, 16))),
        ("stray bytes", stray(37, with(|_| {}))),
        ("stray bytes and 192 bytes", stray(37, with(|writer| writer.around = (4, 0)))),
        ("stray bytes and 204 bytes", stray(150, with(|writer| writer.around = (0, 16)))),
        ("lengths", with(|writer| writer.length = |length| length)),
        ("lengths that are too short", with(|writer| writer.length = |length| length - 9)),
        ("lengths shorter than the header", with(|writer| writer.length = |_| 2)),
        ("lengths that are too long", with(|writer| writer.length = |length| length + 9)),
        ("private stream 1", with(|writer| writer.stream_id = 0xbd)),
        ("extended stream", with(|writer| writer.stream_id = 0xfd)),
        ("sixteenth stream", with(|writer| writer.stream_id = 0xef)),
        ("counter always 0", with(|writer| writer.counter = |_, _| 0)),
        ("counter of all PIDs", with(|writer| writer.counter = |_, all| all)),
        ("counter of every second", with(|writer| writer.counter = |of_pid, _| of_pid / 2)),
        ("counter that jumps", with(|writer| writer.counter = |of_pid, _| of_pid * 7 + of_pid / 3)),
        ("each packet twice", with(|writer| writer.is_each_twice = true)),
        ("bits of scrambling in clear packets", with(|writer| writer.scrambling = 2)),
        ("adaptation fields of 1", with(|writer| writer.adaptation = |_| Some(1))),
        (
            "adaptation fields of all lengths",
            with(|writer| {
                writer.adaptation = |number| Some(u8::try_from(number * 13 % 183).expect("small"));
            }),
        ),
        ("packets of one byte", with(|writer| writer.adaptation = |_| Some(182))),
        ("other PID", {
            let writer = Writer { video_pid: 0x1ffe, ..Writer::new() };
            stream(writer, &[pat(&[0x20]), (0x20, pmt(3, &[(0x1b, 0x1ffe, &[])]))])
        }),
    ];
    for (name, bytes) in table {
        assert_all(name, &play_at(None, [(&bytes[..], 0)]));
        play_with_every_cut(name, None, &bytes[..bytes.len().min(1_200)]);
    }
}

#[test]
fn the_video_is_found_whatever_the_tables_say() {
    let streams = |streams: &[(u8, u16, &[u8])]| vec![pat(&[MAP_PID]), (MAP_PID, pmt(0, streams))];
    let without_checksum = |mut tables: Vec<(u16, Vec<u8>)>| {
        tables.iter_mut().for_each(|(_, section)| {
            let end = section.len() - 4;
            section[end..].fill(0);
        });
        tables
    };
    let table: [(&str, Tables); 9] = [
        ("none", vec![]),
        ("no map", vec![pat(&[MAP_PID])]),
        ("sound first", streams(&[(0x0f, 0x99, &[]), (0x1b, VIDEO_PID, &[])])),
        ("without checksums", without_checksum(usual_tables())),
        ("private data, registered", streams(&[(6, VIDEO_PID, &[5, 4, b'H', b'2', b'6', b'4'])])),
        ("private data, AVC descriptor", streams(&[(6, VIDEO_PID, &[40, 4, 100, 0, 10, 0x3f])])),
        ("private data", streams(&[(6, 0x98, &[]), (6, VIDEO_PID, &[])])),
        (
            "second program",
            vec![
                pat(&[0x300, MAP_PID]),
                (0x300, pmt(0, &[(0x0f, 0x99, &[])])),
                (MAP_PID, pmt(0, &[(0x1b, VIDEO_PID, &[])])),
            ],
        ),
        (
            "two versions",
            [usual_tables(), vec![(MAP_PID, pmt(7, &[(0x0f, 0x99, &[]), (0x1b, VIDEO_PID, &[])]))]].concat(),
        ),
    ];
    for (name, tables) in table {
        let bytes = stream(Writer::new(), &tables);
        assert_all(name, &play_at(None, [(&bytes[..], 0)]));
        play_with_every_cut(name, None, &bytes[..bytes.len().min(1_200)]);
    }
}

#[test]
fn what_cannot_be_played_is_refused_in_a_sentence() {
    let of_type = |stream_type: u8| {
        stream(Writer::new(), &[pat(&[MAP_PID]), (MAP_PID, pmt(0, &[(stream_type, VIDEO_PID, &[])]))])
    };
    let scrambled = {
        let mut writer = Writer { scrambling: 3, ..Writer::new() };
        writer.tables(&usual_tables());
        payloads().iter().for_each(|payload| {
            let noise: Vec<u8> = payload.iter().map(|byte| byte ^ 0xa5).collect();
            writer.unit(VIDEO_PID, &noise);
        });
        writer.bytes
    };
    let table = [
        (
            "H.265",
            of_type(0x24),
            "the transport stream holds no H.264 but H.265 (HEVC) video; only H.264 is played",
        ),
        ("sound", of_type(0x0f), "the transport stream holds no H.264 but sound; only H.264 is played"),
        (
            "scrambled packets",
            scrambled,
            "the transport stream holds scrambled video, whose key is not known here; only H.264 is played",
        ),
        (
            "scrambled samples",
            of_type(0xdb),
            "the transport stream holds scrambled video, whose key is not known here; only H.264 is played",
        ),
    ];
    for (name, bytes, sentence) in table {
        let seen = play_with_every_cut(name, None, &bytes[..1_200]);
        assert_eq!(seen.troubles, [sentence], "{name}");
        assert!(seen.frames.is_empty(), "{name}");
    }
}

#[test]
fn the_video_may_change_its_place() {
    let mut writer = Writer::new();
    writer.tables(&usual_tables());
    for (number, payload) in payloads().iter().enumerate() {
        if number == 10 {
            writer.video_pid = 0x200;
            writer.packets_of_video = 5;
            writer.tables(&[(MAP_PID, pmt(1, &[(0x1b, 0x200, &[])]))]);
        }
        writer.pes(Some(pts(number)), payload);
    }
    let seen = play_with_every_cut("another PID", None, &writer.bytes);
    assert!(seen.pictures() == slices_of(&access_units())[..PICTURES]);
    assert_eq!((seen.losses, &seen.troubles[..]), (1, &[][..]));
}

#[test]
fn a_gap_is_noticed_and_its_pictures_are_missing() {
    let whole = stream(Writer::new(), &usual_tables());
    let packets: Vec<&[u8]> = whole.chunks(188).collect();
    let expected = slices_of(&access_units())[..PICTURES].to_vec();
    for missing in 2..packets.len() - 1 {
        let rest: Vec<&[u8]> = [&packets[..missing], &packets[missing + 1..]].concat();
        let seen = play_at(None, [(&rest.concat()[..], 0)]);
        let torn = seen.pictures().iter().any(|picture| !expected.contains(picture));
        // The first counters are not proven.
        assert!(!torn || missing < 5, "without packet {missing}");
        assert!(seen.losses == 1 || missing < 5, "without packet {missing}: {}", seen.losses);
    }
}

/// A stream whose PES packets have these payloads; each has the time of the picture that begins in it.
fn in_pes_packets(
    payloads: &[Vec<u8>],
    sizes: impl Iterator<Item = usize>,
    length: fn(usize) -> usize,
) -> Vec<u8> {
    let mut writer = Writer { length, ..Writer::new() };
    writer.tables(&usual_tables());
    let begins: Vec<usize> =
        payloads.iter().scan(0, |at, payload| Some(std::mem::replace(at, *at + payload.len()))).collect();
    let all = payloads.concat();
    let mut at = 0;
    for size in sizes {
        let end = (at + size).min(all.len());
        let number = begins.iter().position(|begin| (at..end).contains(begin));
        writer.pes(number.map(pts), &all[at..end]);
        at = end;
        if at == all.len() {
            break;
        }
    }
    writer.bytes
}

#[test]
fn pes_packets_may_begin_and_end_anywhere() {
    let payloads = payloads();
    for length in [(|_| 0) as Length, |length| length] {
        for size in (1..40).chain([99, 184, 185, 300, 607, 1_000, 3_000, 20_000]) {
            let bytes = in_pes_packets(&payloads, std::iter::repeat(size), length);
            assert_all(&format!("PES packets of {size} bytes"), &play_at(None, [(&bytes[..], 0)]));
        }
        // One boundary anywhere in the first two pictures, the others between pictures.
        let front = payloads[0].len() + payloads[1].len();
        for at in 1..front {
            let sizes = [at, front - at].into_iter().chain(payloads[2..].iter().map(Vec::len));
            let bytes = in_pes_packets(&payloads, sizes, length);
            let name = format!("a boundary at {at}");
            let seen = play_at(None, [(&bytes[..], 0)]);
            assert_all(&name, &seen);
        }
    }
    let bytes = in_pes_packets(&payloads, std::iter::repeat(333), |length| length);
    assert_all("every cut", &play_with_every_cut("every cut", None, &bytes[..]));
}

#[test]
fn a_boundary_inside_a_picture_after_many_that_were_not_is_noticed() {
    let payloads = payloads();
    let sizes = payloads.iter().enumerate().flat_map(|(number, payload)| {
        let len = payload.len();
        if number < 12 { vec![len] } else { vec![len / 2, len - len / 2] }
    });
    let bytes = in_pes_packets(&payloads, sizes, |length| length);
    let seen = play_with_every_cut("late boundary", None, &bytes);
    let expected = slices_of(&access_units())[..PICTURES].to_vec();
    let torn = seen.pictures().iter().filter(|picture| !expected.contains(picture)).count();
    assert_eq!((torn, seen.losses), (1, 1));
    assert!(matches!(&seen.troubles[..], [one] if one.contains("goes on")), "{:?}", seen.troubles);
    // Up to the torn one, and from the next keyframe on.
    assert_eq!(seen.frames.len(), 13 + PICTURES - 20);
    assert_eq!(seen.frames[13].0.role, Role::Key);
}

#[test]
fn a_slice_in_each_pes_packet_tears_nothing() {
    let whole = play_at(Some(Format::H264), [(&Golden::named("x264-slices").bytes[..], 0)]);
    for length in [(|_| 0) as Length, |length| length] {
        let mut writer = Writer { length, ..Writer::new() };
        writer.tables(&usual_tables());
        for (number, (frame, _)) in whole.frames.iter().enumerate() {
            for unit in frame.nal_units() {
                writer.pes(Some(pts(number)), &join([unit]));
            }
        }
        let seen = play_at(None, [(&writer.bytes[..], 0)]);
        assert!(seen.pictures() == whole.pictures() && seen.losses == 0, "{:?}", seen.troubles);
    }
}

#[test]
fn pictures_end_with_their_pes_packets_where_each_has_one() {
    let table: [(&str, Length, FrameBoundary); 2] =
        [("length", |length| length, FrameBoundary::PesLength), ("stuffing", |_| 0, FrameBoundary::Stuffing)];
    for (name, length, boundary) in table {
        let bytes = stream(Writer { length, ..Writer::new() }, &usual_tables());
        let seen = play_at(None, [(&bytes[..], 0)]);
        let by: Vec<FrameBoundary> = seen.frames.iter().map(|(_, boundary)| *boundary).collect();
        assert!(by[..7].iter().all(|by| *by == FrameBoundary::NextPusi), "{name}: {by:?}");
        // One in 184 has no room for stuffing.
        assert!(by[9..].iter().filter(|by| **by != boundary).count() <= 2, "{name}: {by:?}");
    }
}

#[test]
fn pictures_keep_their_pace_whatever_their_times_say() {
    let table: [(&str, Times); 9] = [
        ("right", |number| Some(pts(number))),
        ("none", |_| None),
        ("all equal", |_| Some(90_000)),
        ("equal from the tenth on", |number| Some(pts(number.min(10)))),
        ("wrap of 33 bits", |number| Some(((1 << 33) - 90_000 + pts(number)) % (1 << 33))),
        ("back by an hour", |number| Some(pts(number) + if number < 10 { 324_000_000 } else { 0 })),
        ("on by an hour", |number| Some(pts(number) + if number < 10 { 0 } else { 324_000_000 })),
        ("every second", |number| number.is_multiple_of(2).then(|| pts(number))),
        ("too slow by a hundred", |number| Some(90_000 + 90 * number as u64)),
    ];
    for (name, time) in table {
        let mut writer = Writer { length: |length| length, ..Writer::new() };
        writer.tables(&usual_tables());
        let pieces: Vec<Vec<u8>> = payloads()
            .iter()
            .enumerate()
            .map(|(number, payload)| {
                writer.pes(time(number), payload);
                std::mem::take(&mut writer.bytes)
            })
            .collect();
        let seen = play_paced(None, &pieces);
        assert_eq!(seen.frames.len(), PICTURES, "{name}");
        // That times rise too slowly is known after four pictures.
        let settled = if name.contains("slow") { 12 } else { 4 };
        seen.assert_pace(name, settled);
    }
}
