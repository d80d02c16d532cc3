//! A rendition's encoder begins with its first viewer and rests some time after the last.

use serde_json::Value;

use crate::support::{TestServer, viewer::Viewer};

fn track<'a>(camera: &'a Value, kind: &str) -> Option<&'a Value> {
    camera["tracks"].as_array()?.iter().find(|track| track["kind"] == kind)
}

fn is_made(camera: &Value) -> bool {
    track(camera, "video").is_some_and(|video| video["making"] == true)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_pictures_of_the_pattern_are_encoded_for_viewers_only() {
    let server = TestServer::start(&["test,size=320x240"]);
    let camera = server.until_camera("idle", |camera| camera["state"] == "idle").await;
    assert!(!is_made(&camera));
    let mut viewers = Vec::new();
    for _ in 0..3 {
        viewers.push(Viewer::connect(server.address, "/ws/live").await);
    }
    for viewer in &mut viewers {
        viewer.frame().await;
    }
    let camera = server.status().await["cameras"][0].take();
    assert!(is_made(&camera));
    let pictures = track(&camera, "pictures").expect("the source writes pictures");
    assert_eq!(pictures["codec"], "i420");
    assert_eq!(pictures["viewers"], serde_json::json!([]), "a recipe is no viewer");
    drop(viewers);
    let camera = server.until_camera("the encoder rests", |camera| !is_made(camera)).await;
    assert_eq!(track(&camera, "video").expect("it stays")["message"], "");
    server.until_camera("the source too", |camera| camera["state"] == "idle").await;
    server.stop().await;
}
