//! ffmpeg's programs as judges of what we make.

use std::{
    io::Write,
    process::{Command, Stdio},
};

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
