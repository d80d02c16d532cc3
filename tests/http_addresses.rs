//! Every address, with its method, status and headers, as docs/http-api.md describes it.

use std::time::Duration;

use lenscast::encode::JpegEncoder;
use lenscast_media::{picture::Size, test_pattern::TestPattern, time::Moment};

use crate::support::{
    TestServer,
    camera::FakeCamera,
    http::{HANDSHAKE, get, request},
    viewer::Viewer,
    within,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_each_address_answers() {
    let server = TestServer::start(&["door=test,size=320x240", "test,size=320x240"]);
    let table = [
        ("GET", "/", 200),
        ("GET", "/index.html", 200),
        ("HEAD", "/", 200),
        ("POST", "/", 405),
        ("GET", "/cam/door/", 200),
        ("GET", "/cam/door/index.html", 200),
        ("GET", "/cam/cam2/", 200),
        ("GET", "/licenses.txt", 200),
        ("GET", "/cam/door/licenses.txt", 200),
        ("GET", "/cam/door", 308),
        ("GET", "/cam/window/", 404),
        ("GET", "/cam/window/ws/live", 404),
        ("GET", "/state.json", 200),
        ("GET", "/cam/door/state.json", 200),
        ("GET", "/cam/window/state.json", 404),
        ("POST", "/state.json", 405),
        ("GET", "/cam/window/stream.h264", 404),
        ("GET", "/cam/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/assets/nothing.js", 404),
        ("GET", "/assets/../../Cargo.toml", 404),
        ("GET", "/assets/%2e%2e/index.html", 404),
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/api/v1/status", 200),
        ("GET", "/metrics", 200),
        ("DELETE", "/api/v1/status", 405),
        ("GET", "/rpicam/", 200),
        ("HEAD", "/rpicam/", 200),
        ("GET", "/rpicam/index.html", 200),
        ("GET", "/rpicam/jmuxer.min.js", 200),
        ("GET", "/rpicam/nothing.js", 404),
        ("GET", "/rpicam", 308),
        ("GET", "/cam/door/rpicam/", 200),
        ("GET", "/cam/window/rpicam/", 404),
        ("POST", "/rpicam/", 405),
        ("GET", "/rpicam/ws/", 426),
        ("GET", "/ws/nal", 426),
        ("HEAD", "/stream.h264", 200),
        ("HEAD", "/stream.mp4", 200),
        ("POST", "/stream.mp4", 405),
        ("HEAD", "/stream.ts", 200),
        ("HEAD", "/stream.mjpg", 200),
        ("HEAD", "/stream", 200),
        ("HEAD", "/?action=stream", 200),
        ("HEAD", "/cam/door/?action=stream", 200),
        ("HEAD", "/snapshot.jpg", 200),
        ("HEAD", "/snapshot", 200),
        ("HEAD", "/?action=snapshot", 200),
        ("POST", "/stream.mjpg", 405),
        ("DELETE", "/snapshot.jpg", 405),
        ("POST", "/?action=stream", 405),
        ("GET", "/?action=streams", 400),
        ("GET", "/?action", 400),
        ("GET", "/?player=mjpeg", 200),
        ("HEAD", "/?action=stream_0?dummy=param.mjpg", 200),
        ("HEAD", "/?action=snapshot_1", 200),
        ("HEAD", "/?action=snapshot_2", 404),
        ("HEAD", "/cam/door/?action=snapshot_0", 200),
        ("HEAD", "/cam/door/?action=snapshot_1", 404),
        ("HEAD", "/cam.mjpg", 200),
        ("HEAD", "/cam.jpg", 200),
        ("OPTIONS", "/snapshot.jpg", 204),
        ("OPTIONS", "/cam/door/ws/live", 204),
        ("OPTIONS", "/nothing", 404),
        ("OPTIONS", "/api/v1/status", 405),
        ("GET", "/cam/window/stream.mjpg", 404),
        ("GET", "/cam/window/?action=snapshot", 404),
        ("GET", "/ws/live", 426),
        ("GET", "/ws/mp4", 426),
        ("GET", "/ws/h264", 426),
        ("GET", "/cam/door/ws/live", 426),
        ("HEAD", "/ws/live", 426),
        ("POST", "/ws/live", 405),
    ];
    for (method, path, status) in table {
        let answer = request(server.address, method, path, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        let allow = answer.header("allow").unwrap_or_default();
        assert_eq!(matches!(status, 204 | 405), allow.contains("GET"), "{method} {path}: Allow: {allow}");
        if method == "HEAD" {
            assert!(answer.body.is_empty(), "{method} {path}");
        }
    }
    let camera = server.status().await["cameras"][0].take();
    assert_eq!(camera["state"], "idle", "HEAD and plain GET start nothing");
    server.stop().await;
}

#[tokio::test]
async fn the_page_is_cached_by_its_tag_and_assets_for_ever() {
    let server = TestServer::start(&["test"]);
    let page = get(server.address, "/").await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let policy = page.header("content-security-policy").expect("a policy");
    for part in [
        "default-src 'self'",
        "'wasm-unsafe-eval'",
        "media-src 'self' blob:",
        "worker-src 'self' blob:",
        "frame-ancestors *",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let tag = page.header("etag").expect("a tag").to_owned();
    let again = request(server.address, "GET", "/", &[("If-None-Match", &tag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = request(server.address, "GET", "/", &[("If-None-Match", "\"other\"")]).await;
    assert_eq!(other.status, 200);

    let text = page.text();
    assert!(!text.contains("=\"/"), "all addresses of the page are relative: {text}");
    let script = text.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a script");
    let script = get(server.address, script.trim_start_matches('.')).await;
    assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert_eq!(script.header("cache-control"), Some("public, max-age=31536000, immutable"));
    server.stop().await;
}

#[tokio::test]
async fn a_missing_slash_is_put_behind_and_the_query_stays() {
    let server = TestServer::start(&["door=test"]);
    for (path, location) in [("/cam/door", "door/"), ("/cam/door?player=mse&info", "door/?player=mse&info")] {
        let answer = get(server.address, path).await;
        assert_eq!((answer.status, answer.header("location")), (308, Some(location)), "{path}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_page_of_what_does_not_exist_leads_back() {
    let server = TestServer::start(&["test"]);
    for (path, link) in
        [("/nothing", "./"), ("/a/b/c", "../../"), ("/cam/no/", "../../"), ("/cam/no/ws/live", "../../../")]
    {
        let browser = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        let answer = request(server.address, "GET", path, &browser).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text().contains(&format!("href=\"{link}\"")), "{path}: {}", answer.text());
        assert!(answer.header("content-security-policy").is_some());
        let names_cameras = answer.text().contains(&format!("<a href=\"{link}cam/cam1/\">cam1</a>"));
        assert_eq!(names_cameras, path.starts_with("/cam/"), "{path}: {}", answer.text());
        for accept in ["", "*/*", "image/*,*/*;q=0.8", "text/plain, text/htmlx"] {
            let answer = request(server.address, "GET", path, &[("Accept", accept)]).await;
            let sentence = match names_cameras {
                true => "There is no such camera: the server has only cam1\n",
                false => "There is nothing at this address\n",
            };
            assert_eq!((answer.status, &*answer.text()), (404, sentence), "{path}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn what_a_camera_does_is_answered_without_a_websocket() {
    let server = TestServer::start(&["door=test,size=320x240", "roof=test,size=320x240"]);
    let answer = get(server.address, "/cam/roof/state.json").await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let messages: Vec<serde_json::Value> = serde_json::from_str(&answer.text()).expect("a list");
    let types: Vec<&str> = messages.iter().filter_map(|message| message["type"].as_str()).collect();
    assert_eq!(types, ["hello", "state", "viewers", "clock"]);
    assert_eq!((&messages[0]["camera"], &messages[2]["count"]), (&"roof".into(), &0.into()));
    let status = get(server.address, "/api/v1/status").await;
    assert!(status.text().contains("\"state\":\"idle\""), "nothing was started: {}", status.text());

    let wrong = get(server.address, "/cam/window/state.json").await;
    assert_eq!(wrong.status, 404);
    assert_eq!(wrong.text(), "There is no such camera: the server has door and roof\n");
    assert_eq!(wrong.header("access-control-allow-origin"), Some("*"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_compressed_and_endless_bodies_are_not() {
    let server = TestServer::start(&["test,size=320x240"]);
    let page = request(server.address, "GET", "/", &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    for path in ["/stream.h264", "/stream.mp4", "/stream.ts"] {
        let mut body =
            crate::support::http::open(server.address, "GET", path, &[("Accept-Encoding", "gzip")]).await;
        let answer = crate::support::http::read_body(&mut body, 100).await;
        assert_eq!(answer.header("content-encoding"), None, "{path}");
        assert_eq!(answer.header("x-accel-buffering"), Some("no"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_say_what_the_status_says() {
    let server = TestServer::start(&["door=test,size=320x240"]);
    let mut viewer = Viewer::connect(server.address, "/ws/live").await;
    viewer.binary().await;
    let answer = get(server.address, "/metrics").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    for line in [
        "# TYPE lenscast_frames_total counter",
        "lenscast_camera_live{camera=\"door\"} 1",
        "lenscast_viewers{camera=\"door\",transport=\"ws/live\"} 1",
        "lenscast_viewer_lag_seconds_max{camera=\"door\",transport=\"ws/live\"} ",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line} is not in\n{text}");
    }
    server.stop().await;
}

/// The value of a family of `/metrics` for a camera.
fn metric(text: &str, family: &str, camera: &str) -> Option<f64> {
    let series = format!("lenscast_{family}{{camera=\"{camera}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_count_what_each_source_sends() {
    let (raw, jpeg) = (FakeCamera::new().await, FakeCamera::new().await);
    let raw_source = raw.source().replace("tcp:", "raw=tcp+yuv420p,size=64x48,rate=30:");
    let server =
        TestServer::start(&[&raw_source, &format!("jpeg={}", jpeg.source()), "h264=test,size=320x240"]);
    let picture = vec![100; 64 * 48 * 3 / 2];
    let size = Size::new(64, 48).expect("even");
    let mut pattern = TestPattern::new(size);
    let at = Moment::from_micros(1_795_180_454_000_000);
    let coded = JpegEncoder::new(None, None).encode(pattern.draw(0, at, at)).expect("encodes").0;
    let (mut raw, mut jpeg) = (raw.connected().await, jpeg.connected().await);
    // With a viewer of H.264, so that there are renditions whose frames might be counted instead.
    for camera in ["raw", "jpeg", "h264"] {
        let mut viewer = Viewer::connect(server.address, &format!("/cam/{camera}/ws/live")).await;
        let sent = async {
            loop {
                raw.send(&picture).await;
                jpeg.send(&coded).await;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = sent => {}
            _ = viewer.frame() => {}
        }
    }
    // What was sent is counted when no more comes.
    let mut status = server.status().await;
    within("all is counted", async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let before = std::mem::replace(&mut status, server.status().await);
            if [0, 1].iter().all(|at| before["cameras"][at]["tracks"] == status["cameras"][at]["tracks"]) {
                break;
            }
        }
    })
    .await;
    let text = get(server.address, "/metrics").await.text();
    let figures = |camera: &str| {
        ["frames_total", "keyframes_total", "bytes_total"].map(|family| metric(&text, family, camera))
    };
    for (at, camera, kind, bytes) in [(0, "raw", "pictures", picture.len()), (1, "jpeg", "jpeg", coded.len())]
    {
        let tracks = status["cameras"][at]["tracks"].as_array().expect("a list");
        let origin = tracks.iter().find(|track| track["kind"] == kind).expect(kind);
        let frames = origin["frames"].as_f64().expect("a number");
        assert!(frames >= 1.0, "{origin}");
        assert_eq!(figures(camera), [Some(frames), Some(frames), Some(frames * bytes as f64)], "{text}");
    }
    let [frames, keyframes, _] = figures("h264");
    assert!(keyframes >= Some(1.0) && frames >= keyframes, "{text}");
    for camera in ["raw", "jpeg", "h264"] {
        assert!(metric(&text, "cached_bytes", camera) > Some(0.0), "{camera}: {text}");
        assert_eq!(metric(&text, "camera_live", camera), Some(1.0), "{camera}: {text}");
    }
    let frames = text.lines().filter(|line| line.starts_with("lenscast_frames_total{")).count();
    assert_eq!(frames, 3, "one series a camera: {text}");
    server.stop().await;
}

#[tokio::test]
async fn handshakes_are_answered_by_the_book() {
    let server = TestServer::start(&["test"]);
    let without =
        |left_out: &str| -> Vec<_> { HANDSHAKE.into_iter().filter(|(name, _)| *name != left_out).collect() };
    let with = |name, value| -> Vec<_> { without(name).into_iter().chain([(name, value)]).collect() };
    let table = [
        ("as it should be", HANDSHAKE.to_vec(), 101, None),
        ("no key", without("Sec-WebSocket-Key"), 400, None),
        ("a short key", with("Sec-WebSocket-Key", "abc"), 400, None),
        ("another version", with("Sec-WebSocket-Version", "8"), 426, None),
        ("our subprotocol", with("Sec-WebSocket-Protocol", "other, lenscast.v1"), 101, Some("lenscast.v1")),
        ("only others", with("Sec-WebSocket-Protocol", "other"), 400, None),
    ];
    for (name, headers, status, subprotocol) in table {
        let mut stream = crate::support::http::open(server.address, "GET", "/ws/live", &headers).await;
        let answer = crate::support::http::read_body(&mut stream, 0).await;
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(answer.header("sec-websocket-protocol"), subprotocol, "{name}");
        if status == 101 {
            assert_eq!(answer.header("sec-websocket-accept"), Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{name}");
            assert_eq!(answer.header("sec-websocket-extensions"), None, "{name}");
        }
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_libraries_in_pages_and_program_carry_their_licences() {
    let server = TestServer::start(&["test,size=320x240"]);
    let answer = get(server.address, "/licenses.txt").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    let text = answer.text();
    for (library, words) in [
        ("\njmuxer 2.", "Permission is hereby granted"),
        ("\nbroadway-player 0.", "Redistributions in binary form must reproduce"),
        ("\n@cycjimmy/jsmpeg-player 6.", "Permission is hereby granted"),
        ("\ntinyh264 0.", "Apache License"),
        ("\ntokio 1.", "Permission is hereby granted"),
        ("\nopenh264-sys2 0.", "Redistributions in binary form must reproduce"),
        ("\nsync_wrapper 1.", "Apache License"),
    ] {
        let (_, own) = text.split_once(library).expect(library);
        let own =
            own.split_once("\n====").and_then(|(_, rest)| rest.split("\n====").next()).unwrap_or_default();
        assert!(own.contains(words), "{library}: {own}");
    }
    server.stop().await;
}
