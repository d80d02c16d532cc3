//! A frame reaches its viewers when its last byte has come, not when the next frame begins, once that is certain.

use std::time::Duration;

use lenscast_media::frame::Role;

use crate::support::{
    TestServer,
    camera::{CameraConnection, FakeCamera},
    clip::clip,
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

#[tokio::test]
async fn the_quiet_behind_a_frame_ends_it() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let units = clip(320, 240, 70, 35);
    play_with_quiet(&mut connection, &units).await;
    // Nothing more is sent: the last frame comes all the same.
    for unit in &units {
        assert_eq!(viewer.binary().await, *unit);
    }
    let status = server.until_camera("all frames", |camera| camera["tracks"][0]["frames"] == 70).await;
    assert!(status["tracks"][0]["ended_by"]["quiet"].as_u64() >= Some(1), "{status}");
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
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    let units = clip(320, 240, ENOUGH as u32 + 20, ENOUGH as u32 + 10);
    play_with_quiet(&mut connection, &units[..ENOUGH]).await;
    server.until_camera("all so far", |camera| camera["tracks"][0]["frames"] == ENOUGH).await;
    let (half, rest) = units[ENOUGH].split_at(units[ENOUGH].len() / 2);
    connection.send(half).await;
    server.until_camera("half a frame", |camera| camera["tracks"][0]["frames"] == ENOUGH + 1).await;
    connection.send(rest).await;
    play_with_quiet(&mut connection, &units[ENOUGH + 1..]).await;
    drop(connection);

    for _ in 0..=ENOUGH {
        viewer.frame().await;
    }
    let (header, payload) = viewer.frame().await;
    assert_eq!(header.role, Role::Key, "nothing that needs the damaged frame is sent");
    assert_eq!(payload, units[ENOUGH + 10]);
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
