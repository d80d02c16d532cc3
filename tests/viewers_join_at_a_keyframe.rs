//! A newcomer begins at a keyframe with its parameter sets, out of the cache, at once.

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::{clip, types},
    http,
    viewer::Viewer,
};
use lenscast_media::frame::Role;
use mp4_atom::{Decode, Moof};

#[tokio::test]
async fn in_the_middle_of_a_gop_every_transport_begins_with_the_keyframe_before() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 40, 30);
    connection.play(&units[..36]).await;
    server.until_camera("35 frames", |camera| camera["tracks"][0]["frames"] == 35).await;

    // No frame comes while they join: all of this is from the cache.
    let mut live = Viewer::connect(server.address, "/ws/live").await;
    let (header, payload) = live.frame().await;
    assert_eq!((header.sequence, header.role), (30, Role::Key));
    assert_eq!(types(&payload), [7, 8, 5]);
    for sequence in 31..35 {
        assert_eq!(live.frame().await.0.sequence, sequence);
    }

    let mut raw = Viewer::connect(server.address, "/ws/h264").await;
    assert_eq!(raw.binary().await, units[30]);
    assert_eq!(raw.binary().await, units[31]);

    let mut by_nal_unit = Viewer::connect(server.address, "/ws/h264?unit=nal").await;
    for expected in [7, 8, 5, 1] {
        assert_eq!(types(&by_nal_unit.binary().await), [expected]);
    }

    let mut mp4 = Viewer::connect(server.address, "/ws/mp4").await;
    let init = mp4.text("init").await;
    assert_eq!(init["mime"], "video/mp4; codecs=\"avc1.42c014\"");
    assert_eq!((&init["width"], &init["height"]), (&320.into(), &240.into()));
    assert_eq!(&mp4.binary().await[4..8], b"ftyp");
    let join = mp4.binary().await;
    let (number, samples, begins, ends) = fragment(&join);
    assert_eq!((number, samples), (31, 4), "all frames but the newest");
    assert_eq!(ends - begins, 4, "a tick each");
    let newest = mp4.binary().await;
    assert_eq!(fragment(&newest).0, 35);
    assert_eq!(fragment(&newest).2, ends, "the newest begins where they end");
    let mut another = Viewer::connect(server.address, "/ws/mp4").await;
    another.binary().await;
    assert_eq!([another.binary().await, another.binary().await], [join, newest], "the same for all");

    let mut body = http::open(server.address, "GET", "/stream.h264", &[]).await;
    let answer = http::read_body(&mut body, units[30].len()).await;
    assert!(answer.body.starts_with(&units[30]));
    assert_eq!(answer.header("x-accel-buffering"), Some("no"));

    let mut body = http::open(server.address, "GET", "/stream.mp4", &[]).await;
    assert_eq!(&http::read_body(&mut body, 8).await.body[4..8], b"ftyp");

    // The tables, then the keyframe behind a delimiter.
    let mut body = http::open(server.address, "GET", "/stream.ts", &[]).await;
    let answer = http::read_body(&mut body, 3 * 188).await;
    assert_eq!(answer.header("content-type"), Some("video/mp2t"));
    let packets: Vec<&[u8]> = answer.body.chunks(188).collect();
    assert_eq!((&packets[0][..4], &packets[1][..4]), (&b"\x47\x40\x00\x10"[..], &b"\x47\x50\x00\x10"[..]));
    let delimiter =
        packets[2].windows(6).position(|bytes| bytes == [0, 0, 0, 1, 9, 0xf0]).expect("a delimiter");
    assert!(packets[2][delimiter + 6..].starts_with(&units[30][..50]));
    server.stop().await;
}

/// Number, samples, begin and end of a fragment, the last two in ticks.
fn fragment(bytes: &[u8]) -> (u32, usize, u64, u64) {
    let moof = Moof::decode(&mut &*bytes).expect("moof");
    let traf = &moof.traf[0];
    let begins = traf.tfdt.as_ref().expect("tfdt").base_media_decode_time;
    let entries = &traf.trun[0].samples;
    let ticks: u64 = entries.iter().map(|entry| u64::from(entry.duration.expect("its own"))).sum();
    (moof.mfhd.sequence_number, entries.len(), begins, begins + ticks)
}

#[tokio::test]
async fn a_newcomer_to_a_gop_larger_than_the_cache_is_told_to_wait() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 4, 2);
    connection.play(&units[..2]).await;
    // A frame that pushes the keyframe out of the cache: a camera's memory holds 32 MiB, and an
    // SEI of that length would not be believed. 6 of 6 MB are.
    for _ in 0..6 {
        let mut large = vec![0, 0, 0, 1, 0x06];
        large.resize(6 << 20, 0x55);
        large.extend_from_slice(&units[1]);
        connection.send(&large).await;
    }
    connection.play(&units[1..2]).await;
    server.until_camera("8 frames", |camera| camera["tracks"][0]["frames"].as_u64() >= Some(7)).await;
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    viewer.text_where("state", |state| state["state"] == "waiting").await;
    connection.play(&units[2..]).await;
    connection.play(&units[2..]).await;
    viewer.text_where("state", |state| state["state"] == "live").await;
    assert_eq!(viewer.frame().await.0.role, Role::Key);
    server.stop().await;
}
