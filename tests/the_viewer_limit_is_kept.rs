//! A viewer above the limit is refused with a sentence, and admitted when another one has left.

use lenscast::{args::Args, config::Config};

use crate::support::{TestServer, http, rtsp::RtspClient, viewer::Viewer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_above_the_limit_is_refused_and_admitted_when_another_has_left() {
    let server =
        TestServer::start_as(&["--source", "test,size=320x240", "--max-viewers", "2", "--rtsp", "0"]);
    let mut first = Viewer::connect(server.address, "/ws/live").await;
    let mut second = Viewer::connect(server.address, "/ws/h264").await;
    first.binary().await;
    for path in ["/ws/live", "/ws/mp4", "/ws/h264"] {
        let mut third = Viewer::connect(server.address, path).await;
        assert_eq!(third.closed().await, (1013, "The viewer limit (2) is reached".into()), "{path}");
    }
    for path in ["/stream.h264", "/stream.mp4"] {
        let answer = http::get(server.address, path).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (503, "The viewer limit (2) is reached\n"),
            "{path}"
        );
    }
    assert_eq!(refused_by_rtsp(&server).await, "RTSP/1.0 453 The viewer limit (2) is reached");
    second.binary().await;
    drop(first);
    crate::support::within("an admission", async {
        loop {
            let mut next = Viewer::connect(server.address, "/ws/live").await;
            if next.next().await.is_text() {
                break;
            }
        }
    })
    .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_does_not_take_all_places() {
    let words =
        ["--listen", "127.0.0.1:0", "--rtsp", "0", "--source", "test,size=320x240", "--max-viewers", "3"];
    let args = Args::typed(&words);
    let mut config = Config::from_args(&args).expect("it is right");
    config.limits.viewers.per_address = 2;
    let server = TestServer::start_with(&config);
    let _first = Viewer::connect(server.address, "/ws/live").await;
    let _second = Viewer::connect(server.address, "/ws/mp4").await;
    let sentence = "The limit of viewers from one address (2) is reached";
    for path in ["/ws/live", "/ws/mp4", "/ws/h264"] {
        let mut third = Viewer::connect(server.address, path).await;
        assert_eq!(third.closed().await, (1013, sentence.into()), "{path}");
    }
    for path in ["/stream.h264", "/stream.mjpg", "/snapshot.jpg"] {
        let answer = http::get(server.address, path).await;
        assert_eq!((answer.status, answer.text()), (503, format!("{sentence}\n")), "{path}");
    }
    assert_eq!(refused_by_rtsp(&server).await, format!("RTSP/1.0 453 {sentence}"));
    let mut elsewhere = Viewer::connect_from([127, 0, 0, 2], server.address, "/ws/live").await;
    elsewhere.frame().await;
    server.stop().await;
}

/// The first line of the answer to SETUP.
async fn refused_by_rtsp(server: &TestServer) -> String {
    let mut client = RtspClient::connect(server.rtsp()).await;
    let answer = client.ask("SETUP", "", &[("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")]).await;
    answer.head.lines().next().unwrap_or_default().to_owned()
}
