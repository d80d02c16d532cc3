//! More than a thousand requests, sound and hostile, each with the answer it must get, while a good viewer watches: methods ×
//! addresses, hosts × versions, spellings of mjpg-streamer's addresses, queries, paths, shapes of heads and bodies.
//!
//! Whatever the answer is, these hold: no 5xx where nothing is missing, `nosniff` on all that is ours, one sentence for what
//! is refused, never HTML where a picture is asked for, and a connection that ends when it was to end. After all of them the
//! good viewer still plays, and no other is counted.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    task::JoinSet,
};

use crate::support::{TestServer, viewer::Viewer, within};

/// Requests at the same time.
const AT_ONCE: usize = 24;
/// Of an endless body this much is enough.
const ENOUGH_BYTES: usize = 600;

/// One request and what it is answered with.
struct Case {
    name: String,
    request: Vec<u8>,
    expected: Expected,
}

/// What must come.
#[derive(Clone)]
enum Expected {
    /// One of these status codes, and this type if one is named. `whole`: the body is as long as the head says.
    Answer { status: Vec<u16>, type_: Option<&'static str> },
    /// The library's own refusal of what is no HTTP, which has no sentence: one of these, or the end without an answer.
    NoHttp(&'static [u16]),
}

fn answer(status: u16) -> Expected {
    Expected::Answer { status: vec![status], type_: None }
}

fn typed(status: u16, type_: &'static str) -> Expected {
    Expected::Answer { status: vec![status], type_: Some(type_) }
}

/// What an address is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Of a camera's tree, with the type of its content; the status of a GET.
    Tree(&'static str, u16),
    /// Of the server's own.
    Own(&'static str),
    /// Of the tree of a camera that there is not.
    NoCamera,
    Nothing,
}

const MULTIPART: &str = "multipart/x-mixed-replace;boundary=boundarydonotcross";
const SENTENCE: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Addresses of a tree, relative to it.
const TREE: [(&str, Kind); 25] = [
    ("", Kind::Tree(HTML, 200)),
    ("index.html", Kind::Tree(HTML, 200)),
    ("player.js", Kind::Tree("text/javascript; charset=utf-8", 200)),
    ("licenses.txt", Kind::Tree(SENTENCE, 200)),
    ("stream.mjpg", Kind::Tree(MULTIPART, 200)),
    ("stream", Kind::Tree(MULTIPART, 200)),
    ("cam.mjpg", Kind::Tree(MULTIPART, 200)),
    ("?action=stream", Kind::Tree(MULTIPART, 200)),
    ("snapshot.jpg", Kind::Tree("image/jpeg", 200)),
    ("snapshot", Kind::Tree("image/jpeg", 200)),
    ("cam.jpg", Kind::Tree("image/jpeg", 200)),
    ("?action=snapshot", Kind::Tree("image/jpeg", 200)),
    ("?action=other", Kind::Tree(SENTENCE, 400)),
    ("stream.h264", Kind::Tree("video/h264", 200)),
    ("stream.mp4", Kind::Tree("video/mp4", 200)),
    ("stream.ts", Kind::Tree("video/mp2t", 200)),
    ("ws/live", Kind::Tree(SENTENCE, 426)),
    ("ws/mp4", Kind::Tree(SENTENCE, 426)),
    ("ws/h264", Kind::Tree(SENTENCE, 426)),
    ("ws/nal", Kind::Tree(SENTENCE, 426)),
    ("ws/jsmpeg", Kind::Tree(SENTENCE, 426)),
    ("ws/jsmp", Kind::Tree(SENTENCE, 426)),
    ("rpicam/", Kind::Tree(HTML, 200)),
    ("rpicam/ws/", Kind::Tree(SENTENCE, 426)),
    ("rpicam/jmuxer.min.js", Kind::Tree("text/javascript; charset=utf-8", 200)),
];

const OWN: [(&str, Kind); 9] = [
    ("/api/v1/status", Kind::Own("application/json")),
    ("/healthz", Kind::Own(SENTENCE)),
    ("/metrics", Kind::Own("text/plain; version=0.0.4; charset=utf-8")),
    ("/nothing", Kind::Nothing),
    ("/nothing.jpg", Kind::Nothing),
    ("/cam/window/snapshot.jpg", Kind::NoCamera),
    ("/cam/window/?action=snapshot", Kind::NoCamera),
    ("/cam/door/nothing", Kind::Nothing),
    ("/snapshot.jpg/more", Kind::Nothing),
];

const METHODS: [&str; 10] =
    ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "BREW"];

/// A request with a host, which ends its connection.
fn plain(method: &str, address: &str, headers: &str) -> Vec<u8> {
    format!("{method} {address} HTTP/1.1\r\nHost: pi.local:8000\r\nConnection: close\r\n{headers}\r\n").into()
}

fn case(name: impl Into<String>, request: impl Into<Vec<u8>>, expected: Expected) -> Case {
    Case { name: name.into(), request: request.into(), expected }
}

fn methods_and_addresses() -> Vec<Case> {
    let trees = ["/", "/cam/door/"]
        .into_iter()
        .flat_map(|root| TREE.into_iter().map(move |(path, kind)| (format!("{root}{path}"), kind)));
    let own = OWN.into_iter().map(|(path, kind)| (path.to_owned(), kind));
    let mut cases = Vec::new();
    for (path, kind) in trees.chain(own) {
        for method in METHODS {
            let expected = match (kind, method) {
                (Kind::Nothing, _) | (Kind::NoCamera, "GET" | "HEAD") => answer(404),
                (Kind::Tree(type_, status), "GET" | "HEAD") => typed(status, type_),
                (Kind::Own(type_), "GET" | "HEAD") => typed(200, type_),
                (Kind::Tree(..) | Kind::NoCamera, "OPTIONS") => answer(204),
                (Kind::Tree(..) | Kind::NoCamera | Kind::Own(_), _) => answer(405),
            };
            cases.push(case(format!("{method} {path}"), plain(method, &path, ""), expected));
        }
    }
    cases
}

fn hosts() -> Vec<Case> {
    let sound = [
        "pi",
        "pi.local:8000",
        "192.168.1.7",
        "[::1]:8000",
        "[fe80::1%25eth0]",
        "pi.",
        "PI_4:",
        "a-b.test:0",
    ];
    let broken = [
        "",
        "a b",
        "a,b",
        "pi, pi",
        "user@pi",
        "user:password@pi",
        "pi:99999",
        "pi:-1",
        "pi:http",
        "pi:80:80",
        ":80",
        "::1",
        "[::1",
        "[pi]",
        "[::1]x",
        "pi/",
        "http://pi",
        "pi?x",
        "pi#x",
        "pi\\x",
        "<script>",
        "\"pi\"",
        "pi'",
        "pi;x",
        "a..b",
        "*",
        "%70i",
        "p\u{ec}",
        "pi\tpi",
        "pi~",
        "(pi)",
        "[fe80::1%]",
    ];
    let addresses = ["/healthz", "/snapshot.jpg", "/nothing"];
    let mut cases = Vec::new();
    for version in ["1.1", "1.0"] {
        for address in addresses {
            let request =
                |hosts: &str| format!("HEAD {address} HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
            let fine = answer(if address == "/nothing" { 404 } else { 200 });
            let mut add = |name: String, hosts: String, expected: Expected| {
                cases.push(case(format!("{name}: HTTP/{version} {address}"), request(&hosts), expected));
            };
            for host in sound {
                add(format!("host {host}"), format!("Host: {host}\r\n"), fine.clone());
            }
            for host in broken {
                add(format!("host {host:?}"), format!("Host: {host}\r\n"), typed(400, SENTENCE));
            }
            let none = if version == "1.0" { fine.clone() } else { typed(400, SENTENCE) };
            add("no host".into(), String::new(), none);
            add("two".into(), "Host: pi\r\nHost: pi\r\n".into(), typed(400, SENTENCE));
            add("two that differ".into(), "Host: pi\r\nhost: other\r\n".into(), typed(400, SENTENCE));
        }
    }
    cases
}

/// mjpg-streamer's addresses; the camera's number is only good where there is one.
fn actions() -> Vec<Case> {
    let good = [
        "stream",
        "stream?dummy=param.mjpg",
        "stream_0",
        "stream_0?x.mjpg",
        "stream&n=1",
        "stream/x.mjpg",
        "stream.mjpg",
        "%73tream",
        "stream%3Fx%3Dy.mjpg",
        "stream;x",
        "stream&&&",
        "snapshot",
        "snapshot_0",
        "snapshot/1.jpg",
        "snapshot.jpg",
        "snapshot?x",
        "snapshot&n=1234567",
        "snapsho%74",
        "snapshot_0.jpg",
    ];
    let bad = [
        "",
        "streams",
        "STREAM",
        "Snapshot",
        "stream_",
        "stream_x",
        "snapshot0",
        "command&id=1",
        "take",
        "program.json",
        "../",
        "%00",
        "%ff",
        "%3Cscript%3E",
    ];
    let accepts = ["", "Accept: */*\r\n", "Accept: image/*\r\n", "Accept: text/html,*/*;q=0.8\r\n"];
    let mut cases = Vec::new();
    for (root, accept) in
        ["/", "/cam/door/"].into_iter().flat_map(|root| accepts.map(|accept| (root, accept)))
    {
        let request = |query: &str| plain("HEAD", &format!("{root}{query}"), accept);
        let name = |query: &str| format!("{root}{query} {}", accept.trim_end());
        for action in good {
            let type_ = if action.starts_with("snaps") { "image/jpeg" } else { MULTIPART };
            for query in [format!("?action={action}"), format!("?n=1&action={action}")] {
                cases.push(case(name(&query), request(&query), typed(200, type_)));
            }
        }
        for action in bad {
            let query = format!("?action={action}");
            cases.push(case(name(&query), request(&query), typed(400, SENTENCE)));
        }
        for query in ["?action=stream_2", "?action=snapshot_77"] {
            cases.push(case(name(query), request(query), typed(404, SENTENCE)));
        }
        for query in ["?Action=stream", "?ACTION=snapshot", "?action"] {
            cases.push(case(name(query), request(query), typed(400, SENTENCE)));
        }
    }
    cases
}

fn queries() -> Vec<Case> {
    let bad = [
        "0",
        "-1",
        "+5",
        "1.5",
        "x",
        "",
        "%00",
        "5000000000",
        "0x10",
        "1e1",
        "NaN",
        " 5".trim_start(),
        "5%20",
        "１",
    ];
    let good = [
        ("fps", "5"),
        ("fps", "%35"),
        ("width", "16"),
        ("width", "4096"),
        ("quality", "1"),
        ("quality", "100"),
    ];
    let other = [
        "extra_headers=1",
        "dual_final_frames=1",
        "zero_data=1",
        "key=x",
        "_=123",
        "bypassCache=1",
        "",
        "&&&",
        "=",
        "==",
    ];
    let mut cases = Vec::new();
    for (address, type_) in
        [("/stream.mjpg", MULTIPART), ("/stream", MULTIPART), ("/snapshot.jpg", "image/jpeg")]
    {
        let mut add = |method: &str, query: String, expected: Expected| {
            let address = format!("{address}?{query}");
            cases.push(case(format!("{method} {address}"), plain(method, &address, ""), expected));
        };
        for key in ["fps", "width", "quality"] {
            for value in bad.into_iter().filter(|value| *value != "5" && value.is_ascii()) {
                add("GET", format!("{key}={value}"), typed(400, SENTENCE));
                add("GET", format!("a=b&{key}={value}&c"), typed(400, SENTENCE));
            }
        }
        good.iter().for_each(|(key, value)| add("HEAD", format!("{key}={value}"), typed(200, type_)));
        other.iter().for_each(|query| add("HEAD", (*query).to_owned(), typed(200, type_)));
    }
    cases
}

fn paths() -> Vec<Case> {
    let nothing = [
        "//",
        "/./",
        "/../",
        "/..",
        "/../../etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e/index.html",
        "/assets/..%2findex.html",
        "/assets/..%5cindex.html",
        "/assets/%00",
        "/assets/",
        "/assets",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/rpicam/..%2f..%2findex.html",
        "/rpicam/%2e%2e",
        "/index.html/",
        "/INDEX.HTML",
        "/stream.MJPG",
        "/Stream",
        "/SNAPSHOT",
        "/stream/",
        "/snapshot/",
        "/%3Faction=stream",
        "/cam",
        "/cam/",
        "/cam//",
        "/cam/../",
        "/cam/window/",
        "/cam/%64oor2/",
        "/cam/door/..",
        "/cam/door/../",
        "/cam/door/%2e%2e/",
        "/ws",
        "/ws/",
        "/ws/other",
        "/api",
        "/api/v1/",
        "/api/v2/status",
        "/metrics/",
        "/healthz/",
        "/favicon.ico.php",
        "/wp-login.php",
        "/.git/config",
        "/.env",
        "/cgi-bin/x",
        "/%ff",
        "/%C0%AE%C0%AE/",
        "/%",
        "/%zz",
        "/a%0d%0aX:%20y",
        "/\u{e9}",
        "/a;b",
        "/a:b",
        "/a@b",
        "/a'b\"c",
        "/<script>",
    ];
    let mut cases = Vec::new();
    for path in nothing.into_iter().filter(|path| path.is_ascii() && !path.contains(['"', '<'])) {
        for accept in ["", "Accept: image/*,*/*;q=0.8\r\n"] {
            cases.push(case(format!("{path} {accept}"), plain("GET", path, accept), typed(404, SENTENCE)));
        }
        let browser = plain("GET", path, "Accept: text/html\r\n");
        cases.push(case(format!("{path} in a browser"), browser, typed(404, HTML)));
    }
    cases
}

/// Heads and bodies of every shape. What is no HTTP is refused by the library, before anything of ours.
fn shapes() -> Vec<Case> {
    const REFUSED: Expected = Expected::NoHttp(&[400]);
    let head = "GET /healthz HTTP/1.1\r\nHost: pi\r\nConnection: close\r\n";
    let many: String = (0..90).map(|at| format!("X-{at}: y\r\n")).collect();
    let too_many: String = (0..400).map(|at| format!("X-{at}: y\r\n")).collect();
    let long = "a".repeat(8_000);
    let fine: Vec<(&str, String)> = vec![
        ("as it should be", format!("{head}\r\n")),
        ("many headers", format!("{head}{many}\r\n")),
        ("a long header", format!("{head}X: {long}\r\n\r\n")),
        ("a long query", head.replace("/healthz", &format!("/healthz?{long}")) + "\r\n"),
        ("an empty header", format!("{head}X:\r\n\r\n")),
        ("a header of spaces", format!("{head}X:     \r\n\r\n")),
        ("a header that is not ASCII", format!("{head}X: \u{e9}\r\n\r\n")),
        ("lines without CR", head.replace("\r\n", "\n") + "\n"),
        ("empty lines in front", format!("\r\n\r\n{head}\r\n")),
        ("a body by length", format!("{head}Content-Length: 3\r\n\r\nabc")),
        ("an empty body", format!("{head}Content-Length: 0\r\n\r\n")),
        ("a body in chunks", format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")),
        ("expects to be told", format!("{head}Expect: 100-continue\r\nContent-Length: 0\r\n\r\n")),
        ("wants HTTP/2", format!("{head}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n")),
        ("with cookies", format!("{head}Cookie: a=b; c=d\r\n\r\n")),
        ("with a password", format!("{head}Authorization: Basic eDp5\r\n\r\n")),
        ("a whole address", head.replace("/healthz", "http://pi/healthz") + "\r\n"),
        ("a whole address of another", head.replace("/healthz", "http://other:8000/healthz") + "\r\n"),
        ("HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n".into()),
        ("asks for a range", format!("{head}Range: bytes=0-1\r\n\r\n")),
    ];
    let refused: Vec<(&str, String)> = vec![
        ("no method", " /healthz HTTP/1.1\r\nHost: pi\r\n\r\n".into()),
        ("no address", "GET HTTP/1.1\r\nHost: pi\r\n\r\n".into()),
        ("no version", "GET /healthz\r\nHost: pi\r\n\r\n".into()),
        ("two spaces", "GET  /healthz HTTP/1.1\r\nHost: pi\r\n\r\n".into()),
        ("a tab", "GET\t/healthz HTTP/1.1\r\nHost: pi\r\n\r\n".into()),
        ("a space in the address", "GET /a b HTTP/1.1\r\nHost: pi\r\n\r\n".into()),
        ("HTTP/2.0", "GET /healthz HTTP/2.0\r\nHost: pi\r\n\r\n".into()),
        ("HTTP/0.9", "GET /healthz HTTP/0.9\r\nHost: pi\r\n\r\n".into()),
        ("HTTP/1.11", "GET /healthz HTTP/1.11\r\nHost: pi\r\n\r\n".into()),
        ("http/1.1", "GET /healthz http/1.1\r\nHost: pi\r\n\r\n".into()),
        ("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into()),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\r\n\r\n".into()),
        ("RTSP", "OPTIONS rtsp://pi/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".into()),
        ("rubbish", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n".into()),
        ("NUL in a header", format!("{head}X: a\u{0}b\r\n\r\n")),
        ("NUL in a name", format!("{head}X\u{0}: y\r\n\r\n")),
        ("a space in a name", format!("{head}X Y: z\r\n\r\n")),
        ("a space behind a name", format!("{head}X : y\r\n\r\n")),
        ("no name", format!("{head}: y\r\n\r\n")),
        ("no colon", format!("{head}X\r\n\r\n")),
        ("a line that goes on", format!("{head}X: a\r\n b\r\n\r\n")),
        ("too many headers", format!("{head}{too_many}\r\n")),
        ("a length that is none", format!("{head}Content-Length: x\r\n\r\n")),
        ("a negative length", format!("{head}Content-Length: -1\r\n\r\n")),
        ("a length with a sign", format!("{head}Content-Length: +1\r\n\r\n")),
        ("a length beyond everything", format!("{head}Content-Length: 99999999999999999999\r\n\r\n")),
        ("two lengths", format!("{head}Content-Length: 1\r\nContent-Length: 2\r\n\r\na")),
        ("an unknown encoding", format!("{head}Transfer-Encoding: other\r\n\r\n")),
        ("chunks that are not last", format!("{head}Transfer-Encoding: chunked, gzip\r\n\r\n")),
    ];
    let mut cases: Vec<Case> = Vec::new();
    for (name, request) in fine {
        cases.push(case(name, request, typed(200, SENTENCE)));
    }
    for (name, request) in refused {
        cases.push(case(name, request, Expected::NoHttp(&[400, 431, 501])));
    }
    cases.push(case(
        "a user in a whole address",
        head.replace("/healthz", "http://user@pi/healthz") + "\r\n",
        typed(400, SENTENCE),
    ));
    cases.push(case(
        "CONNECT",
        "CONNECT pi:80 HTTP/1.1\r\nHost: pi\r\nConnection: close\r\n\r\n",
        answer(404),
    ));
    cases.push(case("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: pi\r\nConnection: close\r\n\r\n", answer(404)));
    cases.push(case(
        "an address of 70,000 characters",
        head.replace("/healthz", &"/a".repeat(35_000)) + "\r\n",
        Expected::NoHttp(&[414, 431]),
    ));
    cases.push(case(
        "a header of 200,000 characters",
        format!("{head}X: {}\r\n\r\n", "a".repeat(200_000)),
        Expected::NoHttp(&[431]),
    ));
    cases.push(case("half a head", "GET /healthz HT", REFUSED));
    cases
}

/// What is asked of pictures and streams besides: they are the same bytes for everybody.
fn encodings() -> Vec<Case> {
    let headers = [
        "Accept-Encoding: gzip",
        "Accept-Encoding: br, gzip, deflate",
        "Accept-Encoding: *",
        "Accept-Encoding: identity;q=0",
        "Accept-Encoding: gzip;q=x",
        "Range: bytes=0-99",
        "Range: bytes=-1",
        "Range: x",
        "If-None-Match: *",
        "If-None-Match: \"x\"",
        "If-Modified-Since: Sat, 28 Nov 2026 00:00:00 GMT",
        "TE: trailers",
        "Accept: text/html",
        "Accept: application/json",
    ];
    let addresses = [
        ("/stream.mjpg", MULTIPART),
        ("/stream.h264", "video/h264"),
        ("/stream.mp4", "video/mp4"),
        ("/stream.ts", "video/mp2t"),
        ("/snapshot.jpg", "image/jpeg"),
    ];
    let all = addresses.into_iter().flat_map(|address| headers.map(|header| (address, header)));
    all.map(|((address, type_), header)| {
        case(
            format!("{address} with {header}"),
            plain("GET", address, &format!("{header}\r\n")),
            typed(200, type_),
        )
    })
    .collect()
}

fn all() -> Vec<Case> {
    [methods_and_addresses(), hosts(), actions(), queries(), paths(), shapes(), encodings()]
        .into_iter()
        .flatten()
        .collect()
}

/// What came: the head, its lines, and as much of the body as is needed.
struct Came {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whether the server ended the connection.
    ended: bool,
}

impl Came {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Sends a request and reads its answer; `None` if the connection ended without one.
async fn ask(address: SocketAddr, request: &[u8]) -> Option<Came> {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    // It may refuse before it has read all.
    let _ = stream.write_all(request).await;
    if !request.contains(&b'\n') {
        stream.shutdown().await.ok();
    }
    let (mut bytes, mut part) = (Vec::new(), vec![0; 16 << 10]);
    let mut ended = false;
    while !ended {
        let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let endless = String::from_utf8_lossy(&bytes[..head.unwrap_or(0)]).contains("x-accel-buffering");
        if head.is_some_and(|head| endless && bytes.len() > head + ENOUGH_BYTES) {
            break;
        }
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => ended = true,
            Ok(count) => bytes.extend_from_slice(&part[..count]),
        }
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let mut lines = head.lines();
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok())?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Some(Came { status, headers, body: bytes[end + 4..].to_vec(), ended })
}

/// Checks an answer against what is expected, and against what holds for all.
fn check(case: &Case, came: Option<&Came>) -> Result<(), String> {
    let (status, type_) = match (&case.expected, came) {
        (Expected::NoHttp(_), None) => return Ok(()),
        (Expected::NoHttp(status), Some(came)) => {
            return status.contains(&came.status).then_some(()).ok_or_else(|| format!("{}", came.status));
        }
        (Expected::Answer { .. }, None) => return Err("no answer".into()),
        (Expected::Answer { status, type_ }, Some(_)) => (status, *type_),
    };
    let came = came.ok_or("no answer")?;
    if !status.contains(&came.status) {
        return Err(format!("{}: {}", came.status, String::from_utf8_lossy(&came.body)));
    }
    let found = came.header("content-type").unwrap_or_default();
    if type_.is_some_and(|type_| !found.starts_with(&type_.to_lowercase())) {
        return Err(format!("it is {found}"));
    }
    if came.header("x-content-type-options") != Some("nosniff") {
        return Err("a browser may take it for something else".into());
    }
    let is_picture = ["image/", "multipart/", "video/"].iter().any(|kind| found.starts_with(kind));
    if is_picture
        && !came
            .header("content-security-policy")
            .is_some_and(|policy| policy.starts_with("sandbox; default-src 'none'; "))
    {
        return Err("something in it may run".into());
    }
    if is_picture && came.header("content-encoding").is_some() {
        return Err("it is compressed".into());
    }
    let text = String::from_utf8_lossy(&came.body);
    let is_head = case.request.starts_with(b"HEAD");
    if is_head && !came.body.is_empty() {
        return Err("HEAD has a body".into());
    }
    let is_sentence = text.trim_end().lines().count() == 1 && text.ends_with('\n') && text.len() < 300;
    if matches!(came.status, 400 | 404 | 426) && !found.starts_with("text/html") && !is_head && !is_sentence {
        return Err(format!("no sentence: {text}"));
    }
    if came.status == 405 && came.header("allow").is_none_or(|allow| !allow.contains("get")) {
        return Err("it does not say what is allowed".into());
    }
    if came.status == 400 && !came.ended {
        return Err("the connection stays open".into());
    }
    let length = came.header("content-length").and_then(|length| length.parse::<usize>().ok());
    if length.is_some_and(|length| !is_head && length != came.body.len()) {
        return Err(format!("{} bytes of {length:?}", came.body.len()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_gets_its_answer_and_a_good_viewer_plays_on() {
    let server = TestServer::start(&["door=test,size=160x120", "test,size=160x120"]);
    let mut good = Viewer::connect(server.address, "/ws/live").await;
    good.frame().await;

    let cases = all();
    assert!(cases.len() >= 1_000, "{} cases", cases.len());
    let (places, address) = (Arc::new(Semaphore::new(AT_ONCE)), server.address);
    let mut running = JoinSet::new();
    for case in cases {
        let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
        running.spawn(async move {
            let came = within(&case.name, ask(address, &case.request)).await;
            drop(place);
            check(&case, came.as_ref()).map_err(|wrong| format!("{}: {wrong}", case.name))
        });
    }
    let mut wrong = Vec::new();
    while let Some(checked) = running.join_next().await {
        wrong.extend(checked.expect("no case panics").err());
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));

    good.frame().await;
    within("only the good viewer is counted", async {
        loop {
            let status = server.status().await;
            let tracks = status["cameras"].as_array().expect("a list").iter();
            let tracks = tracks.flat_map(|camera| camera["tracks"].as_array().expect("a list"));
            let viewers: usize = tracks.map(|track| track["viewers"].as_array().expect("a list").len()).sum();
            if viewers == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    drop(good);
    server.stop().await;
}
