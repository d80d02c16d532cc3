//! Every address, at the root, in a camera's tree and on the ports of the classic systems, answers with the headers in
//! `headers.txt`, refusals included: CORS, caching, security policies and the rest.
//!
//! A header that was meant to change is changed there: `BLESS=1 cargo test --test behaviour every_address_has_its_headers`
//! writes what the server answers now.

use std::net::SocketAddr;

use crate::support::{
    TestServer,
    http::{HANDSHAKE, open, read_body},
    viewer::Viewer,
};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/headers.txt");

/// One request: its method, its path, and what it sends.
type Case<'a> = (&'a str, &'a str, &'a Sent);

/// Headers besides `Host` and `Connection`, and what they are called in the table.
struct Sent(&'static str, &'static [(&'static str, &'static str)]);

const NONE: Sent = Sent("", &[]);
const GZIP: Sent = Sent(" with gzip", &[("Accept-Encoding", "gzip")]);
const KNOWN: Sent = Sent(" known already", &[("If-None-Match", "*")]);
const BROWSER: Sent = Sent(" in a browser", &[("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")]);
const PICTURE: Sent = Sent(" as a picture", &[("Accept", "image/avif,image/webp,*/*;q=0.8")]);
const PREFLIGHT: Sent = Sent(
    " from another page",
    &[
        ("Origin", "http://other.example"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "authorization, x-own"),
    ],
);
const SOCKET: Sent = Sent(" as a WebSocket", &HANDSHAKE);
const OFFERS: Sent = Sent(
    " as a WebSocket of binary or lenscast.v1",
    &[
        HANDSHAKE[0],
        HANDSHAKE[1],
        HANDSHAKE[2],
        HANDSHAKE[3],
        ("Sec-WebSocket-Protocol", "binary, lenscast.v1"),
    ],
);
const OLD_VERSION: Sent = Sent(
    " as a WebSocket of version 8",
    &[HANDSHAKE[0], HANDSHAKE[1], ("Sec-WebSocket-Version", "8"), HANDSHAKE[3]],
);
const SHORT_KEY: Sent = Sent(
    " as a WebSocket with a short key",
    &[HANDSHAKE[0], HANDSHAKE[1], HANDSHAKE[2], ("Sec-WebSocket-Key", "abc")],
);

/// The addresses of a camera's tree, relative to it.
const TREE: [Case<'static>; 78] = [
    ("GET", "", &NONE),
    ("GET", "", &GZIP),
    ("HEAD", "", &NONE),
    ("POST", "", &NONE),
    ("GET", "?action=streams", &NONE),
    ("GET", "?action=streams", &BROWSER),
    ("GET", "?action=stream_9", &BROWSER),
    ("OPTIONS", "", &NONE),
    ("OPTIONS", "ws/live", &NONE),
    ("OPTIONS", "stream.mjpg", &PREFLIGHT),
    ("OPTIONS", "snapshot.jpg", &PREFLIGHT),
    ("OPTIONS", "nothing", &PREFLIGHT),
    ("GET", "index.html", &NONE),
    ("GET", "index.html", &KNOWN),
    ("GET", "player.js", &NONE),
    ("GET", "licenses.txt", &NONE),
    ("GET", "assets/nothing.js", &NONE),
    ("GET", "nothing", &NONE),
    ("GET", "nothing", &BROWSER),
    ("GET", "nothing.jpg", &PICTURE),
    ("GET", "cam.mjpg", &NONE),
    ("GET", "cam.jpg", &NONE),
    ("GET", "rpicam", &NONE),
    ("GET", "rpicam/", &NONE),
    ("GET", "rpicam/index.html", &NONE),
    ("GET", "rpicam/jmuxer.min.js", &NONE),
    ("GET", "rpicam/nothing.js", &NONE),
    ("POST", "rpicam/", &NONE),
    ("GET", "rpicam/ws/", &NONE),
    ("GET", "rpicam/ws/", &SOCKET),
    ("GET", "rpicam/ws/", &OFFERS),
    ("GET", "rpicam/ws/?tail=x", &SOCKET),
    ("GET", "rpicam/ws/?join=x", &SOCKET),
    ("GET", "ws/live", &NONE),
    ("HEAD", "ws/live", &NONE),
    ("POST", "ws/live", &NONE),
    ("GET", "ws/live", &SOCKET),
    ("GET", "ws/live", &OFFERS),
    ("GET", "ws/live", &OLD_VERSION),
    ("GET", "ws/live", &SHORT_KEY),
    ("GET", "ws/mp4", &NONE),
    ("GET", "ws/mp4", &SOCKET),
    ("GET", "ws/mp4", &OFFERS),
    ("GET", "ws/h264", &NONE),
    ("GET", "ws/h264", &SOCKET),
    ("GET", "ws/h264?tail=pps", &OFFERS),
    ("GET", "ws/h264?unit=nal", &OFFERS),
    ("GET", "ws/h264?unit=gop", &SOCKET),
    ("GET", "ws/nal", &NONE),
    ("GET", "ws/nal", &OFFERS),
    ("GET", "ws/jsmp", &NONE),
    ("GET", "ws/jsmp", &OFFERS),
    ("GET", "ws/jsmpeg", &NONE),
    ("POST", "ws/jsmpeg", &NONE),
    ("GET", "ws/jsmpeg", &OFFERS),
    ("GET", "stream.h264", &NONE),
    ("HEAD", "stream.h264", &NONE),
    ("POST", "stream.h264", &NONE),
    ("GET", "stream.mp4", &GZIP),
    ("HEAD", "stream.mp4", &NONE),
    ("GET", "stream.ts", &NONE),
    ("HEAD", "stream.ts", &NONE),
    ("GET", "stream.mjpg", &NONE),
    ("HEAD", "stream.mjpg", &NONE),
    ("POST", "stream.mjpg", &NONE),
    ("GET", "stream.mjpg?fps=0", &NONE),
    ("GET", "stream", &NONE),
    ("GET", "?action=stream", &NONE),
    ("HEAD", "?action=stream", &NONE),
    ("GET", "snapshot.jpg", &NONE),
    ("HEAD", "snapshot.jpg", &NONE),
    ("DELETE", "snapshot.jpg", &NONE),
    ("GET", "snapshot.jpg?width=1", &NONE),
    ("GET", "snapshot", &NONE),
    ("GET", "?action=snapshot", &NONE),
    ("HEAD", "?action=snapshot", &NONE),
    ("POST", "?action=snapshot", &NONE),
    ("GET", "state.json", &NONE),
];

/// The addresses that stand at the root alone.
const ROOT: [Case<'static>; 18] = [
    ("GET", "/api/v1/status", &NONE),
    ("GET", "/api/v1/status", &GZIP),
    ("HEAD", "/api/v1/status", &NONE),
    ("DELETE", "/api/v1/status", &NONE),
    ("GET", "/healthz", &NONE),
    ("HEAD", "/healthz", &NONE),
    ("POST", "/healthz", &NONE),
    ("GET", "/metrics", &NONE),
    ("HEAD", "/metrics", &NONE),
    ("POST", "/metrics", &NONE),
    ("GET", "/cam/", &NONE),
    ("OPTIONS", "/metrics", &PREFLIGHT),
    ("GET", "/cam/window/snapshot.jpg", &NONE),
    ("GET", "/cam/door", &NONE),
    ("GET", "/cam/door?info", &NONE),
    ("GET", "/cam/window", &NONE),
    ("GET", "/cam/window/", &NONE),
    ("GET", "/cam/window/ws/live", &SOCKET),
];

/// What is asked of the page's port of a classic system.
const PAGE_PORT: [Case<'static>; 9] = [
    ("GET", "/", &NONE),
    ("HEAD", "/", &NONE),
    ("GET", "/index.html", &NONE),
    ("POST", "/index.html", &NONE),
    ("GET", "/Player.js", &NONE),
    ("GET", "/jsmpg.js", &NONE),
    ("GET", "/jsmpg.js", &GZIP),
    ("GET", "/nothing", &NONE),
    ("GET", "/api/v1/status", &NONE),
];

/// What is asked of its WebSocket's port.
const SOCKET_PORT: [Case<'static>; 5] = [
    ("GET", "/", &NONE),
    ("POST", "/", &NONE),
    ("GET", "/", &SOCKET),
    ("GET", "/any/path", &OFFERS),
    ("GET", "/any/path", &SHORT_KEY),
];

/// What is refused when there is a viewer too many.
const FULL: [Case<'static>; 6] = [
    ("GET", "/stream.ts", &NONE),
    ("GET", "/stream.mjpg", &NONE),
    ("GET", "/snapshot.jpg", &NONE),
    ("GET", "/ws/live", &SOCKET),
    ("GET", "/ws/jsmpeg", &SOCKET),
    ("HEAD", "/stream.ts", &NONE),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn as_they_are_written_down() {
    let mut found = Answers::default();
    let sources = ["--source", "door=test,size=320x240", "--source", "test,size=320x240"];
    let classics = ["--compat", "broadway=0,0", "--compat", "pistreaming=0,0"];
    let server = TestServer::start_as(&[&sources[..], &classics].concat());
    for root in ["/", "/cam/door/"] {
        let table = TREE.map(|(method, path, sent)| (method, format!("{root}{path}"), sent));
        let table = table.iter().map(|(method, path, sent)| (*method, path.as_str(), *sent));
        found.ask("", server.address, &table.collect::<Vec<_>>()).await;
    }
    let script = script_of_the_page(server.address).await;
    found.ask("", server.address, &[("GET", &script, &NONE)]).await;
    found.ask("", server.address, &ROOT).await;
    for (name, (page, socket)) in ["broadway", "pistreaming"].into_iter().zip(&server.classics) {
        found.ask(&format!("page of {name}: "), *page, &PAGE_PORT).await;
        found.ask(&format!("WebSocket of {name}: "), *socket, &SOCKET_PORT).await;
    }
    server.stop().await;

    let server = TestServer::start_as(&[&sources[..], &["--max-viewers", "1"]].concat());
    let viewer = Viewer::connect(server.address, "/ws/live").await;
    found.ask("one viewer too many: ", server.address, &FULL).await;
    drop(viewer);
    server.stop().await;

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("index.html"), "<p>${WIDTH}").expect("a folder of our own");
    std::fs::write(folder.path().join("a.js"), "1;").expect("a folder of our own");
    let static_folder = folder.path().to_str().expect("UTF-8");
    let classic = ["--compat", "pistreaming=0,0", "--static", static_folder];
    let server = TestServer::start_as(&[&["--source", "exec:false"], &classic[..]].concat());
    server.until_camera("it has failed", |camera| camera["state"] == "offline").await;
    found.ask("the camera is off: ", server.address, &[("GET", "/snapshot.jpg", &NONE)]).await;
    let (page, _) = server.classics[0];
    let table = ["/index.html", "/a.js", "/b.js"].map(|path| ("GET", path, &NONE));
    found.ask("page folder of the user: ", page, &table).await;
    server.stop().await;

    let found = found.to_string();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(GOLDEN, &found).expect("a folder of our own");
    }
    let golden = std::fs::read_to_string(GOLDEN).expect("UTF-8");
    for (found, golden) in found.split("\n\n").zip(golden.split("\n\n")) {
        assert_eq!(found, golden);
    }
    assert_eq!(found.len(), golden.len());
}

/// Requests by what they are answered with: status and headers, in the order in which each came first.
#[derive(Default)]
struct Answers(Vec<(String, Vec<String>)>);

impl Answers {
    /// Adds what `table` is answered with.
    async fn ask(&mut self, situation: &str, address: SocketAddr, table: &[Case<'_>]) {
        for (method, path, Sent(sent, headers)) in table {
            let mut stream = open(address, method, path, headers).await;
            let answer = read_body(&mut stream, 0).await;
            let mut lines: Vec<String> = answer.headers().map(|(name, value)| line(name, value)).collect();
            lines.sort();
            let lines = format!("{}\n{}", answer.status, lines.join("\n"));
            // The name of a script is made of what is in it.
            let path = path
                .find("assets/index-")
                .map_or((*path).to_owned(), |at| format!("{}assets/index-…", &path[..at]));
            let asked = format!("{situation}{method} {path}{sent}");
            match self.0.iter_mut().find(|(known, _)| *known == lines) {
                Some((_, requests)) => requests.push(asked),
                None => self.0.push((lines, vec![asked])),
            }
        }
    }
}

impl std::fmt::Display for Answers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(lines, requests)| {
            writeln!(out, "{lines}")?;
            requests.iter().try_for_each(|request| writeln!(out, "    {request}"))?;
            writeln!(out)
        })
    }
}

/// A header; what differs from run to run is left out.
fn line(name: &str, value: &str) -> String {
    match name {
        "date" | "etag" | "content-length" | "last-modified" | "x-timestamp" => format!("{name}: …"),
        // The boundary of a multipart body is random.
        "content-type" if value.starts_with("multipart/") => {
            format!("{name}: {}…", value.split_at(value.len().saturating_sub(32)).0)
        }
        _ => format!("{name}: {value}"),
    }
}

async fn script_of_the_page(address: SocketAddr) -> String {
    let page = crate::support::http::get(address, "/cam/door/").await.text();
    let script = page.split("src=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a script");
    format!("/cam/door/{}", script.trim_start_matches("./"))
}
