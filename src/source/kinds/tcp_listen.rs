//! A TCP connection that a camera makes to us, such as `rpicam-vid -o tcp://…`.
//!
//! One camera at a time. A second connection is refused while the first one sends bytes, and replaces it once it has been
//! silent for [`SILENT_AFTER`]: a camera that lost power reconnects without having closed its old connection.

use std::{
    net::SocketAddr,
    net::ToSocketAddrs,
    os::fd::{AsFd, BorrowedFd},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    net::{TcpListener, TcpStream},
    time::Instant,
};

use crate::{
    hub::{CameraState, Reason, Trouble},
    source::{
        error::SourceError,
        ingest::{
            boundary_signs::Cuts,
            byte_stream::{Input, publish},
            timeouts::Silence,
        },
        kind::Kind,
        run::Run,
        typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
    },
};

/// A connection that was silent for this long is replaced by a new one.
const SILENT_AFTER: Duration = Duration::from_secs(2);

/// Where we listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Address and port.
    pub address: SocketAddr,
    /// Format of the bytes; detected from the first ones if not given.
    pub format: Option<InputFormat>,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "tcp-listen://{}", self.address)
    }
}

impl Kind for Config {
    const CAN_RUN_ON_DEMAND: bool = false;

    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        let resolved = spec.host_and_port()?.to_socket_addrs().ok().and_then(|mut all| all.next());
        let address =
            resolved.ok_or_else(|| spec.wrong_rest("an address of this machine, such as //0.0.0.0:8888"))?;
        Ok(Self { address, format: spec.input_format()? })
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let listener = TcpListener::bind(config.address)
        .await
        .map_err(SourceError::io(format!("cannot listen on {}", config.address)))?;
    let mut waiting = None;
    let mut reason = format!("Waiting for a camera to connect to {config}");
    loop {
        let (stream, remote) = match waiting.take() {
            Some(connection) => connection,
            None => {
                let reason = Reason::new(Trouble::NotConnected, reason);
                run.publisher.set_state(CameraState::Offline { reason, retry_at: None });
                tokio::select! {
                    () = run.stop.cancelled() => return Ok(()),
                    accepted = listener.accept() => accepted.map_err(SourceError::io(config.to_string()))?,
                }
            }
        };
        tracing::info!(camera = run.publisher.camera(), %remote, "camera connected to {config}");
        run.publisher.set_state(CameraState::Starting);
        let heard = Arc::new(Mutex::new(Instant::now()));
        let mut stream = Listening { stream, heard: Arc::clone(&heard) };
        let what = format!("the camera at {remote}");
        let input =
            Input { format: config.format, cuts: Cuts::Arbitrary, silence: Silence::GiveUp, times: None };
        let outcome = tokio::select! {
            outcome = publish(&mut stream, input, &what, &mut run) => outcome,
            replacement = replacement(&listener, &heard) => {
                waiting = Some(replacement);
                Ok(())
            }
        };
        run.publisher.end_run();
        if run.stop.is_cancelled() {
            return Ok(());
        }
        if let Err(error) = &outcome {
            tracing::warn!(camera = run.publisher.camera(), "camera connection ended: {error}");
        }
        reason = match outcome {
            Err(error) => format!("{error}; waiting for a camera to connect to {config}"),
            Ok(()) => String::new(),
        };
    }
}

/// Waits for a connection that may replace the present one, which last sent bytes at `heard`.
async fn replacement(listener: &TcpListener, heard: &Mutex<Instant>) -> (TcpStream, SocketAddr) {
    loop {
        let Ok((stream, remote)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let silent = heard.lock().map_or(Duration::ZERO, |heard| heard.elapsed());
        if silent >= SILENT_AFTER {
            return (stream, remote);
        }
        tracing::warn!(%remote, "connection refused: another camera is connected");
    }
}

/// A connection that records when it last sent bytes.
struct Listening {
    stream: TcpStream,
    heard: Arc<Mutex<Instant>>,
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

impl AsyncRead for Listening {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        let polled = std::pin::Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_ready() {
            *self.heard.lock().expect("no holder of this lock panics") = Instant::now();
        }
        polled
    }
}
