//! A viewer above the limit is refused with a sentence, and admitted when another one has left.

use crate::support::{TestServer, http, viewer::Viewer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_above_the_limit_is_refused_and_admitted_when_another_has_left() {
    let server = TestServer::start_for(&["test,size=320x240"], 2);
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
