//! Once somebody has a password, every address asks for a credential, takes each kind of it, and says the same of cameras that are
//! not there as of those that are somebody else's.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicU32, Ordering},
};

use tokio::io::AsyncReadExt;

use crate::support::{
    TestServer,
    door::{PASSWORD, basic, configuration, link, users},
    http::{self, Answer, HANDSHAKE, open, open_from, read_body, request},
    viewer::Viewer,
    within,
};

/// What a request carries: what stands behind its path, and its headers.
struct Credential {
    name: &'static str,
    query: String,
    headers: Vec<(&'static str, String)>,
}

/// Addresses of one camera's tree, as they are asked for, and whether as a WebSocket.
const TREE: [(&str, bool); 16] = [
    ("", false),
    ("index.html", false),
    ("ws/live", true),
    ("ws/mp4", true),
    ("ws/h264", true),
    ("ws/nal", true),
    ("ws/jsmp", true),
    ("ws/jsmpeg", true),
    ("rpicam/", false),
    ("rpicam/ws/", true),
    ("stream.h264", false),
    ("stream.mp4", false),
    ("stream.ts", false),
    ("stream.mjpg", false),
    ("snapshot.jpg", false),
    ("?action=snapshot", false),
];

async fn ask(address: SocketAddr, path: &str, is_socket: bool, credential: &Credential) -> Answer {
    let mut headers: Vec<(&str, &str)> =
        credential.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    if is_socket {
        headers.extend(HANDSHAKE);
    }
    let path = match (credential.query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, true) => format!("{path}&{}", credential.query),
        (false, false) => format!("{path}?{}", credential.query),
    };
    // Wrong passwords are counted by address.
    static ASKED: AtomicU32 = AtomicU32::new(1);
    let [_, a, b, c] = ASKED.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut stream = open_from([127, a, b, c], address, &path, &headers).await;
    read_body(&mut stream, 0).await
}

/// The session's cookie after a login on the page.
async fn logged_in(address: SocketAddr, name: &str, password: &str) -> Answer {
    let form = format!("name={name}&password={}&next=cam%2Fshed%2F", password.replace(' ', "+"));
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    post(address, "/login", &headers, &form).await
}

async fn post(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    use tokio::io::AsyncWriteExt;
    let length = body.len().to_string();
    let headers: Vec<_> = headers.iter().copied().chain([("Content-Length", length.as_str())]).collect();
    within("an answer", async {
        let mut stream = open(address, "POST", path, &headers).await;
        stream.write_all(body.as_bytes()).await.expect("the server reads");
        read_body(&mut stream, 0).await
    })
    .await
}

fn cookie_of(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").expect("a cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    cookie.split(';').next().expect("a pair").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_address_with_each_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = configuration(folder.path(), &users(), &["--compat", "broadway=0,0"]);
    let server = TestServer::start_with(&config);
    let address = server.address;
    let cookie = cookie_of(&logged_in(address, "anna", PASSWORD).await);
    let token = |camera, seconds, name| link(folder.path(), camera, seconds, name);
    let good = token(Some("shed"), Some(600), "tablet");
    let with = |name, query: String, headers| Credential { name, query, headers };
    let authorization = |value: String| vec![("Authorization", value)];
    let old = token(Some("shed"), Some(0), "old");
    let table = [
        (with("nothing", String::new(), vec![]), 401),
        (with("wrong", String::new(), authorization(basic("anna", "wrong"))), 401),
        (with("wrong token", "token=lc1.shed.view.0.tablet.AAAAAAAAAAAAAAAAAAAAAA".into(), vec![]), 401),
        (with("expired token", format!("token={old}"), vec![]), 401),
        (with("forged cookie", String::new(), vec![("Cookie", format!("{cookie}x"))]), 401),
        (with("cookie", String::new(), vec![("Cookie", cookie.clone())]), 200),
        (with("Basic", String::new(), authorization(basic("anna", PASSWORD))), 200),
        (with("Basic of one camera", String::new(), authorization(basic("tv", PASSWORD))), 200),
        (with("Bearer", String::new(), authorization(format!("Bearer {good}"))), 200),
        (with("token as password", String::new(), authorization(basic("x", &good))), 200),
        (with("token", format!("token={good}"), vec![]), 200),
        (with("token of all", format!("token={}", token(None, None, "all")), vec![]), 200),
        (
            with("token of another camera", format!("token={}", token(Some("door"), None, "other")), vec![]),
            403,
        ),
    ];
    for (credential, expected) in &table {
        for (path, is_socket) in TREE {
            let answer = ask(address, &format!("/cam/shed/{path}"), is_socket, credential).await;
            let expected = match (expected, is_socket) {
                (200, true) => 101,
                (expected, _) => *expected,
            };
            let shown = format!("{path} with {}: {}", credential.name, answer.text());
            assert_eq!(answer.status, expected, "{shown}");
            assert!(expected != 401 || answer.header("set-cookie").is_none(), "{shown}");
        }
        for path in ["/api/v1/status", "/metrics", "/api/v1/access"] {
            let answer = ask(address, path, false, credential).await;
            let expected = if *expected == 401 { 401 } else { 200 };
            assert_eq!(answer.status, expected, "{path} with {}", credential.name);
        }
        for classic in [server.classics[0].0, server.classics[0].1] {
            let is_socket = classic == server.classics[0].1;
            let answer = ask(classic, "/", is_socket, credential).await;
            assert_eq!(answer.status == 401, *expected == 401, "classic port with {}", credential.name);
        }
    }
    // Nobody learns which cameras there are.
    for name in ["door", "no-such-camera"] {
        let answer = ask(address, &format!("/cam/{name}/snapshot.jpg"), false, &table[7].0).await;
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (403, "You may not use this camera.\n"),
            "{name}"
        );
        let answer = ask(address, &format!("/cam/{name}/snapshot.jpg"), false, &table[0].0).await;
        assert_eq!(answer.status, 401, "{name}");
    }
    let status = ask(address, "/api/v1/status", false, &table[7].0).await.text();
    assert!(status.contains("\"shed\"") && !status.contains("\"door\""), "{status}");
    let metrics = ask(address, "/metrics", false, &table[7].0).await.text();
    assert!(metrics.contains("camera=\"shed\"") && !metrics.contains("camera=\"door\""), "{metrics}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_open_and_how_a_person_is_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &[]));
    let address = server.address;
    for path in ["/healthz", "/player.js", "/licenses.txt", "/cam/door/player.js", "/login"] {
        assert_eq!(http::get(address, path).await.status, 200, "{path}");
    }
    assert_eq!(http::get(address, "/nothing").await.status, 401, "nobody learns what is there");
    let page = request(address, "GET", "/cam/shed/?player=mse", &[("Accept", "text/html,*/*")]).await;
    assert_eq!((page.status, page.header("www-authenticate")), (401, None));
    let text = page.text();
    assert!(
        text.contains("action=\"../../login\"") && text.contains("value=\"cam/shed/?player=mse\""),
        "{text}"
    );
    let picture = http::get(address, "/cam/shed/snapshot.jpg").await;
    let challenge = picture.header("www-authenticate");
    assert_eq!((picture.status, challenge), (401, Some("Basic realm=\"Lenscast\", charset=\"UTF-8\"")));
    assert_eq!(picture.text(), "This address asks for a password or a link's token.\n");

    let answer = logged_in(address, "anna", PASSWORD).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("./cam/shed/")));
    let cookie = cookie_of(&answer);
    let page = request(address, "GET", "/cam/shed/", &[("Accept", "text/html"), ("Cookie", &cookie)]).await;
    assert_eq!(page.status, 200);
    let login = cookie.clone();
    let out = post(address, "/logout", &[("Cookie", &cookie)], "").await;
    assert_eq!((out.status, out.header("location")), (303, Some("./")));
    assert!(out.headers().all(|(name, value)| name != "set-cookie" || value.contains("Max-Age=0")));

    let answer = logged_in(address, "anna", "wrong").await;
    assert_eq!(answer.status, 401);
    assert!(answer.text().contains("The name or the password is wrong."), "{}", answer.text());
    for _ in 0..4 {
        logged_in(address, "anna", "wrong").await;
    }
    let answer = logged_in(address, "anna", "wrong").await;
    assert_eq!((answer.status, answer.header("retry-after").is_some()), (429, true));

    let token = link(folder.path(), Some("shed"), None, "tablet");
    let page =
        request(address, "GET", &format!("/cam/shed/?token={token}&bare"), &[("Accept", "text/html")]).await;
    assert_eq!((page.status, page.header("location")), (303, Some("./?bare")));
    let cookie = cookie_of(&page);
    let page =
        request(address, "GET", "/cam/shed/?bare", &[("Accept", "text/html"), ("Cookie", &cookie)]).await;
    assert_eq!(page.status, 200);
    let both = format!("{cookie}; {login}");
    let door = request(address, "GET", "/cam/door/snapshot.jpg", &[("Cookie", &both)]).await;
    assert_eq!(door.status, 200, "a login counts more than a link that was opened before");
    let picture = http::get(address, &format!("/t/{token}/cam/shed/snapshot.jpg")).await;
    assert_eq!(picture.status, 200);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_strangers() {
    let folder = tempfile::tempdir().expect("a folder");
    let text =
        users() + "\n[access]\norigins = [\"https://home.example.org\"]\nhosts = [\"cam.example.org\"]\n";
    let server = TestServer::start_with(&configuration(folder.path(), &text, &[]));
    let address = server.address;
    let cookie = cookie_of(&logged_in(address, "anna", PASSWORD).await);
    let own = format!("http://{address}");
    let token = link(folder.path(), None, None, "embedded");
    let table = [
        ("our own page", "/ws/live", own.as_str(), cookie.as_str(), 101),
        ("a stranger's page with the cookie", "/ws/live", "https://evil.example", &cookie, 403),
        ("a page in a sandbox", "/ws/live", "null", &cookie, 403),
        ("a listed page", "/ws/live", "https://home.example.org", &cookie, 101),
        (
            "a stranger's page with a token",
            &format!("/ws/live?token={token}"),
            "https://evil.example",
            "",
            101,
        ),
        ("a stranger's page with nothing", "/ws/live", "https://evil.example", "", 401),
    ];
    for (name, path, origin, cookie, expected) in table {
        let headers: Vec<_> = HANDSHAKE.into_iter().chain([("Origin", origin), ("Cookie", cookie)]).collect();
        let mut stream = open(address, "GET", path, &headers).await;
        assert_eq!(read_body(&mut stream, 0).await.status, expected, "{name}");
    }
    let with_cookie = request(address, "GET", "/snapshot.jpg", &[("Cookie", &cookie)]).await;
    assert_eq!(with_cookie.header("access-control-allow-origin"), None);
    let with_token = http::get(address, &format!("/snapshot.jpg?token={token}")).await;
    assert_eq!(with_token.header("access-control-allow-origin"), Some("*"));
    let form = [("Origin", "https://evil.example")];
    assert_eq!(post(address, "/login", &form, "name=anna&password=correct+horse").await.status, 403);

    for (host, expected) in [
        ("evil.example", 421),
        ("evil.example:8000", 421),
        ("cam.example.org", 401),
        ("pi.local:8000", 401),
        ("192.168.1.5", 401),
        ("[::1]:8000", 401),
    ] {
        let answer = with_host(address, host).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{host}: {answer}");
    }
    let refused = with_host(address, "evil.example").await;
    assert!(refused.contains("[access] hosts = [\"evil.example\"]"), "{refused}");

    // A proxy that changes Host, with a browser that says by itself whose page it shows, and one that does not.
    let proxied = [("Origin", "https://pi.example.org"), ("Cookie", cookie.as_str())];
    for (site, expected) in [("same-origin", 101), ("same-site", 403), ("cross-site", 403)] {
        let headers: Vec<_> =
            HANDSHAKE.into_iter().chain(proxied).chain([("Sec-Fetch-Site", site)]).collect();
        let mut stream = open(address, "GET", "/ws/live", &headers).await;
        let answer = read_body(&mut stream, 0).await;
        assert_eq!(answer.status, expected, "{site}");
        assert!(
            expected == 101 || answer.text().contains("proxy_set_header Host $http_host;"),
            "{}",
            answer.text()
        );
    }
    server.stop().await;
}

async fn with_host(address: SocketAddr, host: &str) -> String {
    use tokio::io::AsyncWriteExt;
    within("an answer", async {
        let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let head = format!("GET /api/v1/status HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proxies_that_are_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = users() + "\n[access]\ntrusted_proxies = [\"127.0.0.1\"]\nuser_header = \"Remote-User\"\n";
    let server = TestServer::start_with(&configuration(folder.path(), &text, &[]));
    let table = [("anna", 200), ("nobody", 401), ("", 401)];
    for (name, expected) in table {
        let answer = request(server.address, "GET", "/snapshot.jpg", &[("Remote-User", name)]).await;
        assert_eq!(answer.status, expected, "{name}");
    }
    let page =
        [("Remote-User", "anna"), ("X-Forwarded-Host", "pi.local:8443"), ("Origin", "https://pi.local:8443")];
    let headers: Vec<_> = HANDSHAKE.into_iter().chain(page).collect();
    let mut stream = open(server.address, "GET", "/ws/live", &headers).await;
    assert_eq!(read_body(&mut stream, 0).await.status, 101, "the host that the proxy was asked for");
    // A page of that name, which leads to the proxy now, may write the other header itself.
    let rebound = [("Host", "evil.example"), ("X-Forwarded-Host", "pi.local"), ("Remote-User", "anna")];
    assert_eq!(request(server.address, "GET", "/snapshot.jpg", &rebound).await.status, 421);
    for (host, expected) in [("evil.example", 421), ("evil example", 200)] {
        let headers = [("Remote-User", "anna"), ("X-Forwarded-Host", host)];
        assert_eq!(
            request(server.address, "GET", "/snapshot.jpg", &headers).await.status,
            expected,
            "{host}"
        );
    }
    server.stop().await;
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &[]));
    let answer = request(server.address, "GET", "/snapshot.jpg", &[("Remote-User", "anna")]).await;
    assert_eq!(answer.status, 401, "the header of anybody is not believed");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_end_with_what_let_them_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &[]));
    let token = link(folder.path(), Some("shed"), None, "tablet");
    let mut by_link = Viewer::connect(server.address, &format!("/cam/shed/ws/live?token={token}")).await;
    let basic = basic("tv", PASSWORD);
    let mut body = open(server.address, "GET", "/cam/shed/stream.h264", &[("Authorization", &basic)]).await;
    assert_eq!(read_body(&mut body, 100).await.status, 200);
    by_link.frame().await;

    let name = "tablet".parse().expect("a name");
    lenscast::access::command::revoke_link(&folder.path().join("state"), &name).expect("written");
    assert_eq!(by_link.closed().await, (1008, "This link was revoked".to_owned()));
    let refused = http::get(server.address, &format!("/cam/shed/snapshot.jpg?token={token}")).await;
    assert_eq!((refused.status, refused.text().as_str()), (401, "This link was revoked.\n"));

    let without_tv = users().split("[[user]]").take(2).collect::<Vec<_>>().join("[[user]]");
    server.reload(configuration(folder.path(), &without_tv, &[])).await;
    within("the body ends", async {
        let mut rest = Vec::new();
        body.read_to_end(&mut rest).await.expect("an end");
    })
    .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_password_is_set_on_the_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let cameras = users().split("[[user]]").next().expect("cameras").to_owned();
    let server = TestServer::start_with(&configuration(folder.path(), &cameras, &[]));
    let address = server.address;
    let mut viewer = Viewer::connect(address, "/cam/shed/ws/live").await;
    viewer.frame().await;
    let may = http::get(address, "/api/v1/access").await.text();
    assert_eq!(may, "{\"needs_password\":false,\"user\":null,\"right\":\"admin\"}");
    let json = [("Content-Type", "application/json")];
    let set = |body: &'static str| post(address, "/api/v1/access", &json, body);
    for (body, status) in [
        ("{\"name\":\"anna\",\"password\":\"short\"}", 422),
        ("{\"name\":\"\",\"password\":\"correct horse\"}", 422),
        ("{}", 422),
        ("anna", 400),
    ] {
        assert_eq!(set(body).await.status, status, "{body}");
    }
    let body = "{\"name\":\"anna\",\"password\":\"correct horse\"}";
    let foreign = [json[0], ("Origin", "https://evil.example")];
    assert_eq!(post(address, "/api/v1/access", &foreign, body).await.status, 403);
    assert_eq!(post(address, "/api/v1/access", &[], body).await.status, 403, "a form of another site");

    let done = set("{\"name\":\"anna\",\"password\":\"correct horse\"}").await;
    assert_eq!(done.status, 201);
    let cookie = cookie_of(&done);
    assert_eq!(viewer.closed().await, (1008, "A password was set. Log in to go on watching".to_owned()));
    assert_eq!(http::get(address, "/api/v1/status").await.status, 401);
    assert_eq!(request(address, "GET", "/api/v1/status", &[("Cookie", &cookie)]).await.status, 200);
    assert_eq!(post(address, "/api/v1/access", &json, body).await.status, 401, "only once");
    server.stop().await;

    let server = TestServer::start_with(&configuration(folder.path(), &cameras, &[]));
    let basic = basic("anna", "correct horse");
    let answer = request(server.address, "GET", "/api/v1/status", &[("Authorization", &basic)]).await;
    assert_eq!(answer.status, 200, "it is there after a restart");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_are_made_and_revoked_by_who_has_logged_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &[]));
    let address = server.address;
    let cookie = cookie_of(&logged_in(address, "anna", PASSWORD).await);
    let json = ("Content-Type", "application/json");
    let made =
        async |body: &str, headers: &[(&str, &str)]| post(address, "/api/v1/links", headers, body).await;
    let anna = [json, ("Cookie", cookie.as_str())];
    for (body, status, expected) in [
        (
            "{\"name\":\"tv\",\"camera\":\"door\",\"expires_in_s\":60}",
            201,
            "\"camera\":\"door\",\"right\":\"view\"",
        ),
        ("{\"name\":\"tv\"}", 409, "There is a link called tv already."),
        ("{\"name\":\"TV\"}", 422, "a link's name has 1 to 32"),
        ("{\"name\":\"x\",\"camera\":\"roof\"}", 422, "There is no camera called \"roof\"."),
        (
            "{\"name\":\"x\",\"right\":\"all\"}",
            422,
            "there is no right \"all\": it is view, control or admin.",
        ),
        ("{\"name\":\"x\",\"expires_in_s\":0}", 422, "expires_in_s is 1 to"),
        ("{\"name\":\"x\",\"until\":\"1d\"}", 400, "This is no link: unknown field `until`"),
        ("{\"name\":\"all\",\"right\":\"admin\"}", 201, "\"right\":\"admin\""),
    ] {
        let answer = made(body, &anna).await;
        assert!(answer.status == status && answer.text().contains(expected), "{body}: {}", answer.text());
    }
    let list = request(address, "GET", "/api/v1/links", &anna).await.text();
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let token = |at: usize| list["links"][at]["token"].as_str().expect("a token").to_owned();
    let picture = format!("/t/{}/cam/door/snapshot.jpg", token(0));
    assert_eq!(http::get(address, &picture).await.status, 200);
    // Not for whoever has a link, may watch only, or comes from another site's page.
    let (by_link, tv) = (format!("Bearer {}", token(1)), basic("tv", PASSWORD));
    let body = "{\"name\":\"x\"}";
    for headers in [
        [json, ("Authorization", by_link.as_str())],
        [json, ("Authorization", tv.as_str())],
        [("Content-Type", "text/plain"), anna[1]],
    ] {
        let status = made(body, &headers).await.status;
        assert!([403, 415].contains(&status), "{headers:?}: {status}");
        let list = request(address, "GET", "/api/v1/links", &headers[1..]).await;
        assert_eq!(list.status == 200, headers[1] == anna[1], "{headers:?}");
    }
    let foreign = [json, anna[1], ("Origin", "https://evil.example")];
    assert_eq!(made(body, &foreign).await.status, 403);

    let revoked = request(address, "DELETE", "/api/v1/links/tv", &anna).await;
    assert_eq!(revoked.status, 204);
    assert_eq!(http::get(address, &picture).await.status, 401);
    let again = made("{\"name\":\"tv\"}", &anna).await;
    assert_eq!(
        (again.status, again.text().as_str()),
        (409, "A link called tv was revoked. Choose another name.\n")
    );
    assert_eq!(request(address, "DELETE", "/api/v1/links/tv", &anna).await.status, 404);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_pages_may_frame_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let ancestors = async |text: &str, path: &str| {
        let server = TestServer::start_with(&configuration(folder.path(), &(users() + text), &[]));
        let anna = basic("anna", PASSWORD);
        let accept = [("Accept", "text/html"), ("Authorization", anna.as_str())];
        let page = request(server.address, "GET", path, &accept).await;
        server.stop().await;
        let policy = page.header("content-security-policy").expect("a policy").to_owned();
        policy.rsplit_once("frame-ancestors ").expect("it says that").1.to_owned()
    };
    let listed = "\n[access]\nframe_ancestors = [\"self\", \"https://home.example.org\"]\n";
    assert_eq!(ancestors("", "/cam/shed/").await, "*");
    for path in ["/login", "/access"] {
        assert_eq!(ancestors("", path).await, "'self'", "{path}");
        assert_eq!(ancestors(listed, path).await, "'self' https://home.example.org", "{path}");
    }
    assert_eq!(ancestors(listed, "/cam/shed/").await, "'self' https://home.example.org");
}

/// The addresses that the routers name, with something in place of their parameters.
fn addresses() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<_> = ["http", "transport", "compat"].map(|room| root.join("src").join(room)).into();
    let mut found = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            if entry.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&entry).expect("UTF-8");
            let named = text.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
            found.extend(named.map(|address| address.replace(['{', '}', '*'], "")));
        }
    }
    assert!(found.contains("/metrics") && found.contains("/ws/live"), "{found:?}");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_address_of_the_routers_asks_for_a_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &[]));
    let addresses = addresses();
    let is_open = |address: &str| {
        ["/healthz", "/ca.crt", "/trust", "/login", "/logout", "/player.js", "/licenses.txt"]
            .contains(&address)
            || address.starts_with("/assets/")
    };
    for address in addresses.iter().filter(|address| !is_open(address)) {
        for path in [address.clone(), format!("/cam/shed{address}"), format!("/t/lc1.x{address}")] {
            for method in ["GET", "POST", "DELETE"] {
                let answer = request(server.address, method, &path, &[]).await;
                assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            }
        }
    }
    server.stop().await;
}
