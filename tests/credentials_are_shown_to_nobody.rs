//! A camera's password, which its command prints or has among its arguments, stands in no log, page, status or answer.

use std::{fs, net::SocketAddr, os::unix::net::UnixDatagram, path::Path, time::Duration};

use rustix::process::Signal;

use crate::support::{
    http::get,
    program::{ended, lenscast, serving, signal},
    viewer::Viewer,
    within,
};

/// What nobody may see.
const SECRET: &str = "hunter2";

/// Lines of a command's standard error. Each camera prints one.
const LINES: [&str; 18] = [
    "cannot open rtsp://admin:hunter2@10.0.0.9:554/h264: Connection refused",
    "cannot open rtsp://admin:p@ss/hunter2@[fe80::9]:554/h264",
    "cannot open http://admin%3Ahunter2%40cam.local/",
    "cannot open admin:hunter2@cam.local",
    "GET /cgi?user=admin&password=hunter2&x=1 failed",
    "GET /live?passwd=hunter2 /live?pwd=hunter2 /live?pass=hunter2 failed",
    "GET /live?access_token=hunter2&sig=hunter2&api_key=hunter2 failed",
    "camera --password hunter2 --secret=hunter2 --token 'hunter2 two' failed",
    "password: hunter2",
    r#"{"user":"admin","password":"hunter2","error":1}"#,
    "Authorization: Basic hunter2hunter2=",
    "Authorization: Bearer hunter2.hunter2",
    "Cookie: session=hunter2; key=hunter2",
    "curl -u admin:hunter2 http://cam.local/ failed",
    "<Username>admin</Username><Password>hunter2</Password>",
    "url=rtsp%3A%2F%2Fadmin%3Ahunter2%40cam.local",
    "overwritten\rpass\u{202e}word=hunter2\u{1b}[2J failed",
    "rtsp://admin:hunter2@cam.local/ after much else",
];

/// The configuration: a camera that prints each line, one that prints its own arguments, and one whose line comes in two writes.
fn configuration(folder: &Path) -> String {
    let camera =
        |name: String, source: String| format!("[[camera]]\nname = \"{name}\"\nsource = '''{source}'''\n");
    let mut text = String::new();
    for (number, line) in LINES.iter().enumerate() {
        let file = folder.join(format!("line{number}"));
        fs::write(&file, format!("{line}\n")).expect("a folder of our own");
        text += &camera(format!("line{number}"), format!("exec:sh -c 'cat {} >&2; exit 1'", file.display()));
    }
    text += &camera(
        "arguments".into(),
        r#"exec:sh -c 'echo "cannot open $*" >&2; exit 1' sh -i rtsp://admin:hunter2@cam.local/1"#.into(),
    );
    text += &camera(
        "cut".into(),
        r#"exec:sh -c 'printf "http://a:hunt" >&2; sleep 0.05; echo er2@cam.local/ >&2; exit 1'"#.into(),
    );
    text += &camera("cut-off".into(), r#"exec:sh -c 'printf "opening http://a:hunt" >&2; exit 1'"#.into());
    text += &camera("missing".into(), "tcp://admin:hunter2@127.0.0.1:1".into());
    text
}

const CAMERAS: usize = LINES.len() + 4;

/// Fails if `text`, which `what` gave, holds the secret or a character that is not seen as it is.
fn holds_nothing_hidden(what: &str, text: &str) {
    for part in [SECRET, "hunt", "er2@"] {
        assert!(!text.contains(part), "{what}: {text}");
    }
    let hidden = |letter: char| (letter.is_control() && letter != '\n') || letter == '\u{202e}';
    assert!(!text.contains(hidden), "{what}: {text:?}");
}

/// The status, once every camera has said why it is offline.
async fn status(address: SocketAddr) -> String {
    within("every camera is offline", async {
        loop {
            let text = get(address, "/api/v1/status").await.text();
            if text.matches("\"offline\"").count() == CAMERAS {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}

#[tokio::test]
async fn what_a_command_says_and_is_given_is_masked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lenscast.toml");
    fs::write(&file, configuration(folder.path())).expect("a folder of our own");
    let notify = folder.path().join("notify");
    let socket = UnixDatagram::bind(&notify).expect("a folder of our own");
    socket.set_nonblocking(true).expect("a socket");

    let words = ["-vv", "--config", file.to_str().expect("UTF-8"), "--listen", "127.0.0.1:0"];
    let mut command = lenscast(&words);
    command.env("NOTIFY_SOCKET", &notify).env("WATCHDOG_USEC", "300000").env("RUST_LOG", "trace");
    let (child, address) = serving(&mut command);
    let shown = status(address).await;
    holds_nothing_hidden("status", &shown);
    for expected in
        ["cannot open rtsp://***@10.0.0.9:554/h264: Connection refused", "x=1 failed", "password=*** failed"]
    {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    for camera in ["line0", "arguments", "cut", "cut-off", "missing"] {
        for path in ["snapshot.jpg", "", "metrics"] {
            let path =
                if path == "metrics" { "/metrics".to_owned() } else { format!("/cam/{camera}/{path}") };
            holds_nothing_hidden(&path, &get(address, &path).await.text().replace(['\t', '\r'], ""));
        }
        let mut viewer = Viewer::connect(address, &format!("/cam/{camera}/ws/live")).await;
        let state = viewer.text_where("state", |state| state["state"] == "offline").await;
        holds_nothing_hidden("ws/live", &state.to_string());
    }
    let mut message = [0; 8192];
    let mut notified = String::new();
    for _ in 0..200 {
        match socket.recv(&mut message) {
            Ok(length) => notified += &String::from_utf8_lossy(&message[..length]),
            Err(_) if notified.contains("offline") => break,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    holds_nothing_hidden("systemd", &notified);
    signal(&child, Signal::INT);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(child))).await.expect("no panic");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("standard error: ") && log.contains("rtsp://***@10.0.0.9"), "{log}");
    log.lines().for_each(|line| holds_nothing_hidden("log", line));
}

#[test]
fn what_is_printed_of_a_configuration_is_masked() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lenscast.toml");
    fs::write(&file, configuration(folder.path())).expect("a folder of our own");
    let wrong = folder.path().join("wrong.toml");
    fs::write(&wrong, "[[camera]]\nsource = \"rtmp://admin:hunter2@cam/\"\n").expect("a folder of our own");
    let path = |file: &Path| file.to_str().expect("UTF-8").to_owned();
    let table: [&[&str]; 9] = [
        &["check", "--config", &path(&file)],
        &["check", "--config", &path(&wrong)],
        &["--source", "rtmp://admin:hunter2@cam.local/"],
        &["--source", "rtsp,transport=x://admin:hunter2@cam.local/"],
        &["--source", "rtsp://admin:hunter2/hunter2@cam.local/"],
        &["--source", "tcp:admin:hunter2@cam.local"],
        &["--source", "exec:no-such-program --password hunter2"],
        &["--source", "ffmpg -i rtsp://admin:hunter2@cam.local/ -"],
        &["rtsp://admin:hunter2@cam.local/"],
    ];
    for words in table {
        let output = ended(lenscast(words).spawn().expect("it starts"));
        for text in [&output.stdout, &output.stderr] {
            String::from_utf8_lossy(text)
                .lines()
                .for_each(|line| holds_nothing_hidden(&words.join(" "), line));
        }
    }
}
