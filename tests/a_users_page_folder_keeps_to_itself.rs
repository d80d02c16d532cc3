//! `--static`: a user's page folder is served as it is, and no path leads out of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::support::{
    TestServer,
    http::{get, request},
};

/// A folder for one test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("lenscast-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("page/js")).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a file");
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PAGE: &str = "<p>@ADDRESS@ ${WS_PORT} ${WIDTH}x${HEIGHT} ${COLOR} ${BGCOLOR} ${other} $5</p>";

fn link(to: &Path, at: &Path) {
    std::os::unix::fs::symlink(to, at).expect("a link");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_files_and_nothing_else() {
    let scratch = Scratch::new("static-files");
    scratch.write("secret.txt", "secret");
    scratch.write("page/index.html", PAGE);
    scratch.write("page/js/player.js", "play()");
    scratch.write("page/.hidden", "secret");
    scratch.write("page/a b.txt", "space");
    let page_folder = scratch.0.join("page");
    link(&scratch.0.join("secret.txt"), &page_folder.join("out.txt"));
    link(&scratch.0, &page_folder.join("up"));
    link(Path::new("js/player.js"), &page_folder.join("in.js"));
    rustix::fs::mknodat(
        rustix::fs::CWD,
        page_folder.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .expect("a pipe");
    let folder = page_folder.display().to_string();
    let server = TestServer::start_as(&[
        "--source",
        "test,size=320x240",
        "--compat",
        "broadway=0,0",
        "--static",
        &folder,
    ]);
    let (page, _) = server.classics[0];
    let table = [
        ("/", 200, PAGE),
        ("/index.html", 200, PAGE),
        ("/js/player.js", 200, "play()"),
        ("/in.js", 200, "play()"),
        ("/a%20b.txt", 200, "space"),
        ("/js", 404, ""),
        ("/js/", 404, ""),
        ("/Player.js", 404, ""),
        ("/out.txt", 404, ""),
        ("/up/secret.txt", 404, ""),
        ("/pipe", 404, ""),
        ("/.hidden", 404, ""),
        ("/../secret.txt", 404, ""),
        ("/js/../../secret.txt", 404, ""),
        ("/%2e%2e/secret.txt", 404, ""),
        ("/%2e%2e%2fsecret.txt", 404, ""),
        ("/..%2fsecret.txt", 404, ""),
        ("/js%2fplayer.js", 404, ""),
        ("/js%5cplayer.js", 404, ""),
        ("/index.html%00", 404, ""),
        ("/%00", 404, ""),
        ("//etc/passwd", 404, ""),
        ("/%2fetc%2fpasswd", 404, ""),
    ];
    for (path, status, text) in table {
        let answer = get(page, path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(!answer.text().contains("secret"), "{path}");
        assert!(status != 200 || answer.text() == text, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-security-policy"), None, "{path}: the page is not ours");
    }
    let head = request(page, "HEAD", "/js/player.js", &[]).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("6"), 0));
    assert_eq!(head.header("content-type"), Some("text/javascript"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pistreamings_placeholders_are_filled_in() {
    let scratch = Scratch::new("static-fill");
    scratch.write("page/index.html", PAGE);
    scratch.write("page/jsmpg.js", "var ${WIDTH};");
    let folder = scratch.0.join("page").display().to_string();
    let server = TestServer::start_as(&[
        "--source",
        "test,size=320x240",
        "--compat",
        "pistreaming=0,0",
        "--static",
        &folder,
    ]);
    let (page, socket) = server.classics[0];
    let port = socket.port();
    let expected = format!("<p>127.0.0.1:{port} {port} 320x240 #444 #333 ${{other}} $5</p>");
    let html = get(page, "/index.html").await;
    assert_eq!(html.text(), expected);
    assert_eq!(html.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(html.header("content-security-policy"), None);
    assert_eq!(get(page, "/jsmpg.js").await.text(), "var ${WIDTH};", "only the page itself is filled in");
    server.stop().await;
}
