//! More than five hundred WebSocket clients that keep to RFC 6455 or break it, each with the end that it must get, while a
//! good viewer watches: opcodes × FIN × reserved bits × masks × lengths, close codes × reasons, fragments, UTF-8, handshakes.
//!
//! What is expected comes from a model of the standard below, not from the server. A client that keeps to the standard gets
//! its ping answered afterwards. After all of them the good viewer still plays, and no other is counted.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
};

use crate::support::{TestServer, viewer::Viewer, within};

/// Clients at the same time.
const AT_ONCE: usize = 24;
/// Most bytes of a message to the server (docs/http-api.md).
const MAX_MESSAGE_BYTES: usize = 64 << 10;
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const CONNECTION: &str = "Connection";
const UPGRADE: &str = "Upgrade";
const VERSION: &str = "Sec-WebSocket-Version";
const KEY_HEADER: &str = "Sec-WebSocket-Key";
const PROTOCOL: &str = "Sec-WebSocket-Protocol";
const STILL_THERE: &[u8] = b"still there?";

/// How it goes on after what the client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// A ping is answered.
    Alive,
    /// A pong with this payload, then alive.
    Pong(Vec<u8>),
    /// The server closes, with this code.
    Closed(u16),
}

struct Case {
    name: String,
    bytes: Vec<u8>,
    end: End,
    /// Sent a byte at a time.
    slowly: bool,
}

fn case(name: impl Into<String>, bytes: Vec<u8>, end: End) -> Case {
    Case { name: name.into(), bytes, end, slowly: false }
}

/// A frame as a client sends it.
fn frame(first: u8, is_masked: bool, payload: &[u8]) -> Vec<u8> {
    let mask = if is_masked { 0x80 } else { 0 };
    let mut out = vec![first];
    match payload.len() {
        length @ 0..126 => out.push(mask | length as u8),
        length @ 126..65_536 => {
            out.push(mask | 126);
            out.extend((length as u16).to_be_bytes());
        }
        length => {
            out.push(mask | 127);
            out.extend((length as u64).to_be_bytes());
        }
    }
    let key = [0x37, 0xfa, 0x21, 0x3d];
    if is_masked {
        out.extend(key);
        out.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
    } else {
        out.extend(payload);
    }
    out
}

fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, true, payload)
}

/// Every kind of first frame, and what the standard says of it.
fn first_frames() -> Vec<Case> {
    let mut cases = Vec::new();
    for opcode in 0..16_u8 {
        for (is_last, is_masked) in [(true, true), (true, false), (false, true), (false, false)] {
            for length in [0, 1, 125, 126, 127, 65_535, MAX_MESSAGE_BYTES, MAX_MESSAGE_BYTES + 1] {
                let payload = vec![b'a'; length];
                let first = opcode | if is_last { 0x80 } else { 0 };
                let is_control = opcode >= 8;
                let end = match opcode {
                    _ if !is_masked => End::Closed(1002),
                    3..=7 | 11..=15 => End::Closed(1002),
                    _ if is_control && (length > 125 || !is_last) => End::Closed(1002),
                    // Nothing to go on with.
                    0 => match length > MAX_MESSAGE_BYTES {
                        true => End::Closed(1009),
                        false => End::Closed(1002),
                    },
                    1 | 2 if length > MAX_MESSAGE_BYTES => End::Closed(1009),
                    1 | 2 | 10 => End::Alive,
                    9 => End::Pong(payload.clone()),
                    // Two letters are no close code.
                    8 if length == 0 => End::Closed(1000),
                    _ => End::Closed(1002),
                };
                let name = format!("opcode {opcode}, last {is_last}, masked {is_masked}, {length} bytes");
                cases.push(case(name, frame(first, is_masked, &payload), end));
            }
        }
    }
    for bits in [0x40, 0x20, 0x10, 0x70, 0x60] {
        for opcode in [0, 1, 2, 8, 9, 10] {
            let name = format!("reserved bits {bits:#x}, opcode {opcode}");
            cases.push(case(name, masked(0x80 | bits | opcode, b""), End::Closed(1002)));
        }
    }
    cases
}

/// Codes that may be sent: RFC 6455 section 7.4, IANA's registry, and those of libraries and applications.
fn may_be_sent(code: u16) -> bool {
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014].contains(&code)
        || (3000..5000).contains(&code)
}

fn closes() -> Vec<Case> {
    let codes = [0, 1, 999]
        .into_iter()
        .chain(1000..=1016)
        .chain([1100, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535]);
    let reasons: [(&str, Vec<u8>, bool); 9] = [
        ("none", vec![], true),
        ("a word", b"bye".to_vec(), true),
        ("more than ASCII", "auf Wiedersehen, Jörg \u{1f44b}".into(), true),
        ("all that fits", vec![b'x'; 123], true),
        ("no UTF-8", vec![0xff], false),
        ("half a character", b"a\xe2\x82".to_vec(), false),
        ("half of a pair", b"\xed\xa0\x80".to_vec(), false),
        ("too long a form", b"\xc0\xaf".to_vec(), false),
        ("beyond Unicode", b"\xf4\x90\x80\x80".to_vec(), false),
    ];
    let mut cases = Vec::new();
    for code in codes {
        for (reason, bytes, is_utf8) in &reasons {
            let end = match (may_be_sent(code), is_utf8) {
                (false, _) => 1002,
                (true, false) => 1007,
                (true, true) => code,
            };
            let payload = [&code.to_be_bytes()[..], bytes].concat();
            cases.push(case(
                format!("close {code}, reason: {reason}"),
                masked(0x88, &payload),
                End::Closed(end),
            ));
        }
    }
    let behind = |more: Vec<u8>| [masked(0x88, &[3, 232]), more].concat();
    cases.push(case("half a code", masked(0x88, &[3]), End::Closed(1002)));
    cases.push(case("a ping behind a close", behind(masked(0x89, b"x")), End::Closed(1000)));
    cases.push(case("rubbish behind a close", behind(vec![0xff; 100]), End::Closed(1000)));
    cases.push(case("two closes", behind(masked(0x88, &[3, 233])), End::Closed(1000)));
    cases
}

fn texts() -> Vec<Case> {
    let sound: [&[u8]; 9] = [
        b"",
        b"{}",
        b"{\"type\":\"keyframe\",\"track\":0}",
        b"{\"type\":\"unknown\"}",
        b"not JSON",
        "κόσμε".as_bytes(),
        "\u{10ffff}".as_bytes(),
        b"\0",
        b"[[[[[[[[[[[[[[[[[[[[[[[[",
    ];
    let broken: [&[u8]; 14] = [
        b"\xff",
        b"\x80",
        b"\xc2",
        b"\xe2\x82",
        b"\xf0\x9f\x91",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\xaf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"abc\xfe",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80",
    ];
    let mut cases = Vec::new();
    for (texts, end) in [(&sound[..], End::Alive), (&broken[..], End::Closed(1007))] {
        for text in texts {
            let half = text.len() / 2;
            let halves = [masked(0x01, &text[..half]), masked(0x80, &text[half..])].concat();
            cases.push(case(format!("text {text:?}"), masked(0x81, text), end.clone()));
            cases.push(case(format!("text {text:?} in two"), halves, end.clone()));
        }
    }
    cases
}

fn fragments() -> Vec<Case> {
    let text = |parts: &[(u8, &[u8])]| {
        parts.iter().flat_map(|(first, payload)| masked(*first, payload)).collect::<Vec<u8>>()
    };
    let half = vec![b'a'; MAX_MESSAGE_BYTES / 2];
    let table: Vec<(&str, Vec<u8>, End)> = vec![
        ("two", text(&[(0x01, b"a"), (0x80, b"b")]), End::Alive),
        ("three", text(&[(0x02, b"a"), (0x00, b"b"), (0x80, b"c")]), End::Alive),
        ("empty ones", text(&[(0x01, b""), (0x00, b""), (0x80, b"")]), End::Alive),
        ("a ping between", text(&[(0x01, b"a"), (0x89, b"p"), (0x80, b"b")]), End::Pong(b"p".to_vec())),
        ("a pong between", text(&[(0x01, b"a"), (0x8a, b"p"), (0x80, b"b")]), End::Alive),
        ("a close between", text(&[(0x01, b"a"), (0x88, &[3, 232])]), End::Closed(1000)),
        ("a character in two", text(&[(0x01, b"\xe2"), (0x80, b"\x82\xac")]), End::Alive),
        ("never ended", text(&[(0x01, b"a"), (0x00, b"b")]), End::Alive),
        ("a text between", text(&[(0x01, b"a"), (0x81, b"b")]), End::Closed(1002)),
        ("bytes between", text(&[(0x02, b"a"), (0x82, b"b")]), End::Closed(1002)),
        ("begun twice", text(&[(0x01, b"a"), (0x01, b"b")]), End::Closed(1002)),
        ("ended twice", text(&[(0x01, b"a"), (0x80, b"b"), (0x80, b"c")]), End::Closed(1002)),
        ("nothing to end", text(&[(0x80, b"a")]), End::Closed(1002)),
        ("as long as allowed", text(&[(0x01, &half), (0x80, &half)]), End::Alive),
        ("too long together", text(&[(0x02, &half), (0x00, &half), (0x80, b"a")]), End::Closed(1009)),
        (
            "a length beyond everything",
            vec![0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255],
            End::Closed(1009),
        ),
        (
            "a thousand of a byte",
            (0..1_000).flat_map(|at| masked(u8::from(at == 0) * 2, b"a")).collect(),
            End::Alive,
        ),
        ("a hundred messages", masked(0x81, b"{}").repeat(100), End::Alive),
    ];
    let mut cases = Vec::new();
    for (name, bytes, end) in table {
        let slowly = bytes.len() < 100;
        cases.push(case(format!("fragments: {name}"), bytes.clone(), end.clone()));
        if slowly {
            cases.push(Case { name: format!("fragments: {name}, slowly"), bytes, end, slowly });
        }
    }
    cases
}

/// A name, the headers that are changed (`-`: left out), and the status of the answer.
type Shaken = (&'static str, &'static [(&'static str, &'static str)], u16);

/// Handshakes, by the headers that are changed, and the status of their answers.
fn handshakes() -> Vec<(String, String, u16)> {
    let sound = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", KEY),
    ];
    let table: Vec<Shaken> = vec![
        ("sound", &[], 101),
        ("a list", &[(CONNECTION, "keep-alive, Upgrade")], 101),
        ("other letters", &[(CONNECTION, "UPGRADE"), (UPGRADE, "WebSocket")], 101),
        ("an extension", &[("Sec-WebSocket-Extensions", "permessage-deflate")], 101),
        ("an origin", &[("Origin", "http://other.example")], 101),
        ("no Connection", &[(CONNECTION, "close")], 400),
        ("no Upgrade", &[(UPGRADE, "-")], 400),
        ("neither", &[(CONNECTION, "close"), (UPGRADE, "-")], 426),
        ("another protocol", &[(UPGRADE, "h2c")], 426),
        ("no version", &[(VERSION, "-")], 426),
        ("version 8", &[(VERSION, "8")], 426),
        ("version 0", &[(VERSION, "0")], 426),
        ("version 14", &[(VERSION, "14")], 426),
        ("version x", &[(VERSION, "x")], 426),
        ("an empty version", &[(VERSION, "")], 426),
        ("a list of versions", &[(VERSION, "13, 8")], 426),
        ("two versions", &[(VERSION, "13"), (VERSION, "8")], 426),
        ("one version twice", &[(VERSION, "13"), (VERSION, "13")], 426),
        ("no key", &[(KEY_HEADER, "-")], 400),
        ("an empty key", &[(KEY_HEADER, "")], 400),
        ("a short key", &[(KEY_HEADER, "abc")], 400),
        ("a key of 15 bytes", &[(KEY_HEADER, "AAAAAAAAAAAAAAAAAAAA")], 400),
        ("a key of 18 bytes", &[(KEY_HEADER, "AAAAAAAAAAAAAAAAAAAAAAAA")], 400),
        ("a key that is no base64", &[(KEY_HEADER, "************************")], 400),
        ("a key without padding", &[(KEY_HEADER, "dGhlIHNhbXBsZSBub25jZQ")], 400),
        ("a key of words", &[(KEY_HEADER, "the sample nonce is here")], 400),
        ("two keys", &[(KEY_HEADER, KEY), (KEY_HEADER, KEY)], 400),
        ("two keys in one", &[(KEY_HEADER, "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==")], 400),
        ("a subprotocol with a space", &[(PROTOCOL, "lenscast.v1 x")], 400),
        ("an empty subprotocol", &[(PROTOCOL, "")], 400),
        ("a hole among subprotocols", &[(PROTOCOL, "lenscast.v1,,x")], 400),
        ("a subprotocol with a slash", &[(PROTOCOL, "a/b")], 400),
        ("a subprotocol in quotes", &[(PROTOCOL, "\"lenscast.v1\"")], 400),
        ("a subprotocol that is not ASCII", &[(PROTOCOL, "é")], 400),
        ("a subprotocol twice", &[(PROTOCOL, "lenscast.v1, lenscast.v1")], 400),
        ("ours among others", &[(PROTOCOL, "x, lenscast.v1")], 101),
        ("a body", &[("Content-Length", "5")], 400),
        ("chunks", &[("Transfer-Encoding", "chunked")], 400),
        ("no host", &[("Host", "-")], 400),
        ("two hosts", &[("Host", "pi"), ("Host", "pi")], 400),
        ("no host at all", &[("Host", "a b")], 400),
    ];
    let mut cases = Vec::new();
    for path in ["/ws/live", "/cam/door/ws/mp4", "/ws/h264?join=burst"] {
        for (name, changed, status) in &table {
            let sound = [("Host", "pi")].into_iter().chain(sound);
            let kept = sound.filter(|(known, _)| !changed.iter().any(|(name, _)| name == known));
            let lines = kept.chain(changed.iter().copied().filter(|(_, value)| *value != "-"));
            let lines: String = lines.map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            cases.push((format!("{path}: {name}"), format!("GET {path} HTTP/1.1\r\n{lines}\r\n"), *status));
        }
        let old = format!("GET {path} HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        cases.push((format!("{path}: HTTP/1.0"), old, 400));
    }
    cases
}

/// The head of the answer to a handshake, and the connection behind it.
async fn shake(address: SocketAddr, request: &str) -> (String, Vec<u8>, TcpStream) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("the server reads");
    let (mut bytes, mut part) = (Vec::new(), [0; 4 << 10]);
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return (String::from_utf8_lossy(&bytes).into_owned(), rest, stream);
        }
        let count = stream.read(&mut part).await.expect("an answer");
        assert!(count > 0, "it ended without an answer");
        bytes.extend_from_slice(&part[..count]);
    }
}

/// The server's next frame of what has come: opcode and payload. Its frames are whole and without a mask.
fn next_frame(bytes: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let [first, second, ..] = bytes[..] else { return None };
    assert_eq!((first & 0xf0, second & 0x80), (0x80, 0), "whole, without a mask");
    let (header, length) = match second {
        126 => (4, usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?))),
        127 => (10, u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?) as usize),
        short => (2, usize::from(short)),
    };
    if bytes.len() < header + length {
        return None;
    }
    let rest = bytes.split_off(header + length);
    let frame = std::mem::replace(bytes, rest);
    Some((first & 0x0f, frame[header..].to_vec()))
}

/// What a client is answered that sends what the case says, and pings behind it.
async fn play(address: SocketAddr, case: &Case) -> Result<(), String> {
    let request = format!(
        "GET /ws/live HTTP/1.1\r\nHost: pi\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    );
    let (head, mut bytes, mut stream) = shake(address, &request).await;
    if !head.starts_with("HTTP/1.1 101 ") {
        return Err(head);
    }
    if case.slowly {
        for byte in &case.bytes {
            let _ = stream.write_all(&[*byte]).await;
            tokio::task::yield_now().await;
        }
    } else {
        let _ = stream.write_all(&case.bytes).await;
    }
    let _ = stream.write_all(&masked(0x89, STILL_THERE)).await;
    let mut pong = match &case.end {
        End::Pong(payload) => Some(payload.clone()),
        _ => None,
    };
    let mut part = vec![0; 16 << 10];
    loop {
        while let Some((opcode, payload)) = next_frame(&mut bytes) {
            match opcode {
                8 => {
                    let (code, reason) = payload.split_first_chunk().ok_or("no code")?;
                    let code = u16::from_be_bytes(*code);
                    let reason = std::str::from_utf8(reason).map_err(|error| error.to_string())?;
                    if case.end != End::Closed(code) {
                        return Err(format!("closed with {code}: {reason}"));
                    }
                    let is_error = matches!(code, 1002 | 1007 | 1009);
                    let is_echo = case.name.starts_with("close ") && reason.is_empty();
                    return if is_error && reason.is_empty() && !is_echo {
                        Err("without a reason".into())
                    } else {
                        Ok(())
                    };
                }
                10 if payload == STILL_THERE => {
                    return match (&case.end, pong) {
                        (End::Alive, _) | (End::Pong(_), None) => Ok(()),
                        (End::Pong(_), Some(_)) => Err("its ping was not answered".into()),
                        (End::Closed(code), _) => Err(format!("it goes on instead of closing with {code}")),
                    };
                }
                10 if pong.as_deref() == Some(&payload[..]) => pong = None,
                10 => return Err("a pong that nobody asked for".into()),
                _ => {}
            }
        }
        match stream.read(&mut part).await {
            Ok(0) => return Err("it ended without a close frame".into()),
            Ok(count) => bytes.extend_from_slice(&part[..count]),
            Err(error) => return Err(error.to_string()),
        }
    }
}

async fn check_handshake(address: SocketAddr, request: &str, status: u16) -> Result<(), String> {
    let (head, mut body, mut stream) = shake(address, request).await;
    let head = head.to_lowercase();
    if !head.contains(&format!(" {status} ")) {
        return Err(head);
    }
    if status == 101 {
        return head.contains("s3pplmbitxaq9kygzzhzrbk+xoo=").then_some(()).ok_or(head);
    }
    if status == 426 && !head.contains("sec-websocket-version: 13\r\n") {
        return Err(head);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let length = length.ok_or("no length")?;
    let mut part = [0; 1 << 10];
    while body.len() < length {
        let count = stream.read(&mut part).await.map_err(|error| error.to_string())?;
        body.extend_from_slice(&part[..count]);
    }
    let sentence = String::from_utf8_lossy(&body);
    let is_sentence = sentence.len() > 10 && sentence.trim_end().lines().count() == 1;
    if is_sentence { Ok(()) } else { Err(format!("no sentence: {sentence}")) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_gets_its_end_and_a_good_viewer_plays_on() {
    let server = TestServer::start(&["door=test,size=160x120"]);
    let mut good = Viewer::connect(server.address, "/ws/live").await;
    good.frame().await;

    let cases: Vec<Case> = [first_frames(), closes(), texts(), fragments()].into_iter().flatten().collect();
    let handshakes = handshakes();
    assert!(cases.len() + handshakes.len() >= 800, "{} and {} cases", cases.len(), handshakes.len());
    let (places, address) = (Arc::new(Semaphore::new(AT_ONCE)), server.address);
    let mut running = JoinSet::new();
    for case in cases {
        let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
        running.spawn(async move {
            let played = within(&case.name, play(address, &case)).await;
            drop(place);
            played.map_err(|wrong| format!("{}: expected {:?}: {wrong}", case.name, case.end))
        });
    }
    for (name, request, status) in handshakes {
        let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
        running.spawn(async move {
            let checked = within(&name, check_handshake(address, &request, status)).await;
            drop(place);
            checked.map_err(|wrong| format!("{name}: expected {status}: {wrong}"))
        });
    }
    let mut wrong = Vec::new();
    while let Some(checked) = running.join_next().await {
        wrong.extend(checked.expect("no case panics").err());
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));

    good.frame().await;
    let is_good_viewer_alone = |camera: &serde_json::Value| {
        let tracks = camera["tracks"].as_array().expect("a list").iter();
        tracks.map(|track| track["viewers"].as_array().expect("a list").len()).sum::<usize>() == 1
    };
    server.until_camera("only the good viewer is counted", is_good_viewer_alone).await;
    drop(good);
    server.stop().await;
}
