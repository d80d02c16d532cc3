//! A stand-in for rpicam-vid that writes as the real one does, to the byte, and fails as it does.
//!
//! ```text
//! argv ─► options (unknown ones are refused) ┐
//! script beside the program (script.rs) ─────┴─► fail │ list │ version │ play: source ─► stdio or libav ─► stdout
//!                                                                              └─► line ─► --save-pts
//! ```
//! The facts it is made from: one fwrite a frame through glibc's buffer of 4096 bytes and a flush (`stdio.rs`), SPS and PPS
//! in the write of the IDR, a line of `--save-pts` behind the bytes; SIGINT is seen between two frames, and only after
//! the camera has started, and 0.2 to 0.4 s pass then; a closed pipe is an abort; every fatal error is a line on standard error and status 255; a silent
//! sensor is restarted for ever, deaf to SIGINT.

#![allow(clippy::print_stderr, clippy::print_stdout, unreachable_pub, reason = "it is a program")]

#[path = "../support/clip.rs"]
#[allow(dead_code, reason = "the tests use the rest of it")]
mod clip;
mod codec;
mod fail;
mod flv;
mod frames;
#[path = "../support/noise.rs"]
mod noise;
mod options;
mod script;
mod sps;
mod stdio;

use std::{
    fs::File,
    io::Write,
    process::exit,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use codec::Codec;
use frames::Frames;
use options::Options;
use script::Script;
use stdio::Stdout;

fn main() {
    let mut words = std::env::args();
    let name = words.next().unwrap_or_default();
    let script = Script::beside(&name);
    let options = match Options::parse(words) {
        Ok(options) => options,
        Err(error) => fail::fatal(&error),
    };
    if let Some(text) = &script.platform_error {
        eprint!("{text}");
        exit(255);
    }
    if options.has("version") {
        print!("{}", script.version_text());
        return;
    }
    if options.has("list-cameras") {
        print!("{}", Script::when_listed(&name).list());
        return;
    }
    play(&options, &script);
}

/// The event loop.
fn play(options: &Options, script: &Script) {
    eprintln!("[0:05:11.904123456] [1892]  INFO Camera camera_manager.cpp:325 libcamera v0.3.0+65-6ddd79b5");
    let codec = Codec::new(options, script);
    let mut stdout = Stdout::new(options, codec);
    let times = options.value("save-pts").map(|path| {
        let opened = File::create(path);
        opened.unwrap_or_else(|_| fail::fatal(&format!("Failed to open timestamp file {path}")))
    });
    script.fail_at_start();
    eprintln!("{}", Script::selected_mode(options.value("mode")));
    codec.begin();
    std::thread::sleep(Duration::from_millis(script.start_ms));
    let interrupted = interrupted();
    let mut times = Times::new(times, options.has("flush"));
    let mut frames = Frames::new(options, script, codec);
    let started = Instant::now();
    let period = Duration::from_secs_f64(1.0 / options.number("framerate", 30.0));
    for number in 0_u32.. {
        if script.hang_after == Some(number) || script.hang.exists() {
            fail::hang(script);
        }
        if let Some((after, status)) = script.exit_after
            && after == number
        {
            exit(status);
        }
        std::thread::sleep((started + period * number).saturating_duration_since(Instant::now()));
        if interrupted.load(Ordering::Relaxed) {
            return end(codec);
        }
        let Some(unit) = frames.next(number) else {
            // All has been played; the camera goes on without a sound until it is told to end.
            while !interrupted.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(5));
            }
            return end(codec);
        };
        stdout.write(&unit, started.elapsed()).unwrap_or_else(|_| fail::closed_pipe(codec));
        times.line(started.elapsed());
    }
}

/// The camera and the encoder are stopped, which takes its time.
fn end(codec: Codec) {
    std::thread::sleep(Duration::from_millis(codec.end_ms()));
    codec.end();
}

/// Becomes true with SIGINT, from now on; before, it is the end.
fn interrupted() -> Arc<AtomicBool> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&interrupted);
    let (installed, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let interrupt = tokio::signal::unix::SignalKind::interrupt();
            let mut signals = tokio::signal::unix::signal(interrupt).expect("a handler");
            installed.send(()).expect("it waits");
            while signals.recv().await.is_some() {
                eprintln!("Received signal 2");
                seen.store(true, Ordering::Relaxed);
            }
        });
    });
    wait.recv().expect("the handler is there");
    interrupted
}

/// The file of `--save-pts`.
struct Times {
    file: Option<File>,
    /// Without `--flush`, stdio holds lines back until there are so many bytes.
    held: Vec<u8>,
    flush: bool,
    first: Option<Duration>,
}

impl Times {
    fn new(file: Option<File>, flush: bool) -> Self {
        // The head comes with the first line, in one write.
        Self { file, held: b"# timecode format v2\n".to_vec(), flush, first: None }
    }

    fn line(&mut self, at: Duration) {
        let since = at - *self.first.get_or_insert(at);
        let line = format!("{}.{:03}\n", since.as_micros() / 1_000, since.as_micros() % 1_000);
        self.held.extend_from_slice(line.as_bytes());
        self.write_if(self.flush || self.held.len() >= 4096);
    }

    fn write_if(&mut self, now: bool) {
        if let Some(file) = self.file.as_mut().filter(|_| now)
            && file.write_all(&self.held).is_ok()
        {
            self.held.clear();
        }
    }
}
