//! Viewers of JPEG with equal settings share one encoder; there are four at most, beside the one for who asks for nothing
//! in particular; and none without a viewer.

use lenscast::{args::Args, config::Config};
use serde_json::Value;

use crate::support::{
    TestServer,
    http::{get, open_from, read_body, request},
};

fn jpeg_tracks(camera: &Value) -> Vec<&Value> {
    let tracks = camera["tracks"].as_array().into_iter().flatten();
    tracks.filter(|track| track["kind"] == "jpeg").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_encoders_for_ten_viewers_and_none_for_a_sixth_kind() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut viewers = Vec::new();
    let paths = [
        "/?action=stream&fps=10",
        "/stream?width=160",
        "/stream.mjpg?quality=30",
        "/stream.mjpg?quality=40",
        // Whatever others want, the default is there.
        "/stream.mjpg",
    ];
    for path in paths {
        for number in 0..2 {
            let more = if path.contains('?') { "&" } else { "?" };
            let path = format!("{path}{more}unknown={number}");
            // One address alone may have three.
            let mut viewer = open_from([127, 0, 0, 1 + number], server.address, &path, &[]).await;
            let answer = read_body(&mut viewer, 1_000).await;
            assert_eq!(answer.status, 200, "{path}");
            viewers.push(viewer);
        }
    }
    let camera = server.status().await["cameras"][0].take();
    let tracks = jpeg_tracks(&camera);
    assert_eq!(tracks.len(), 5);
    for track in tracks {
        assert_eq!(track["making"], true);
        assert_eq!(track["viewers"].as_array().map(Vec::len), Some(2), "{track}");
    }
    for path in ["/stream.mjpg?fps=11", "/snapshot.jpg?width=100"] {
        let refused = get(server.address, path).await;
        assert_eq!(refused.status, 503, "{path}");
        let text = refused.text();
        assert!(text.starts_with("This camera already serves 4 JPEG variants."), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
    for path in ["/snapshot.jpg?width=160", "/snapshot.jpg"] {
        assert_eq!(get(server.address, path).await.status, 200, "{path}: the settings of one that is there");
    }

    drop(viewers);
    let nothing = |camera: &Value| jpeg_tracks(camera).is_empty();
    server.until_camera("the encoders end and are forgotten", nothing).await;
    let metrics = get(server.address, "/metrics").await.text();
    let gone = metrics.lines().filter(|line| line.starts_with("lenscast_departures_total"));
    let gone = gone.filter(|line| line.contains("transport=\"stream.mjpg\""));
    let gone = gone.filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok()).sum::<u32>();
    assert_eq!(gone, 10, "who has left is not forgotten: {metrics}");
    let camera = server.until_camera("the camera rests", |camera| camera["state"] == "idle").await;
    let making = camera["tracks"].as_array().into_iter().flatten().any(|track| track["making"] == true);
    assert!(!making, "nor is anything decoded: {camera}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_takes_the_place_of_who_has_left() {
    let server = TestServer::start(&["test,size=320x240"]);
    // Each is a rendition of its own, and lingers after its viewer; nobody is refused.
    for width in (16..32).map(|half| 2 * half) {
        let snapshot = get(server.address, &format!("/snapshot.jpg?width={width}")).await;
        assert_eq!(snapshot.status, 200, "width={width}: {}", snapshot.text());
        let camera = server.status().await["cameras"][0].take();
        assert!(jpeg_tracks(&camera).len() <= 4, "{camera}");
    }
    // Those that are watched stay, and their encoders with them.
    let mut viewers = Vec::new();
    for fps in 1..=4 {
        // Two addresses with two each.
        let from = [127, 0, 0, 1 + fps % 2];
        let mut viewer = open_from(from, server.address, &format!("/stream.mjpg?fps={fps}"), &[]).await;
        assert_eq!(read_body(&mut viewer, 1_000).await.status, 200, "fps={fps}");
        viewers.push(viewer);
    }
    assert_eq!(get(server.address, "/snapshot.jpg?width=100").await.status, 503);
    viewers.pop();
    server
        .until_camera("one has left", |camera| {
            jpeg_tracks(camera).iter().any(|track| track["viewers"] == serde_json::json!([]))
        })
        .await;
    assert_eq!(get(server.address, "/snapshot.jpg?width=100").await.status, 200);
    let camera = server.status().await["cameras"][0].take();
    let watched =
        jpeg_tracks(&camera).iter().filter(|track| track["viewers"] != serde_json::json!([])).count();
    assert_eq!((watched, jpeg_tracks(&camera).len()), (3, 4), "{camera}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_leaves_a_kind_to_others() {
    let (here, there) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    let args = Args::typed(&["--listen", "127.0.0.1:0", "--source", "test,size=320x240"]);
    let mut config = Config::from_args(&args).expect("it is right");
    for may_have_all in [false, true] {
        if may_have_all {
            config.limits.viewers.per_address = config.limits.viewers.all;
        }
        let server = TestServer::start_with(&config);
        let mut viewers = Vec::new();
        for fps in 1..=3 {
            let mut viewer = open_from(here, server.address, &format!("/stream.mjpg?fps={fps}"), &[]).await;
            assert_eq!(read_body(&mut viewer, 1_000).await.status, 200, "fps={fps}");
            viewers.push(viewer);
        }
        let mut fourth = open_from(here, server.address, "/snapshot.jpg?width=100", &[]).await;
        let fourth = read_body(&mut fourth, usize::MAX).await;
        if may_have_all {
            assert_eq!(fourth.status, 200, "it may be a proxy: {}", fourth.text());
        } else {
            assert!(
                fourth.text().starts_with("Your address already uses 3 of the 4 JPEG variants"),
                "{fourth:?}"
            );
            assert_eq!(fourth.status, 503);
        }
        let mut others = open_from(there, server.address, "/stream.mjpg?quality=20", &[]).await;
        assert_eq!(read_body(&mut others, 1_000).await.status, 200);
        assert_eq!(get(server.address, "/snapshot.jpg").await.status, 200, "without settings");
        drop((viewers, others));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_gives_no_picture_starts_no_encoder() {
    let server = TestServer::start(&["test,size=320x240"]);
    server.until_camera("idle", |camera| camera["state"] == "idle").await;
    for path in ["/stream.mjpg", "/stream?fps=3", "/snapshot.jpg", "/?action=snapshot"] {
        let answer = request(server.address, "HEAD", path, &[]).await;
        assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
    }
    let table = [
        ("/stream.mjpg?fps=0", "fps=0 is not allowed: it is a whole number from 1 to 120\n"),
        ("/snapshot.jpg?width=5000", "width=5000 is not allowed: it is a whole number from 16 to 4096\n"),
        ("/?action=stream&quality=x", "quality=x is not allowed: it is a whole number from 1 to 100\n"),
    ];
    for (path, sentence) in table {
        let answer = get(server.address, path).await;
        assert_eq!((answer.status, answer.text().as_str()), (400, sentence), "{path}");
    }
    let camera = server.status().await["cameras"][0].take();
    assert_eq!(camera["state"], "idle");
    assert!(jpeg_tracks(&camera).is_empty());
    server.stop().await;
}
