//! `lenscast user` and `lenscast link`, as a person runs them beside a running server.

use crate::support::{
    door::with_password,
    http,
    program::{ended, lenscast, serving},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_first_user_to_a_revoked_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().to_str().expect("UTF-8");
    let sources = ["--source", "door=test,size=160x120", "--listen", "127.0.0.1:0", "--state", state];
    let (mut server, address) = serving(&mut lenscast(&sources));
    assert_eq!(http::get(address, "/snapshot.jpg").await.status, 200);

    let run = |words: &[&str]| {
        let output = ended(lenscast(&[words, &["--state", state]].concat()).spawn().expect("it starts"));
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.code(), String::from_utf8(text).expect("UTF-8").trim_end().to_owned())
    };
    let add = |name: &str, password: &str| {
        let output = with_password(&mut lenscast(&["user", "add", name, "--state", state]), password);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(add("anna", "short").0, Some(2));
    assert_eq!(add("anna", "correct horse"), (Some(0), String::new()));
    let (status, error) = add("anna", "correct horse");
    assert_eq!(status, Some(2));
    assert!(error.contains("there is a user \"anna\" already"), "{error}");
    assert_eq!(run(&["user", "list"]), (Some(0), "anna  view  all cameras".to_owned()));

    // The running server sees it within a second.
    let refused = async {
        while http::get(address, "/snapshot.jpg").await.status == 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    crate::support::within("the server asks for a password", refused).await;

    let (status, token) = run(&["link", "door", "--until", "1h", "--name", "tablet"]);
    assert_eq!(status, Some(0));
    assert!(token.starts_with("lc1.door.view.") && token.contains(".tablet."), "{token}");
    let address_of_picture = format!("/cam/door/snapshot.jpg?token={token}");
    assert_eq!(http::get(address, &address_of_picture).await.status, 200);
    assert_eq!(run(&["link", "--revoke", "tablet"]).0, Some(0));
    let revoked = async {
        while http::get(address, &address_of_picture).await.status == 200 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    crate::support::within("the link is refused", revoked).await;

    for (words, expected) in [
        (
            &["link", "door", "--until", "soon"][..],
            "--until \"soon\" is not allowed: it is a number and s, m, h, d or w",
        ),
        (&["link", "door", "--for", "wiew"], "there is no right \"wiew\": it is view, control or admin"),
        (&["link", "door", "--name", "My TV"], "a link's name has 1 to 32 lower-case letters"),
        (&["user", "remove", "bob"], "there is no user \"bob\": there is anna"),
        (&["user", "passwd", "bob"], "there is no user \"bob\": there is anna"),
    ] {
        let (status, error) = run(words);
        assert_eq!(status, Some(2), "{words:?}");
        assert!(error.starts_with("lenscast: ") && error.contains(expected), "{words:?}: {error}");
    }
    assert_eq!(run(&["user", "remove", "anna"]), (Some(0), "anna is removed".to_owned()));
    server.kill().expect("it runs");
    server.wait().expect("it ends");
}
