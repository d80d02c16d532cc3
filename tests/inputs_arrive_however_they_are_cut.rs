//! What cameras send (tests/inputs), cut at random places and sent at random speeds over each kind of source that takes bytes:
//! the same pictures, each exactly once. (Standard input is read as a command's output is.)

use std::time::Duration;

use lenscast_media::{
    arrival_clock::ArrivalClock,
    input::{InputStream, event::StreamEvent},
    time::Moment,
};
use tokio::{
    io::{AsyncWrite, AsyncWriteExt},
    task::JoinSet,
};

use crate::support::{TestServer, camera::FakeCamera, fifo::Fifo, within};

const ROUNDS: u64 = 200;
const AT_ONCE: u64 = 20;

/// Frames and their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pictures {
    frames: u64,
    bytes: u64,
}

/// A generator of numbers that does the same for the same seed (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("it is below a usize")
    }
}

/// What the bytes of a file hold, pushed at once.
fn pictures_in(bytes: &[u8]) -> Pictures {
    let mut stream = InputStream::new(None, ArrivalClock::new(Moment::default(), 0, 3_000));
    let mut events = Vec::new();
    stream.push(bytes, Moment::default(), &mut events);
    stream.end(Moment::default(), &mut events);
    let mut pictures = Pictures { frames: 0, bytes: 0 };
    for event in events {
        if let StreamEvent::Frame(frame, _) = event {
            pictures.frames += 1;
            pictures.bytes += frame.payload.len() as u64;
        }
    }
    pictures
}

/// How the bytes reach the server.
enum Way {
    Tcp(FakeCamera),
    Fifo(Fifo),
    /// A command copies the FIFO to its standard output.
    Command(Fifo),
}

impl Way {
    async fn new(seed: u64) -> Self {
        match seed % 3 {
            0 => Self::Tcp(FakeCamera::new().await),
            1 => Self::Fifo(Fifo::new()),
            _ => Self::Command(Fifo::new()),
        }
    }

    fn source(&self) -> String {
        match self {
            Self::Tcp(camera) => camera.source(),
            Self::Fifo(fifo) => fifo.source(),
            Self::Command(fifo) => format!("exec:cat {}", fifo.path.display()),
        }
    }

    async fn connected(&self) -> Box<dyn AsyncWrite + Send + Unpin> {
        match self {
            Self::Tcp(camera) => Box::new(camera.connected().await.into_stream()),
            Self::Fifo(fifo) | Self::Command(fifo) => Box::new(fifo.sender().await),
        }
    }
}

/// One camera that sends the file in pieces, and what the server has published of it at the end.
async fn round(seed: u64, bytes: Vec<u8>) -> Pictures {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let expected = pictures_in(&bytes);
    let way = Way::new(seed).await;
    let server = TestServer::start(&[&way.source()]);
    let mut connection = way.connected().await;
    let mut rest = &bytes[..];
    let longest = 1 + random.below(4_000);
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at((1 + random.below(longest)).min(rest.len()));
        connection.write_all(piece).await.expect("the server reads");
        rest = behind;
        match random.below(8) {
            0 => tokio::time::sleep(Duration::from_millis(random.below(12) as u64)).await,
            1 => tokio::task::yield_now().await,
            _ => {}
        }
    }
    drop(connection);
    let has_all = |camera: &serde_json::Value| {
        camera["tracks"].as_array().is_some_and(|tracks| {
            tracks.iter().any(|track| track["frames"].as_u64() >= Some(expected.frames))
        })
    };
    let status = server.until_camera(&format!("all of {expected:?} in round {seed}"), has_all).await;
    server.stop().await;
    let tracks = status["tracks"].as_array().expect("tracks");
    let counter = |name: &str| tracks.iter().filter_map(|track| track[name].as_u64()).max().unwrap_or(0);
    Pictures { frames: counter("frames"), bytes: counter("bytes") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_random_rounds() {
    let mut files: Vec<_> = std::fs::read_dir("tests/inputs")
        .expect("the inputs")
        .map(|file| file.expect("a file").path())
        .collect();
    files.sort();
    assert!(files.len() > 40, "inputs are missing");
    for first in (0..ROUNDS).step_by(usize::try_from(AT_ONCE).expect("a few")) {
        let mut rounds = JoinSet::new();
        for seed in first..first + AT_ONCE {
            let file = files[usize::try_from(seed).expect("a few") % files.len()].clone();
            let bytes = std::fs::read(&file).expect("an input");
            let expected = pictures_in(&bytes);
            assert!(expected.frames > 0, "{}", file.display());
            rounds.spawn(async move { (seed, file, expected, round(seed, bytes).await) });
        }
        within("twenty rounds", async {
            while let Some(done) = rounds.join_next().await {
                let (seed, file, expected, published) = done.expect("no panic");
                assert_eq!(published, expected, "round {seed}: {}", file.display());
            }
        })
        .await;
    }
}
