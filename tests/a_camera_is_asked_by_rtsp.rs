//! A camera on the network is a source by RTSP, whatever its habits are, and damage is never shown.

use std::time::{Duration, Instant};

use crate::support::{
    TestServer,
    clip::{clip, nal_units},
    door::basic,
    rtsp_camera::{Habits, PASSWORD, RtspCamera, USER},
    viewer::Viewer,
    within,
};

const GOP: u32 = 5;

fn source(camera: &RtspCamera, credentials: &str) -> String {
    camera.source().replace("rtsp://", &format!("rtsp://{credentials}"))
}

/// The password as it is typed.
fn typed() -> String {
    format!("{USER}:hunter2 %25@")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_plays_whatever_its_habits_are() {
    const H264: &str = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
    let ours = Habits::default();
    let table = [
        ("as in the standard", ours.clone(), "/stream1/trackID=0 "),
        ("no base", Habits { content_base: None, ..ours.clone() }, "trackID=0 "),
        ("a base without a slash", Habits { content_base: Some("{url}"), ..ours.clone() }, "trackID=0 "),
        (
            "the address that the camera has in its own network",
            Habits { content_base: Some("rtsp://192.0.2.1:554/live/"), ..ours.clone() },
            "rtsp://192.0.2.1:554/live/trackID=0 ",
        ),
        (
            "absolute addresses",
            Habits {
                description: "a=control:{url}\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:{url}/video?a=1\r\n",
                ..ours.clone()
            },
            "/stream1/video?a=1 ",
        ),
        ("no address of the track", Habits { description: H264, ..ours.clone() }, "/stream1 "),
        ("no time-out", Habits { session: "A1_-.b", ..ours.clone() }, "trackID=0 "),
        (
            "sound first",
            Habits {
                description: "m=audio 0 RTP/AVP 0\r\na=control:a\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\nm=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:m\r\n",
                ..ours.clone()
            },
            "/stream1/v ",
        ),
        (
            "Basic",
            Habits { lock: Some(("Basic realm=\"cam\"", &*basic(USER, PASSWORD).leak())), ..ours.clone() },
            "trackID=0 ",
        ),
        (
            "Digest",
            Habits {
                lock: Some(("Digest realm=\"cam\", nonce=\"0123\"", "Digest username=\"viewer\"")),
                ..ours.clone()
            },
            "trackID=0 ",
        ),
    ];
    let units = clip(160, 120, 2 * GOP, GOP);
    let all = table.map(|(name, habits, set_up)| plays(name, habits, set_up, &units));
    futures_util::future::join_all(all).await;
}

/// A viewer gets all `units` of a camera with these `habits`, of which one track is set up, at `set_up`.
async fn plays(name: &str, habits: Habits, set_up: &str, units: &[Vec<u8>]) {
    let camera = RtspCamera::new(habits).await;
    let server = TestServer::start(&[&source(&camera, &format!("{}@", typed()))]);
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let mut playing = camera.playing().await;
    playing.play(units).await;
    for unit in units {
        assert_eq!(nal_units(&viewer.binary().await), nal_units(unit), "{name}");
    }
    let set_ups: Vec<&String> =
        playing.requests.iter().filter(|request| request.starts_with("SETUP")).collect();
    assert!(set_ups.len() == 1 && set_ups[0].contains(set_up), "{name}: {set_ups:?}");
    let all = playing.requests.join("\n");
    assert!(!all.contains("hunter2"), "{name}: {all}");
    let status = server.status().await;
    let track = &status["cameras"][0]["tracks"][0];
    assert_eq!(track["ended_by"]["marker"], units.len(), "{name}: no frame waits for the next: {track}");
    assert!(!status.to_string().contains("hunter2"), "{name}: {status}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_with_a_hole_is_never_shown() {
    let mut units = clip(160, 120, 3 * GOP, GOP);
    for unit in &mut units {
        // In front of the slice, so that each picture takes several packets.
        let mut sei = vec![0, 0, 0, 1, 0x06, 0x05];
        sei.resize(4_000, 0x55);
        let slice = nal_units(unit).pop().expect("a slice");
        let begin = unit.len() - slice.len() - 4;
        unit.splice(begin..begin, sei);
    }
    // A packet in the middle of the third picture, and the first of the second keyframe's slice.
    let is_lost = |picture: usize, packet: usize| [(2, 1), (5, 4)].contains(&(picture, packet));
    for transport in ["", ",transport=udp"] {
        let camera = RtspCamera::new(Habits::default()).await;
        let server = TestServer::start(&[&camera.source().replace("rtsp:", &format!("rtsp{transport}:"))]);
        let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
        let mut playing = camera.playing().await;
        for (picture, unit) in units.iter().enumerate() {
            playing.send(unit, |packet| !is_lost(picture, packet)).await;
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        for picture in [0, 1, 10, 11, 12, 13, 14] {
            let (found, expected) = (nal_units(&viewer.binary().await), nal_units(&units[picture]));
            assert!(found == expected, "picture {picture}{transport}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_camera_that_was_away_is_back_at_once() {
    let camera = RtspCamera::new(Habits::default()).await;
    let server = TestServer::start(&[&camera.source()]);
    let mut viewer = Viewer::connect(server.address, "/ws/h264").await;
    let units = clip(160, 120, 2, GOP);
    for _ in 0..3 {
        let began = Instant::now();
        let mut playing = camera.playing().await;
        playing.play(&units).await;
        for unit in &units {
            assert_eq!(nal_units(&viewer.binary().await), nal_units(unit));
        }
        assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_said_and_no_password_with_it() {
    let ours = Habits::default();
    let locked = Habits { lock: Some(("Basic realm=\"x\"", "nobody knows it")), ..ours.clone() };
    let described = |description| Habits { description, ..Habits::default() };
    let credentials = format!("{}@", typed());
    let table = [
        ("a wrong password", locked.clone(), credentials.as_str(), "refuses the user or the password"),
        ("none", locked, "", "asks for a user and a password, and its address has none"),
        ("a wrong path", Habits { status: 404, ..ours.clone() }, &credentials, "has no such path (404)"),
        ("a fault of the camera", Habits { status: 500, ..ours.clone() }, &credentials, "answers with 500"),
        (
            "H.265",
            described("m=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\na=control:v\r\n"),
            &credentials,
            "sends H.265, which few browsers play: set this stream to H.264",
        ),
        (
            "sound alone",
            described("m=audio 0 RTP/AVP 0\r\na=control:a\r\n"),
            &credentials,
            "offers neither H.264 nor motion JPEG, but pcmu",
        ),
    ];
    for (name, habits, credentials, expected) in table {
        let camera = RtspCamera::new(habits).await;
        let server = TestServer::start(&[&source(&camera, credentials)]);
        let state = tokio::select! {
            _ = camera.answers() => unreachable!("it answers for ever"),
            state = server.until_camera(name, |camera| camera["state"] == "offline") => state,
        };
        let text = state.to_string();
        assert!(text.contains(expected) && !text.contains("hunter2"), "{name}: {text}");
        server.stop().await;
    }
    let nothing = RtspCamera::new(ours).await.source();
    let server = TestServer::start(&[&nothing]);
    let state =
        within("a state", server.until_camera("offline", |camera| camera["state"] == "offline")).await;
    assert!(state.to_string().contains("Cannot connect to rtsp://127.0.0.1"), "{state}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_is_the_camera_of_another() {
    let first = TestServer::start_as(&["--source", "door=test,size=160x120", "--rtsp", "0"]);
    let second = TestServer::start(&[&format!("rtsp://{}/door", first.rtsp())]);
    let mut viewer = Viewer::connect(second.address, "/ws/h264").await;
    for _ in 0..5 {
        viewer.binary().await;
    }
    second.stop().await;
    first.stop().await;
}
