//! A client that sends without a pause is closed with a sentence, and who watches beside it gets every frame.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    TestServer, camera::FakeCamera, clip::clip, held_clock::HeldClock, http, raw_socket::RawSocket,
    viewer::Viewer, within,
};

/// A masked frame with this first byte and payload, as a client sends it; the mask is zeros.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first, 0x80 | u8::try_from(payload.len()).expect("it is short"), 0, 0, 0, 0];
    frame.extend_from_slice(payload);
    frame
}

#[tokio::test(start_paused = true)]
async fn whoever_sends_without_a_pause_is_closed_and_the_others_get_every_frame() {
    // Nothing is forgiven while the clock stands.
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let address = server.address;
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 60, 20);
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;
    let mut standing = Viewer::connect(address, "/ws/live").await;
    assert_eq!(standing.frame().await.0.sequence, 0);

    let whole_fragments = [frame(0x01, b""), frame(0x00, b"").repeat(30), frame(0x80, b"")].concat();
    let floods = [
        ("empty pings", frame(0x89, b"")),
        ("full pings", frame(0x89, &[7; 125])),
        ("empty pongs", frame(0x8a, b"")),
        ("empty binary messages", frame(0x82, b"")),
        ("empty text messages", frame(0x81, b"")),
        ("requests for the clock", frame(0x81, br#"{"type":"clock","t0":1}"#)),
        ("requests for a keyframe", frame(0x81, br#"{"type":"keyframe","track":0}"#)),
        (
            "pauses and resumes",
            [frame(0x81, br#"{"type":"pause"}"#), frame(0x81, br#"{"type":"resume"}"#)].concat(),
        ),
        ("empty fragments", whole_fragments),
        ("bytes", frame(0x82, &[1; 120]).repeat(100)),
    ];
    let mut sent = 2;
    for (path, floods) in [("/ws/live", &floods[..]), ("/ws/h264", &floods[..1]), ("/ws/nal", &floods[..1])] {
        for (name, bytes) in floods {
            let bytes = bytes.repeat(1 + 4_000 / bytes.len());
            let flooding =
                tokio::spawn(async move { RawSocket::open(address, path).await.flood(&bytes).await });
            if sent < units.len() {
                connection.send(&units[sent]).await;
                assert_eq!(standing.frame().await.0.sequence, sent as u64 - 1, "{path}, {name}");
                sent += 1;
            }
            let (code, reason) = within(name, flooding).await.expect("a close frame");
            assert_eq!(code, 1008, "{path}, {name}: {reason}");
            assert_eq!(
                reason, "sent more than 500 messages or 500 kB a second, which no player does",
                "{path}, {name}"
            );
        }
    }
    drop(clock);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_behind_a_request_is_left_unread_while_the_answer_goes_on() {
    /// More than two sockets hold.
    const TOO_MUCH: usize = 64 << 20;
    /// The client has stopped when it could send nothing in the time of so many frames.
    const STILL_FRAMES: usize = 20;
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let address = server.address;
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 300, 20);
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;
    let mut standing = Viewer::connect(address, "/ws/live").await;
    standing.frame().await;
    let mut number = 1;
    let kinds = [
        ("more requests", &[][..], &b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n"[..]),
        ("rubbish", &[], b"rubbish "),
        ("chunks", &[("Transfer-Encoding", "chunked")], b"4\r\nwhat\r\n"),
        ("a body", &[("Content-Length", "1000000000000")], b"what"),
    ];
    for (name, headers, bytes) in kinds {
        let stream = http::open(address, "GET", "/stream.h264", headers).await;
        let (mut read, mut write) = stream.into_split();
        let sent = Arc::new(AtomicUsize::new(0));
        let (counted, bytes) = (Arc::clone(&sent), bytes.repeat(64));
        let sending = tokio::spawn(async move {
            while let Ok(count) = write.write(&bytes).await {
                counted.fetch_add(count, Ordering::Relaxed);
            }
        });
        let (mut before, mut still) = (0, 0);
        while still < STILL_FRAMES {
            number += 1;
            assert!(number < units.len(), "{name}: it goes on and on");
            connection.send(&units[number]).await;
            assert_eq!(standing.frame().await.0.sequence, number as u64 - 1, "{name}");
            let now = sent.load(Ordering::Relaxed);
            assert!(now < TOO_MUCH, "{name}: somebody reads it");
            still = if now == before { still + 1 } else { 0 };
            before = now;
        }
        sending.abort();
        let mut body = [0; 12];
        within(name, read.read_exact(&mut body)).await.expect("it is answered");
        assert_eq!(&body, b"HTTP/1.1 200", "{name}");
    }
    drop(clock);
    server.stop().await;
}
