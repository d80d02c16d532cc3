//! Connections on which nobody watches are bounded, their requests too; who watches notices nothing of it.

use std::time::Duration;

use lenscast::{args::Args, config::Config};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::clip,
    held_clock::HeldClock,
    http::{self, connect_from},
    raw_socket::RawSocket,
    viewer::Viewer,
    within,
};

/// All that comes when `bytes` are sent.
async fn answer(mut stream: TcpStream, bytes: &[u8]) -> String {
    within("an answer", async {
        // A refused connection may be closed already.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    })
    .await
}

const HEALTH: &[u8] = b"GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn an_address_has_its_share_and_the_quietest_makes_room() {
    const SHARE: usize = 5;
    let clock = HeldClock::hold();
    let camera = FakeCamera::new().await;
    let mut args = Args::typed(&["--listen", "127.0.0.1:0"]);
    args.sources.push(camera.source());
    let mut config = Config::from_args(&args).expect("it is right");
    (config.limits.connections, config.limits.connections_per_address) = (SHARE + 1, SHARE);
    let server = TestServer::start_with(&config);
    let address = server.address;
    let mut connection = camera.connected().await;
    let units = clip(320, 240, 40, 20);
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;
    // Viewers do not count as such connections, however many there are.
    let mut viewers = Vec::new();
    for _ in 0..2 * SHARE {
        let mut viewer = Viewer::connect(address, "/ws/live").await;
        assert_eq!(viewer.frame().await.0.sequence, 0);
        viewers.push(viewer);
    }
    let mut body = http::open(address, "GET", "/stream.h264", &[]).await;
    assert_eq!(http::read_body(&mut body, 1).await.status, 200);

    let mut idle = Vec::new();
    for _ in 0..SHARE {
        idle.push(connect_from([127, 0, 0, 1], address).await);
    }
    let refused = answer(connect_from([127, 0, 0, 1], address).await, HEALTH).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    let sentence = "There are 5 connections from this address already that watch nothing (max_connections_per_address)\n";
    assert!(refused.ends_with(&format!("\r\n\r\n{sentence}")), "{refused}");
    let elsewhere = answer(connect_from([127, 0, 0, 2], address).await, HEALTH).await;
    assert!(elsewhere.starts_with("HTTP/1.1 200 "), "another address has room: {elsewhere}");
    let mut sixth = connect_from([127, 0, 0, 2], address).await;
    let refused = answer(connect_from([127, 0, 0, 3], address).await, HEALTH).await;
    assert!(
        refused.ends_with("There are 6 connections already that watch nothing (max_connections)\n"),
        "{refused}"
    );

    clock.advance(Duration::from_secs(1)).await;
    sixth.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n").await.expect("it is open");
    let mut ok = [0; 15];
    within("an answer", sixth.read_exact(&mut ok)).await.expect("it is open");
    let admitted = answer(connect_from([127, 0, 0, 1], address).await, HEALTH).await;
    assert!(admitted.starts_with("HTTP/1.1 200 "), "{admitted}");
    assert_eq!(within("its end", idle[0].read(&mut ok)).await.expect("no error"), 0, "the oldest was closed");

    for (number, unit) in units.iter().enumerate().skip(2) {
        connection.send(unit).await;
        for viewer in &mut viewers {
            assert_eq!(viewer.frame().await.0.sequence, number as u64 - 1);
        }
    }
    drop(clock);
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_and_goes_leaves_no_connection_behind() {
    const SHARE: usize = 20;
    let clock = HeldClock::hold();
    let mut config =
        Config::from_args(&Args::typed(&["--listen", "127.0.0.1:0", "--source", "test,size=160x120"]))
            .expect("it is right");
    (config.limits.connections, config.limits.connections_per_address) = (SHARE, SHARE);
    config.limits.viewers.per_address = SHARE;
    let server = TestServer::start_with(&config);
    let address = server.address;
    let says = [
        "",
        "GET /ws/live HTTP/1.1\r\nHost: a\r\nUpgra",
        "GET /stream.h264 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /stream.mjpg?fps=3 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /snapshot.jpg HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
        "rubbish\r\n\r\n",
    ];
    for number in 0..10 * SHARE {
        let mut stream = TcpStream::connect(address).await.expect("the server listens");
        let _ = stream.write_all(says[number % says.len()].as_bytes()).await;
        let whole = RawSocket::open(address, "/ws/live").await;
        if number % 2 == 0 {
            socket2::SockRef::from(&whole.0).set_linger(Some(Duration::ZERO)).expect("a socket");
        }
    }
    // As many as there may be, beside nobody: all places are free again.
    let mut viewers = Vec::new();
    while viewers.len() < SHARE {
        let mut viewer = Viewer::connect(address, "/ws/live").await;
        if viewer.next().await.is_text() {
            viewers.push(viewer);
        }
    }
    let mut idle = Vec::new();
    for _ in 1..SHARE {
        idle.push(TcpStream::connect(address).await.expect("the server listens"));
    }
    within("a place", async {
        while !answer(TcpStream::connect(address).await.expect("it listens"), HEALTH)
            .await
            .starts_with("HTTP/1.1 200 ")
        {}
    })
    .await;
    drop(clock);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_may_have_16_kb() {
    let server = TestServer::start(&["test,size=160x120"]);
    let head = |path: usize, header: usize, headers: usize| {
        let others = "A: b\r\n".repeat(headers);
        format!(
            "GET /healthz?{} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Long: {}\r\n{others}\r\n",
            "p".repeat(path),
            "h".repeat(header)
        )
    };
    let table = [
        ("short", head(0, 0, 0), 200),
        ("long", head(7_000, 8_000, 0), 200),
        ("many headers", head(0, 0, 90), 200),
        ("a longer header", head(0, 17_000, 0), 431),
        ("a longer address", head(17_000, 0, 0), 431),
        ("too many headers", head(0, 0, 101), 431),
        ("never ends", head(0, 60_000, 0).trim_end().to_owned(), 431),
        ("no HTTP", "hello\r\n\r\n".to_owned(), 400),
    ];
    for (name, bytes, expected) in table {
        let stream = TcpStream::connect(server.address).await.expect("the server listens");
        let got = answer(stream, bytes.as_bytes()).await;
        assert!(got.starts_with(&format!("HTTP/1.1 {expected} ")), "{name}: {got}");
        let (_, body) = got.split_once("\r\n\r\n").expect("a head");
        let sentence = match expected {
            431 => "The address and the headers of a request may have 16 kB, and there may be 100 headers\n",
            400 => "This is not a request of HTTP/1.1 or HTTP/1.0\n",
            _ => "ok\n",
        };
        assert_eq!(body, sentence, "{name}");
    }
    server.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_kept_for_10_s_without_a_request() {
    let clock = HeldClock::hold();
    let server = TestServer::start(&["test,size=160x120"]);
    let mut kept = TcpStream::connect(server.address).await.expect("the server listens");
    for seconds in [9, 9, 10] {
        kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n").await.expect("it is open");
        let mut answer = Vec::new();
        within("an answer", async {
            while !answer.ends_with(b"ok\n") {
                let mut part = [0; 512];
                let count = kept.read(&mut part).await.expect("it is open");
                assert!(count > 0, "it is open");
                answer.extend_from_slice(&part[..count]);
            }
        })
        .await;
        // Answered: the server waits for the next request.
        clock.advance(Duration::from_secs(seconds)).await;
    }
    assert_eq!(within("its end", kept.read(&mut [0; 1])).await.expect("no error"), 0);
    drop(clock);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_come_together_are_all_answered() {
    const REQUESTS: usize = 200;
    let server = TestServer::start(&["test,size=160x120"]);
    let mut stream = TcpStream::connect(server.address).await.expect("the server listens");
    let (mut read, mut write) = stream.split();
    let mut requests = b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n".repeat(REQUESTS - 1);
    requests.extend_from_slice(HEALTH);
    let mut answers = String::new();
    within("all answers", async {
        let (wrote, read) = tokio::join!(write.write_all(&requests), read.read_to_string(&mut answers));
        wrote.and(read).expect("it stays open");
    })
    .await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK\r\n").count(), REQUESTS);
    server.stop().await;
}
