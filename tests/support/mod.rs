//! What the behaviour tests share: a server on port 0, a camera played by the test, and viewers.
#![allow(unreachable_pub, reason = "it is for the tests beside it")]

pub mod camera;
pub mod clip;
pub mod door;
pub mod ffmpeg;
pub mod fifo;
pub mod held_clock;
pub mod http;
pub mod noise;
pub mod old_player;
pub mod ports;
pub mod processes;
pub mod program;
pub mod raw_socket;
pub mod rpicam;
pub mod rtsp;
#[cfg(feature = "rtsp")]
pub mod rtsp_camera;
#[cfg(feature = "tls")]
pub mod tls;
pub mod viewer;

use std::{net::SocketAddr, time::Duration};

use lenscast::{
    args::{Args, DEFAULT_MAX_VIEWERS},
    config::Config,
    rtsp_port::RtspPort,
    server::Server,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// No step of a test takes this long unless it has failed.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// A server in this process.
pub struct TestServer {
    pub address: SocketAddr,
    /// For HTTPS, where it listens for that.
    #[cfg(feature = "tls")]
    pub https: Option<SocketAddr>,
    /// Pages and WebSockets of the classic systems, in their order.
    pub classics: Vec<(SocketAddr, SocketAddr)>,
    rtsp: Vec<SocketAddr>,
    stop: oneshot::Sender<()>,
    reloads: mpsc::Sender<Config>,
    running: JoinHandle<Result<(), lenscast::error::ServerError>>,
}

impl TestServer {
    /// Starts a server with these sources on a free port.
    pub fn start(sources: &[&str]) -> Self {
        Self::start_for(sources, DEFAULT_MAX_VIEWERS)
    }

    /// Starts one that takes so many viewers.
    pub fn start_for(sources: &[&str], max_viewers: usize) -> Self {
        let args = Args {
            sources: sources.iter().map(|source| (*source).to_owned()).collect(),
            listen: vec!["127.0.0.1:0".into()],
            max_viewers: Some(max_viewers),
            ..Args::typed(&[])
        };
        Self::start_with(&Config::from_args(&args).expect("the sources of a test are right"))
    }

    /// Starts one with these arguments, on a free port if they do not say which.
    pub fn start_as(words: &[&str]) -> Self {
        let mut args = Args::typed(words);
        if args.listen.is_empty() {
            args.listen.push("127.0.0.1:0".into());
        }
        Self::start_with(&Config::from_args(&args).expect("the arguments of a test are right"))
    }

    /// Starts one with this configuration.
    pub fn start_with(config: &Config) -> Self {
        let server = Server::bind(&without_rtsp(config.clone())).expect("a free port");
        let address = server.addresses()[0];
        #[cfg(feature = "tls")]
        let https = server.https_addresses().first().copied();
        let rtsp = server.rtsp_addresses();
        let at = |port| SocketAddr::new(address.ip(), port);
        let classics =
            server.classics().iter().map(|(_, ports)| (at(ports.page), at(ports.socket))).collect();
        let (stop, stopped) = oneshot::channel();
        let (reloads, configs) = mpsc::channel(1);
        let running = tokio::spawn(server.run_with(async { drop(stopped.await) }, configs));
        Self {
            address,
            #[cfg(feature = "tls")]
            https,
            classics,
            rtsp,
            stop,
            reloads,
            running,
        }
    }

    /// Where it listens for RTSP.
    pub fn rtsp(&self) -> SocketAddr {
        *self.rtsp.first().expect("--rtsp 0")
    }

    /// Gives it another configuration.
    pub async fn reload(&self, config: Config) {
        self.reloads.send(without_rtsp(config)).await.expect("it runs");
    }

    /// Stops it and waits until it has ended.
    pub async fn stop(self) {
        drop(self.stop);
        within("the server ends", self.running).await.expect("it does not panic").expect("it ends well");
    }

    /// The status, as JSON.
    pub async fn status(&self) -> serde_json::Value {
        serde_json::from_slice(&http::get(self.address, "/api/v1/status").await.body).expect("JSON")
    }

    /// Waits until the first camera's status fits.
    pub async fn until_camera(
        &self,
        what: &str,
        fits: impl Fn(&serde_json::Value) -> bool,
    ) -> serde_json::Value {
        within(what, async {
            loop {
                let camera = self.status().await["cameras"][0].take();
                if fits(&camera) {
                    return camera;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }
}

/// The same without RTSP, which is on by default, unless a test asks for a port for it.
fn without_rtsp(config: Config) -> Config {
    let rtsp = if config.rtsp == RtspPort::Default { RtspPort::Off } else { config.rtsp };
    Config { rtsp, ..config }
}

/// Waits for `future`, and fails the test by name if it takes too long.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("not within {PATIENCE:?}: {what}"),
    }
}
