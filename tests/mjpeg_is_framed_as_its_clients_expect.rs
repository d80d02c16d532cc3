//! Headers and framing of JPEG are those of mjpg-streamer and uStreamer, whose clients there are.

use crate::support::{
    TestServer,
    http::{Answer, get, open, read_body, request},
};

/// The boundary of a body: that of mjpg-streamer, and something random behind it.
fn boundary(answer: &Answer) -> &str {
    let type_ = answer.header("content-type").expect("always");
    let boundary = type_.strip_prefix("multipart/x-mixed-replace;boundary=").expect(type_);
    let random = boundary.strip_prefix("boundarydonotcross").expect(type_);
    assert!(random.len() == 32 && random.bytes().all(|byte| byte.is_ascii_hexdigit()), "{type_}");
    boundary
}

/// The lines of a header block at the beginning of `bytes`, and what is behind it.
fn headers(bytes: &[u8]) -> (Vec<&str>, &[u8]) {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an empty line");
    (std::str::from_utf8(&bytes[..end]).expect("ASCII").split("\r\n").collect(), &bytes[end + 4..])
}

fn assert_is_jpeg(picture: &[u8], width: u16) {
    assert_eq!(picture[..4], [0xff, 0xd8, 0xff, 0xe0], "JFIF");
    assert!(picture.ends_with(&[0xff, 0xd9]));
    // No thumbnail: some clients take what looks like the begin of a picture for one.
    assert_eq!(picture.windows(2).filter(|two| *two == [0xff, 0xd8]).count(), 1);
    let frame = picture.windows(3).position(|three| three == [0xff, 0xc0, 0]).expect("a baseline frame");
    assert_eq!(u16::from_be_bytes([picture[frame + 7], picture[frame + 8]]), width);
}

async fn streamed(server: &TestServer, path: &str) -> Answer {
    let mut viewer = open(server.address, "GET", path, &[]).await;
    let answer = read_body(&mut viewer, 60_000).await;
    assert_eq!(answer.status, 200, "{path}");
    boundary(&answer);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("cache-control"), Some("no-store, no-cache, must-revalidate, max-age=0"));
    assert_eq!(answer.header("transfer-encoding"), None, "no chunks between the parts");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_part_says_its_length_and_its_time() {
    let server = TestServer::start(&["test,size=320x240"]);
    for path in ["/stream.mjpg", "/stream", "/?action=stream", "/cam/cam1/stream.mjpg?advance_headers=0"] {
        let answer = streamed(&server, path).await;
        let delimiter = format!("\r\n--{}\r\n", boundary(&answer));
        let begin = &delimiter.as_bytes()[2..];
        let mut rest = answer.body.strip_prefix(begin).expect("it begins with the boundary");
        let mut times = Vec::new();
        while rest.windows(4).any(|four| four == b"\r\n\r\n") {
            let (lines, behind) = headers(rest);
            assert_eq!(lines[0], "Content-Type: image/jpeg");
            let length =
                lines[1].strip_prefix("Content-Length: ").expect("always").parse().expect("a number");
            let time = lines[2].strip_prefix("X-Timestamp: ").expect("always");
            let (seconds, micros) = time.split_once('.').expect("a fraction");
            assert!(seconds.len() == 10 && micros.len() == 6, "{time}");
            times.push(time.to_owned());
            assert_eq!(lines.len(), 3);
            let Some((picture, behind)) = behind.split_at_checked(length) else { break };
            assert_is_jpeg(picture, 320);
            let Some(behind) = behind.strip_prefix(delimiter.as_bytes()) else {
                assert!(
                    behind.len() < delimiter.len(),
                    "{path}: the boundary is behind each picture at once"
                );
                break;
            };
            rest = behind;
        }
        assert!(times.len() > 2 && times.is_sorted(), "{path}: {times:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_may_go_ahead_of_their_picture() {
    let server = TestServer::start(&["test,size=320x240"]);
    let answer = streamed(&server, "/stream.mjpg?advance_headers=1&width=160").await;
    let between = format!("\r\n--{}\r\nContent-Type: image/jpeg\r\n\r\n", boundary(&answer));
    let between = between.as_bytes();
    let mut rest = answer.body.strip_prefix(&between[2..]).expect("it begins with the first headers");
    let mut pictures = 0;
    while let Some(end) = rest.windows(between.len()).position(|part| part == between) {
        assert_is_jpeg(&rest[..end], 160);
        pictures += 1;
        rest = &rest[end + between.len()..];
    }
    assert!(pictures > 2, "{pictures}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_picture_for_whoever_asks_for_one() {
    let server = TestServer::start(&["test,size=320x240"]);
    for path in ["/snapshot.jpg", "/snapshot?fps=2", "/?action=snapshot", "/cam/cam1/snapshot.jpg"] {
        let answer = get(server.address, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_is_jpeg(&answer.body, 320);
        let table = [
            ("content-type", "image/jpeg"),
            ("content-length", &answer.body.len().to_string()),
            ("cache-control", "no-store, no-cache, must-revalidate, max-age=0"),
            ("access-control-allow-origin", "*"),
        ];
        for (name, value) in table {
            assert_eq!(answer.header(name), Some(value), "{path}: {name}");
        }
        assert!(answer.header("x-timestamp").is_some_and(|time| time.len() == 17), "{path}");
    }
    let head = request(server.address, "HEAD", "/snapshot.jpg", &[]).await;
    assert_eq!(head.header("content-type"), Some("image/jpeg"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_decoded_is_said_in_a_sentence() {
    let table = [
        ("x264-interlaced", "the H.264 is interlaced, which is not decoded here"),
        ("x264-high444", "the H.264 is not 4:2:0, which is not decoded here"),
        ("x264-high10", "the H.264 is of more than 8 bits, which is not decoded here"),
    ];
    for (name, sentence) in table {
        let path = format!("{}/media/tests/golden/{name}.h264", env!("CARGO_MANIFEST_DIR"));
        let server = TestServer::start(&[&format!("file:{path}")]);
        for address in ["/snapshot.jpg", "/stream.mjpg"] {
            let answer = get(server.address, address).await;
            assert_eq!(answer.status, 503, "{name} {address}");
            let text = answer.text();
            assert!(text.contains(sentence) && text.lines().count() == 1, "{name} {address}: {text}");
        }
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h264_of_every_kind_that_cameras_give_is_decoded() {
    for name in ["x264-baseline", "x264-pyramid", "x264-slices-b", "x264-cropped", "x264-aud-sei", "openh264"]
    {
        let path = format!("{}/media/tests/golden/{name}.h264", env!("CARGO_MANIFEST_DIR"));
        let server = TestServer::start(&[&format!("file:{path}")]);
        let answer = get(server.address, "/snapshot.jpg").await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        assert!(answer.body.starts_with(&[0xff, 0xd8, 0xff, 0xe0]), "{name}");
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_body_has_a_boundary_of_its_own() {
    let server = TestServer::start(&["test,size=320x240"]);
    let mut known = std::collections::BTreeSet::new();
    for _ in 0..20 {
        let answer = request(server.address, "HEAD", "/stream.mjpg", &[]).await;
        known.insert(boundary(&answer).to_owned());
    }
    assert_eq!(known.len(), 20);
    server.stop().await;
}
