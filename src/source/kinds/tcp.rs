//! A TCP connection that we make to a camera that listens, such as `rpicam-vid --listen -o tcp://…`.

use std::time::Duration;

use tokio::net::TcpStream;

use crate::source::{
    error::SourceError,
    ingest::{
        boundary_signs::Cuts,
        byte_stream::{Input, publish},
        timeouts::Silence,
    },
    kind::Kind,
    run::Run,
    typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
};

/// Limit for connecting.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Where the camera listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `HOST:PORT`; the name is looked up at each attempt.
    pub address: String,
    /// Format of the bytes; detected from the first ones if not given.
    pub format: Option<InputFormat>,
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "tcp://{}", self.address)
    }
}

impl Kind for Config {
    const CAN_RUN_ON_DEMAND: bool = false;

    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        Ok(Self { address: spec.host_and_port()?.to_owned(), format: spec.input_format()? })
    }

    fn input_format(&self) -> Option<InputFormat> {
        self.format
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let what = config.to_string();
    let connect = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(&config.address));
    let connected = tokio::select! {
        () = run.stop.cancelled() => return Ok(()),
        connected = connect => connected,
    };
    let mut stream = connected
        .unwrap_or_else(|_| Err(std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer within 5 s")))
        .map_err(SourceError::io(format!("cannot connect to {what}")))?;
    tracing::info!(camera = run.publisher.camera(), "connected to {what}");
    let input = Input { format: config.format, cuts: Cuts::Arbitrary, silence: Silence::GiveUp, times: None };
    publish(&mut stream, input, &format!("the connection to {what}"), &mut run).await
}
