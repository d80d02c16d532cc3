//! The reference broadcaster: the least that a program can do to send a camera to many WebSockets. It is the floor.
//!
//! ```text
//! camera ─packet pipe─► one epoll thread ─► header once, then one plain send() a viewer and frame
//! ```
//! One thread, no cache, no limits, no time-outs, no answers. The end of an access unit is known from the pipe: it keeps
//! the borders of writes, and only the last write of a unit is not a multiple of the block. A viewer whose socket is
//! full gets the rest of what was begun and misses frames until then.

use std::{
    io::{self, ErrorKind, Read},
    net::{SocketAddr, TcpListener, TcpStream},
    os::fd::{AsFd, OwnedFd},
    process::{Command, Stdio},
};

use base64::Engine;
use lenscast_media::websocket;
use rustix::{
    event::epoll,
    net::SendFlags,
    pipe::{PipeFlags, fcntl_setpipe_size, pipe_with},
};
use sha1::{Digest, Sha1};

use crate::{Outcome, camera::Profile, sys::process};

/// What RFC 6455 section 1.3 appends to the client's key.
const KEY_SUFFIX: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const BLOCK_BYTES: usize = 4096;
const PIPE_BYTES: usize = 1 << 20;
const LISTENER: u64 = u64::MAX;
const CAMERA: u64 = u64::MAX - 1;

/// The reference broadcaster as a program.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// Where to listen; every path is the stream.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8001")]
    pub(crate) listen: SocketAddr,
    /// What the camera films.
    #[arg(long, value_enum, default_value = "vga")]
    pub(crate) profile: Profile,
    /// The camera's microseconds from one picture to the next
    #[arg(long, default_value_t = crate::camera::FRAME_NS / 1000)]
    pub(crate) frame_us: u64,
}

/// Broadcasts until the camera ends.
pub(crate) fn run(options: &Options) -> Outcome<()> {
    process::end_with_parent();
    process::raise_file_limit();
    let (from_camera, to_reference) = pipe_with(PipeFlags::DIRECT | PipeFlags::CLOEXEC)?;
    fcntl_setpipe_size(&from_camera, PIPE_BYTES)?;
    let listener = TcpListener::bind(options.listen)?;
    rustix::net::listen(&listener, 1024)?;
    listener.set_nonblocking(true)?;
    let mut camera = Command::new(std::env::current_exe()?)
        .args(["camera", "--profile", options.profile.name(), "--frame-us"])
        .arg(options.frame_us.to_string())
        .stdin(Stdio::null())
        .stdout(to_reference)
        .spawn()?;
    let outcome = Broadcaster::new(listener, from_camera).and_then(|mut broadcaster| broadcaster.run());
    let _ = camera.kill();
    let _ = camera.wait();
    Ok(outcome?)
}

struct Viewer {
    stream: TcpStream,
    request: Vec<u8>,
    is_open: bool,
    /// What is left of a message that has begun.
    rest: Vec<u8>,
}

struct Broadcaster {
    epoll: OwnedFd,
    listener: TcpListener,
    camera: OwnedFd,
    viewers: Vec<Option<Viewer>>,
    unit: Vec<u8>,
    message: Vec<u8>,
}

impl Broadcaster {
    fn new(listener: TcpListener, camera: OwnedFd) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
        epoll::add(&epoll, &camera, epoll::EventData::new_u64(CAMERA), epoll::EventFlags::IN)?;
        Ok(Self { epoll, listener, camera, viewers: Vec::new(), unit: Vec::new(), message: Vec::new() })
    }

    fn run(&mut self) -> io::Result<()> {
        let mut events = Vec::with_capacity(256);
        let mut buffer = vec![0; PIPE_BYTES];
        loop {
            events.clear();
            match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    CAMERA => {
                        let read = rustix::io::read(&self.camera, &mut buffer[..])?;
                        if read == 0 {
                            return Ok(());
                        }
                        self.unit.extend_from_slice(&buffer[..read]);
                        if !read.is_multiple_of(BLOCK_BYTES) {
                            self.broadcast();
                        }
                    }
                    index => self.serve(index as usize),
                }
            }
        }
    }

    fn broadcast(&mut self) {
        self.message.clear();
        self.message.extend_from_slice(&websocket::binary(&self.unit));
        self.unit.clear();
        for index in 0..self.viewers.len() {
            let Some(viewer) =
                self.viewers[index].as_mut().filter(|viewer| viewer.is_open && viewer.rest.is_empty())
            else {
                continue;
            };
            match send(&viewer.stream, &self.message) {
                Ok(sent) if sent == self.message.len() => {}
                Ok(0) => {}
                Ok(sent) => {
                    viewer.rest.extend_from_slice(&self.message[sent..]);
                    watch(&self.epoll, &viewer.stream, index, true);
                }
                Err(_) => self.viewers[index] = None,
            }
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let (stream, _) = match self.listener.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let index = self.viewers.iter().position(Option::is_none).unwrap_or_else(|| {
                self.viewers.push(None);
                self.viewers.len() - 1
            });
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(&self.epoll, &stream, data, epoll::EventFlags::IN)?;
            self.viewers[index] =
                Some(Viewer { stream, request: Vec::new(), is_open: false, rest: Vec::new() });
        }
    }

    /// A viewer's socket has something to read, or room for the rest of a message.
    fn serve(&mut self, index: usize) {
        let Some(viewer) = self.viewers[index].as_mut() else {
            return;
        };
        if viewer.talk().is_err() {
            self.viewers[index] = None;
        } else if viewer.rest.is_empty() {
            watch(&self.epoll, &viewer.stream, index, false);
        }
    }
}

impl Viewer {
    fn talk(&mut self) -> io::Result<()> {
        let mut bytes = [0; 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) if !self.is_open => {
                self.request.extend_from_slice(&bytes[..read]);
                if self.request.ends_with(b"\r\n\r\n") {
                    send(&self.stream, answer(&self.request).as_bytes())?;
                    self.is_open = true;
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if !self.rest.is_empty() {
            let sent = send(&self.stream, &self.rest)?;
            self.rest.drain(..sent);
        }
        Ok(())
    }
}

/// Bytes that the socket took without waiting.
fn send(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    match rustix::net::send(stream, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
        Ok(sent) => Ok(sent),
        Err(rustix::io::Errno::AGAIN) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

fn watch(epoll: &impl AsFd, stream: &TcpStream, index: usize, for_room: bool) {
    let flags = if for_room { epoll::EventFlags::IN | epoll::EventFlags::OUT } else { epoll::EventFlags::IN };
    let _ = epoll::modify(epoll, stream, epoll::EventData::new_u64(index as u64), flags);
}

fn answer(request: &[u8]) -> String {
    let request = String::from_utf8_lossy(request);
    let key = request.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim())
    });
    let mut sha1 = Sha1::new();
    sha1.update(key.unwrap_or_default());
    sha1.update(KEY_SUFFIX);
    let accept = base64::engine::general_purpose::STANDARD.encode(sha1.finalize());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}
