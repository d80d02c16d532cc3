//! A server that stops closes every viewer with the reason, and ends within a second.

use std::time::{Duration, Instant};

use crate::support::{TestServer, http, viewer::Viewer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_viewers_are_closed_and_the_server_ends() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut viewers = Vec::new();
    for path in ["/ws/live", "/ws/mp4", "/ws/h264", "/ws/h264?unit=nal"].into_iter().cycle().take(50) {
        let mut viewer = Viewer::connect(server.address, path).await;
        viewer.binary().await;
        viewers.push(tokio::spawn(async move { viewer.closed().await }));
    }
    let mut body = http::open(server.address, "GET", "/stream.h264", &[]).await;
    http::read_body(&mut body, 1).await;
    let idle = tokio::net::TcpStream::connect(server.address).await.expect("listens");

    let started = Instant::now();
    server.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5), "it waits for no viewer");
    for viewer in viewers {
        let (code, reason) = viewer.await.expect("a close frame");
        assert_eq!((code, reason.as_str()), (1001, "The server was stopped"));
    }
    drop(idle);
}
