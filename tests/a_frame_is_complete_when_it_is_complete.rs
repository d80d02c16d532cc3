//! A frame reaches its viewers when its last byte has come, not when the next frame begins, once that is certain.

use std::time::Duration;

use lenscast_media::frame::Role;

use crate::support::{
    TestServer,
    camera::{CameraConnection, FakeCamera},
    clip::clip,
    rpicam::FakeRpicam,
    viewer::Viewer,
};

/// Frames after which a sign is believed, and some.
const ENOUGH: usize = 64;

async fn play_with_quiet(connection: &mut CameraConnection, units: &[Vec<u8>]) {
    for unit in units {
        connection.send(unit).await;
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
}

/// Plays `units` from number `from` on until one of them has come out before the next was sent; its number. On a busy
/// machine quiet is not believed, so the first may not.
async fn play_until_quiet_ends_one(
    server: &TestServer,
    connection: &mut CameraConnection,
    units: &[Vec<u8>],
    from: usize,
) -> usize {
    for (number, unit) in units.iter().enumerate().skip(from) {
        connection.send(unit).await;
        tokio::time::sleep(Duration::from_millis(40)).await;
        if frames(server).await == number + 1 {
            return number;
        }
    }
    panic!("quiet has never ended a frame: {}", server.status().await);
}

async fn frames(server: &TestServer) -> usize {
    let frames = server.status().await["cameras"][0]["tracks"][0]["frames"].as_u64();
    usize::try_from(frames.unwrap_or(0)).expect("small")
}

#[tokio::test]
async fn the_quiet_behind_a_frame_ends_it() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let units = clip(320, 240, 200, 35);
    play_with_quiet(&mut connection, &units[..ENOUGH]).await;
    let last = play_until_quiet_ends_one(&server, &mut connection, &units, ENOUGH).await;
    // Nothing more is sent: the last frame comes all the same.
    for unit in &units[..=last] {
        assert_eq!(viewer.binary().await, *unit);
    }
    let status = server.status().await;
    assert!(status["cameras"][0]["tracks"][0]["ended_by"]["quiet"].as_u64() >= Some(1), "{status}");
    server.stop().await;
}

#[tokio::test]
async fn one_picture_a_second_is_not_shown_a_picture_late() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut in_time = 0;
    for (number, unit) in clip(320, 240, 6, 35).iter().enumerate() {
        connection.send(unit).await;
        tokio::time::sleep(Duration::from_millis(700)).await;
        in_time += usize::from(frames(&server).await == number + 1);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(in_time >= 3, "the third picture and those behind it: {in_time}");
    let status = server.status().await;
    assert!(status["cameras"][0]["tracks"][0]["ended_by"]["quiet"].as_u64() >= Some(3), "{status}");
    server.stop().await;
}

#[tokio::test]
async fn the_end_of_a_childs_write_ends_it() {
    let folder = std::env::temp_dir().join(format!("lenscast-writes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let units = clip(320, 240, 70, 35);
    for (number, unit) in units.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:03}.h264")), unit).expect("a file");
    }
    let script = format!("for f in {}/*.h264; do cat $f; sleep 0.01; done; sleep 1000", folder.display());
    let server = TestServer::start(&[&format!("exec:sh -c '{script}'")]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    while viewer.frame().await.0.sequence != 69 {}
    let status = server.status().await;
    assert!(status["cameras"][0]["tracks"][0]["ended_by"]["write"].as_u64() >= Some(5), "{status}");
    server.stop().await;
    std::fs::remove_dir_all(&folder).expect("ours");
}

#[tokio::test]
async fn a_frame_that_goes_on_after_its_end_is_followed_by_a_keyframe() {
    const GOP: usize = 50;
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let units = clip(320, 240, 300, u32::try_from(GOP).expect("small"));
    play_with_quiet(&mut connection, &units[..ENOUGH]).await;
    let mut next = ENOUGH;
    let damaged = loop {
        next = play_until_quiet_ends_one(&server, &mut connection, &units, next).await + 1;
        let (half, rest) = units[next].split_at(units[next].len() / 2);
        connection.send(half).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let is_damaged = frames(&server).await == next + 1;
        connection.send(rest).await;
        if is_damaged {
            break next;
        }
        next += 1;
    };
    play_with_quiet(&mut connection, &units[damaged + 1..]).await;
    drop(connection);

    for _ in 0..=damaged {
        viewer.frame().await;
    }
    let (header, payload) = viewer.frame().await;
    assert_eq!(header.role, Role::Key, "nothing that needs the damaged frame is sent");
    assert_eq!(payload, units[(damaged / GOP + 1) * GOP]);
    server.stop().await;
}

#[tokio::test]
async fn a_child_that_writes_slice_by_slice_is_never_cut() {
    let folder = std::env::temp_dir().join(format!("lenscast-slices-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let units = clip(320, 240, 80, 20);
    for (number, unit) in units.iter().enumerate() {
        let (first, second) = unit.split_at(unit.len() / 2);
        std::fs::write(folder.join(format!("{number:03}a")), first).expect("a file");
        std::fs::write(folder.join(format!("{number:03}b")), second).expect("a file");
    }
    let script = format!("for f in {}/*; do cat $f; done; sleep 0.3", folder.display());
    let server = TestServer::start(&[&format!("exec:sh -c '{script}'")]);
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let mut next = units.iter().position(|unit| *unit == units[0]);
    while let Some(number) = next {
        let got = viewer.binary().await;
        assert!(units.iter().any(|unit| got == *unit), "a damaged unit");
        next = (got != units[79]).then_some(number + 1);
    }
    server.stop().await;
    std::fs::remove_dir_all(&folder).expect("ours");
}

#[tokio::test]
async fn pieces_with_pauses_between_them_are_never_cut() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let units = clip(320, 240, 80, 20);
    let stream = units.concat();
    let mut dice = 0x2545_f491_4f6c_dd1d_u64;
    for piece in stream.chunks(1_400) {
        connection.send(piece).await;
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        tokio::time::sleep(Duration::from_millis(dice % 41)).await;
    }
    drop(connection);
    for unit in &units {
        assert_eq!(viewer.binary().await, *unit);
    }
    server.stop().await;
}

#[tokio::test]
async fn the_line_behind_a_frame_ends_it() {
    // Five frames, and then the camera says nothing more for a while: each has come, the last one, too.
    let camera = FakeRpicam::new("hang-after 5");
    let server = TestServer::start(&[&camera.source("rate=10,gop=20")]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let mut shown = Vec::new();
    for sequence in 0..5 {
        let (header, _) = viewer.frame().await;
        assert_eq!(header.sequence, sequence);
        shown.push(header.pts_us);
    }
    assert!(shown.windows(2).all(|pair| pair[0] < pair[1]), "{shown:?}");
    let status = server.status().await;
    let ended_by = &status["cameras"][0]["tracks"][0]["ended_by"];
    assert!(ended_by["pts_line"].as_u64() >= Some(3), "{ended_by}");
    server.stop().await;
}
