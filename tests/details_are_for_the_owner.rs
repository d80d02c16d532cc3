//! What is wrong with a camera: whoever may change the server reads all of it, whoever watches no path, address or word of a command.

use crate::support::{
    TestServer,
    door::{PASSWORD, basic, configuration, users},
    http::{HANDSHAKE, open, read_body, request},
    within,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_camera_that_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("camera.sh");
    std::fs::write(&script, "echo cannot open /dev/video7 at 10.1.2.3 >&2\nexit 3\n").expect("written");
    let users = users().replacen("test,size=160x120", &format!("exec:sh {}", script.display()), 2);
    let server = TestServer::start_with(&configuration(folder.path(), &users, &[]));
    let address = server.address;
    let (anna, tv) = (basic("anna", PASSWORD), basic("tv", PASSWORD));
    let ask = async |path: &str, who: &str| {
        let answer = request(address, "GET", path, &[("Authorization", who)]).await;
        answer.text()
    };
    within("it has failed", async {
        while !ask("/cam/shed/state.json", &anna).await.contains("10.1.2.3") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    for path in ["/api/v1/status", "/cam/shed/state.json", "/cam/shed/snapshot.jpg"] {
        let (all, part) = (ask(path, &anna).await, ask(path, &tv).await);
        assert!(all.contains("cannot open /dev/video7 at 10.1.2.3"), "{path}: {all}");
        assert!(part.contains("The stream of camera shed has ended"), "{path}: {part}");
        for detail in ["video7", "10.1.2.3", "sh", "127.0.0.1"] {
            assert!(!part.replace("shed", "").contains(detail), "{path}: {detail}: {part}");
        }
    }
    let headers: Vec<_> = HANDSHAKE.into_iter().chain([("Authorization", tv.as_str())]).collect();
    let mut socket = open(address, "GET", "/cam/shed/ws/live", &headers).await;
    let said = read_body(&mut socket, 150).await.text();
    assert!(said.contains("The stream of camera shed has ended") && !said.contains("video7"), "{said}");
    server.stop().await;
}
