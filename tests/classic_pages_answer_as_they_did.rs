//! `--compat`: the pages of the classic systems on their ports, as their own servers answered.

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::clip,
    http::{get, request},
    ports::HeldPort,
    viewer::Viewer,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pistreaming_does_what_its_readme_says() {
    let server = TestServer::start_as(&["--source", "test,size=320x240", "--compat", "pistreaming=0,0"]);
    let (page, socket) = server.classics[0];
    let table = [
        ("GET", "/", 301),
        ("HEAD", "/", 301),
        ("GET", "/index.html", 200),
        ("HEAD", "/index.html", 200),
        ("GET", "/jsmpg.js", 200),
        ("HEAD", "/jsmpg.js", 200),
        ("GET", "/nothing", 404),
        ("HEAD", "/nothing", 404),
        ("GET", "/api/v1/status", 404),
        ("GET", "/../Cargo.toml", 404),
        ("GET", "/%2e%2e/index.html", 404),
        ("POST", "/index.html", 405),
        ("PUT", "/jsmpg.js", 405),
        ("DELETE", "/nothing", 405),
    ];
    for (method, path, status) in table {
        let answer = request(page, method, path, &[]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("allow"), (status == 405).then_some("GET, HEAD"), "{method} {path}");
        assert_eq!(answer.header("location"), (status == 301).then_some("/index.html"), "{method} {path}");
        if method == "HEAD" {
            assert!(answer.body.is_empty(), "{method} {path}");
        }
    }
    let html = get(page, "/index.html").await;
    assert_eq!(html.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(html.header("content-security-policy").is_some(), "it is ours");
    let text = html.text();
    for part in
        ["width=\"320\" height=\"240\"", &format!("data-ws-port=\"{}\"", socket.port()), "#444", "#333"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("${"), "{text}");
    let head = request(page, "HEAD", "/index.html", &[]).await;
    assert_eq!(head.header("content-length"), Some(text.len().to_string().as_str()), "as GET");
    assert!(get(page, "/jsmpg.js").await.text().contains("jsmpeg"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broadways_page_has_the_files_it_had() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start_as(&["--source", &camera.source(), "--compat", "broadway=0,0"]);
    let (page, socket) = server.classics[0];
    let mut connection = camera.connected().await;
    connection.play(&clip(320, 240, 3, 2)).await;
    server.until_camera("a frame", |camera| camera["tracks"][0]["frames"].as_u64() >= Some(1)).await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/Decoder.js", "text/javascript; charset=utf-8"),
        ("/YUVCanvas.js", "text/javascript; charset=utf-8"),
        ("/Player.js", "text/javascript; charset=utf-8"),
    ] {
        let answer = get(page, path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}");
    }
    let text = get(page, "/").await.text();
    let port = format!("data-ws-port=\"{}\" data-width=\"320\" data-height=\"240\"", socket.port());
    assert!(text.contains(&port), "{text}");
    assert_eq!(get(page, "/assets/../index.html").await.status, 404);
    assert_eq!(request(page, "POST", "/", &[]).await.status, 405);

    // The socket is at any path, and nothing else is there.
    for path in ["/", "/anything/at?all"] {
        let mut viewer = Viewer::connect(socket, path).await;
        viewer.binary().await;
        assert_eq!(get(socket, path).await.status, 426, "{path}");
        assert_eq!(request(socket, "POST", path, &[]).await.status, 405, "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_may_share_our_port() {
    let held = HeldPort::new();
    let port = held.number;
    let listen = format!("127.0.0.1:{port}");
    let compat = format!("broadway={port},0");
    let server = TestServer::start_as(&[
        "--source",
        "door=test,size=320x240",
        "--listen",
        &listen,
        "--compat",
        &compat,
    ]);
    let (page, socket) = server.classics[0];
    assert_eq!(page, server.address);
    assert!(get(page, "/").await.text().contains("YUVCanvas.js"), "its page");
    assert!(get(page, "/index.html").await.text().contains("YUVCanvas.js"), "its page");
    assert!(!get(page, "/cam/door/").await.text().contains("YUVCanvas.js"), "ours");
    for (method, path, status) in [
        ("GET", "/Player.js", 200),
        ("GET", "/api/v1/status", 200),
        ("GET", "/healthz", 200),
        ("GET", "/nothing", 404),
        ("POST", "/", 405),
        ("POST", "/api/v1/status", 405),
        ("GET", "/ws/live", 426),
    ] {
        assert_eq!(request(page, method, path, &[]).await.status, status, "{method} {path}");
    }
    let snapshot = get(page, "/?action=snapshot").await;
    assert_eq!((snapshot.status, snapshot.header("content-type")), (200, Some("image/jpeg")), "ours");
    let mut ours = Viewer::connect(page, "/ws/h264").await;
    let mut its = Viewer::connect(socket, "/").await;
    ours.binary().await;
    its.binary().await;
    server.stop().await;
}
