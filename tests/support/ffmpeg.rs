//! ffmpeg's programs as judges of what we make, and stand-ins for the ffmpeg that the server runs.

use std::{
    io::Write,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use super::program::{lenscast, serving};

/// What `program` (ffmpeg or ffprobe) writes when it reads `input` from its standard input; it must find no fault.
pub fn judged(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(["-v", "error", "-err_detect", "explode"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("ffmpeg is there");
    let mut stdin = child.stdin.take().expect("a pipe");
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads all");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "nothing to complain about");
    output.stdout
}

/// The program with this source and another ffmpeg: a shell script, in which `$PATH` has the real one.
pub fn serving_with_ffmpeg(folder: &Path, script: &str, source: &str) -> (Child, SocketAddr) {
    let path = folder.join("ffmpeg");
    let usual = std::env::var("PATH").expect("it is set");
    std::fs::write(&path, format!("#!/bin/sh\nPATH='{usual}'\n{script}\n")).expect("it is written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
    let mut command = lenscast(&["--source", source, "--listen", "127.0.0.1:0"]);
    serving(command.env("PATH", format!("{}:{usual}", folder.display())))
}
