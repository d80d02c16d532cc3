//! However much a viewer asks at once, it is answered as fast as it reads, in order.

use lenscast_media::websocket::{Opcode, header};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{TestServer, http::HANDSHAKE, within};

/// A ping as a client sends it, with a mask of zeros.
fn ping(number: u16) -> Vec<u8> {
    let [high, low] = number.to_be_bytes();
    vec![0x89, 0x82, 0, 0, 0, 0, high, low]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_pings_at_once_are_answered_in_order() {
    const PINGS: u16 = 1000;
    let server = TestServer::start(&["test,size=160x120"]);
    let mut stream = TcpStream::connect(server.address).await.expect("it listens");
    let words: String = HANDSHAKE.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    // `ws/nal` gives no pictures until it is asked for them.
    let handshake = format!("GET /ws/nal HTTP/1.1\r\nHost: here\r\n{words}\r\n");
    stream.write_all(handshake.as_bytes()).await.expect("it listens");
    let pings: Vec<u8> = (0..PINGS).flat_map(ping).collect();
    stream.write_all(&pings).await.expect("it takes them");
    let mut pongs = bytes::BytesMut::new();
    for number in 0..PINGS {
        header(&mut pongs, Opcode::Pong, 2);
        pongs.extend_from_slice(&number.to_be_bytes());
    }
    let mut got = Vec::new();
    within("the last pong", async {
        while !got.ends_with(&pongs) {
            let mut bytes = [0; 4096];
            let count = stream.read(&mut bytes).await.expect("it stays open");
            assert!(count > 0, "it stays open");
            got.extend_from_slice(&bytes[..count]);
        }
    })
    .await;
    server.stop().await;
}
