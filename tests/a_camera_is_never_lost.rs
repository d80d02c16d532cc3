//! Whatever becomes of the camera's program, viewers stay connected and see it again.

use std::time::{Duration, Instant};

use futures_util::{FutureExt, StreamExt};
use lenscast_media::player_wire::parse_frame;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    TestServer,
    processes::{pids_with, until_processes, zombies_of},
    program::{ended, lenscast, serving, signal},
    rpicam::FakeRpicam,
    viewer::Viewer,
    within,
};

/// From the moment a restart is due to pictures at every viewer.
const AGAIN_WITHIN: Duration = Duration::from_millis(1_500);

/// What a viewer has seen last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    frames: u64,
    at: Instant,
}

/// Watches until it is dropped; ends the test if the connection does.
fn watch_on(mut viewer: Viewer) -> watch::Receiver<Seen> {
    let (seen, receiver) = watch::channel(Seen { frames: 0, at: Instant::now() });
    tokio::spawn(async move {
        loop {
            match viewer.0.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    parse_frame(bytes).expect("a frame");
                    let frames = seen.borrow().frames + 1;
                    if seen.send(Seen { frames, at: Instant::now() }).is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                // Nobody sees the frames of a connection that has ended.
                _ => return,
            }
        }
    });
    receiver
}

/// Kills the camera's program `kills` times while `viewers` watch.
#[allow(clippy::print_stdout, reason = "scripts/soak shows the figures")]
async fn kill_again_and_again(kills: usize, viewers: usize) {
    let camera = FakeRpicam::new("start-ms 100");
    let marker = camera.program().display().to_string();
    let words = ["--source", &camera.source("rate=30"), "--listen", "127.0.0.1:0"];
    let (server, address) = serving(&mut lenscast(&words));
    let server_pid = server.id();
    let mut watching = Vec::new();
    for _ in 0..viewers {
        watching.push(watch_on(Viewer::connect(address, "/ws/live").await));
    }
    let (mut memory_kb, mut descriptors, mut slowest) = (Vec::new(), Vec::new(), Duration::ZERO);
    for _ in 0..kills {
        for viewer in &mut watching {
            let before = viewer.borrow_and_update().frames;
            within("pictures", viewer.wait_for(|seen| seen.frames > before + 2))
                .await
                .expect("it is connected");
        }
        // The server's own command line has the program in it too.
        let running: Vec<u32> = pids_with(&marker).into_iter().filter(|pid| *pid != server_pid).collect();
        assert_eq!(running.len(), 1, "one program, {running:?}");
        let pid = Pid::from_raw(running[0] as i32).expect("a process");
        kill_process(pid, Signal::KILL).expect("it runs");
        let due = Instant::now() + retry_in(address).await;
        for viewer in &mut watching {
            let again = within("pictures again", viewer.wait_for(|seen| seen.at > due)).await;
            let again = again.expect("it has stayed connected").at;
            slowest = slowest.max(again - due);
        }
        memory_kb.push(resident_kb(server_pid));
        descriptors.push(std::fs::read_dir(format!("/proc/{server_pid}/fd")).expect("it runs").count());
    }
    let (first, last) = (memory_kb[memory_kb.len() / 4], memory_kb[memory_kb.len() - 1]);
    let (least, most) = (descriptors.iter().min().expect("one"), descriptors.iter().max().expect("one"));
    println!(
        "{kills} kills, {viewers} viewers: pictures at the last of them at most {slowest:.1?} after each restart was due; \
         memory {first} kB after a quarter, {last} kB in the end; {least} to {most} open files"
    );
    assert!(slowest < AGAIN_WITHIN, "{slowest:?}");
    assert!(last < first + 4_000, "memory in kB: {memory_kb:?}");
    assert!(*most <= least + 4, "open files: {descriptors:?}");
    assert_eq!(zombies_of(server_pid), 0, "all that have ended are reaped");
    signal(&server, Signal::INT);
    let output =
        within("the end", tokio::task::spawn_blocking(move || ended(server))).await.expect("no panic");
    assert_eq!(output.status.code(), Some(0));
    until_processes(&marker, 0);
    assert!(watching.iter_mut().all(|viewer| viewer.changed().now_or_never().is_some()), "all are told");
}

/// Until the camera is tried again, as the status says it.
async fn retry_in(address: std::net::SocketAddr) -> Duration {
    within("the camera is offline", async {
        loop {
            let status = crate::support::http::get(address, "/api/v1/status").await;
            let status: Value = serde_json::from_slice(&status.body).expect("JSON");
            let camera = &status["cameras"][0];
            if camera["state"] != "live" {
                return Duration::from_millis(camera["retry_ms"].as_u64().unwrap_or(0));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

/// Memory of a process, in kB.
fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux says it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn its_program_is_killed_again_and_again() {
    kill_again_and_again(5, 20).await;
}

/// For `scripts/soak`: minutes, since the wait before a restart grows to five seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes ten minutes"]
async fn its_program_is_killed_a_hundred_times() {
    kill_again_and_again(100, 20).await;
}

#[tokio::test]
async fn a_program_that_hangs_and_is_deaf_is_replaced() {
    for (script, expected) in [
        ("hang-after 20", "has given no picture for 2 s and is restarted"),
        ("hang-after 20\nsay-timeouts", "has stopped sending pictures (its frontend timed out)"),
    ] {
        let camera = FakeRpicam::new(script);
        let server = TestServer::start(&[&camera.source("")]);
        let mut viewer = Viewer::connect(server.address, "/ws/live").await;
        let mut last = Instant::now();
        for _ in 0..20 {
            viewer.frame().await;
            last = Instant::now();
        }
        camera.behave("");
        let offline = viewer.text_where("state", |state| state["state"] == "offline").await;
        assert!(offline["message"].as_str().is_some_and(|text| text.contains(expected)), "{offline}");
        viewer.frame().await;
        let took = last.elapsed();
        assert!(took < Duration::from_secs(5), "{took:?}");
        server.stop().await;
        until_processes(&camera.program().display().to_string(), 0);
    }
}
