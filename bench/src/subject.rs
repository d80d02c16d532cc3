//! The program under measurement: the server or the reference, with its camera.

use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use rustls::ClientConfig;

use crate::{
    Outcome,
    camera::Profile,
    https::Https,
    sys::{
        clock,
        held_address::HeldAddress,
        process::{self, Memory, with_subject_rank},
    },
};

/// From the start of a program until it listens, at most.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);
/// A request for the status is answered by then.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);
/// From the wish to stop to the end, before it is killed.
const ENDS_WITHIN: Duration = Duration::from_secs(3);

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// The floor.
    Reference,
    /// Lenscast.
    Server,
}

impl Kind {
    /// Its name in tables.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Server => "server",
        }
    }
}

/// How the camera's bytes reach the server. The reference always has a packet pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feed {
    /// The server runs the camera (`exec:`).
    Exec,
    /// The camera writes into the server's standard input.
    Stdin,
    /// The server connects to the camera.
    Tcp,
}

/// What to start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup<'a> {
    /// Server or reference.
    pub(crate) kind: Kind,
    /// What the camera films.
    pub(crate) profile: Profile,
    /// The camera's way.
    pub(crate) feed: Feed,
    /// The server's program.
    pub(crate) server: &'a Path,
    /// Where it listens.
    pub(crate) listen: IpAddr,
    /// Whether the server has HTTPS, too.
    pub(crate) tls: bool,
}

/// A running program, ended when this is dropped.
pub(crate) struct Subject {
    child: Child,
    camera: Option<Camera>,
    held: HeldAddress,
    https: Option<Https>,
    has_rank: bool,
}

impl Subject {
    /// Starts it in this thread's network namespace and waits until it listens.
    pub(crate) fn start(setup: Setup<'_>) -> Outcome<Self> {
        let held = HeldAddress::at(setup.listen)?;
        let address = held.address();
        let is_encrypted = setup.tls && setup.kind == Kind::Server;
        let https = is_encrypted.then(|| Https::at(setup.listen)).transpose()?;
        let (started, has_rank) = with_subject_rank(|| spawn(setup, address, https.as_ref()));
        let (child, camera) = started?;
        let mut subject = Self { child, camera, held, https, has_rank };
        let begun = Instant::now();
        while let Err(error) = TcpStream::connect(address) {
            if let Some(status) = subject.child.try_wait()? {
                return Err(format!("the {} ended at its start: {status}", setup.kind.name()).into());
            }
            if begun.elapsed() > LISTENS_WITHIN {
                return Err(format!("the {} does not listen: {error}", setup.kind.name()).into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(subject)
    }

    /// Where its viewers connect.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.held.address()
    }

    /// Where viewers connect that speak TLS if it does, and what they trust then.
    pub(crate) fn viewers_address(&self) -> Outcome<(SocketAddr, Option<Arc<ClientConfig>>)> {
        match &self.https {
            Some(https) => Ok((https.address(), Some(https.client()?))),
            None => Ok((self.address(), None)),
        }
    }

    /// Whether it runs before other work on this machine.
    pub(crate) const fn has_rank(&self) -> bool {
        self.has_rank
    }

    /// CPU time used so far, without its camera.
    pub(crate) fn cpu_ns(&self) -> io::Result<u64> {
        clock::cpu_ns(self.child.id())
    }

    /// Memory it has now.
    pub(crate) fn memory(&self) -> io::Result<Memory> {
        process::memory(self.child.id())
    }

    /// Viewers of the first camera, as the server counts them (`/api/v1/status`).
    pub(crate) fn viewers(&self) -> Outcome<usize> {
        let mut connection = TcpStream::connect(self.address())?;
        connection.set_read_timeout(Some(ANSWERS_WITHIN))?;
        connection.write_all(b"GET /api/v1/status HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").ok_or("the status has no body")?.1;
        let status: serde_json::Value = serde_json::from_str(body)?;
        let viewers = status.pointer("/cameras/0/tracks/0/viewers").and_then(serde_json::Value::as_array);
        Ok(viewers.ok_or("the status has no list of viewers")?.len())
    }

    /// Asks it to end.
    pub(crate) fn ask_to_stop(&self) -> io::Result<()> {
        process::signal(self.child.id(), Signal::TERM)
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.ask_to_stop();
        let begun = Instant::now();
        while !self.has_ended() && begun.elapsed() < ENDS_WITHIN {
            std::thread::sleep(Duration::from_millis(5));
        }
        for child in [Some(&mut self.child), self.camera.as_mut().map(|camera| &mut camera.child)]
            .into_iter()
            .flatten()
        {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A camera that runs beside the program, and the address where it waits for it.
struct Camera {
    child: Child,
    _held: Option<HeldAddress>,
}

fn spawn(setup: Setup<'_>, address: SocketAddr, https: Option<&Https>) -> Outcome<(Child, Option<Camera>)> {
    let bench = std::env::current_exe()?;
    let profile = setup.profile.name();
    let quiet = |command: &mut Command| {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    };
    let camera = |tcp: Option<SocketAddr>| {
        let mut command = Command::new(&bench);
        command.args(["camera", "--profile", profile]).stdin(Stdio::null()).stdout(Stdio::piped());
        if let Some(address) = tcp {
            command.args(["--tcp", &address.to_string()]);
        }
        command.spawn()
    };
    if setup.kind == Kind::Reference {
        let mut command = Command::new(&bench);
        command.args(["reference", "--profile", profile, "--listen", &address.to_string()]);
        quiet(command.stdin(Stdio::null()));
        return Ok((command.spawn()?, None));
    }
    let mut command = Command::new(setup.server);
    command.args(https.into_iter().flat_map(Https::arguments));
    command.args(["--listen", &address.to_string(), "--source"]);
    let mut other = None;
    match setup.feed {
        Feed::Exec => {
            let bench = bench.to_str().ok_or("the path of this program is not UTF-8")?;
            command.arg(format!("exec:'{bench}' camera --profile {profile}")).stdin(Stdio::null());
        }
        Feed::Stdin => {
            let mut camera = camera(None)?;
            command.arg("-").stdin(camera.stdout.take().ok_or("the camera has no output")?);
            other = Some(Camera { child: camera, _held: None });
        }
        Feed::Tcp => {
            let held = HeldAddress::at(setup.listen)?;
            let listens = held.address();
            other = Some(Camera { child: camera(Some(listens))?, _held: Some(held) });
            // The first picture is encoded before the camera listens.
            std::thread::sleep(Duration::from_secs(1));
            command.arg(format!("tcp://{listens}")).stdin(Stdio::null());
        }
    }
    quiet(&mut command);
    let child =
        command.spawn().map_err(|error| format!("cannot start {}: {error}", setup.server.display()))?;
    Ok((child, other))
}

/// Loopback.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
