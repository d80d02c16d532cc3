//! A server with users and links, and the credentials of each.

use std::{path::Path, process::Stdio};

use base64::{Engine, engine::general_purpose::STANDARD};
use lenscast::{
    access::{CheckedHash, LinkName, Right, command},
    args::Args,
    config::Config,
};

/// Cheap to check: its parameters are the smallest that argon2 takes. It is the hash of [`PASSWORD`].
pub fn cheap_hash() -> String {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let argon2 =
        Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).expect("allowed"));
    let hash: argon2::password_hash::phc::PasswordHash =
        argon2.hash_password_with_salt(PASSWORD.as_bytes(), b"salt of a test!!").expect("it may be hashed");
    let hash = hash.to_string();
    assert!(CheckedHash::new(&hash).is_ok());
    hash
}

/// Everybody's password.
pub const PASSWORD: &str = "correct horse";

/// Two cameras; anna may do everything, and tv may watch one of them.
pub fn users() -> String {
    let hash = cheap_hash();
    format!(
        "[[camera]]\nname = \"door\"\nsource = \"test,size=160x120\"\n\n\
         [[camera]]\nname = \"shed\"\nsource = \"test,size=160x120\"\n\n\
         [[user]]\nname = \"anna\"\npassword_hash = \"{hash}\"\nmay = \"admin\"\n\n\
         [[user]]\nname = \"tv\"\npassword_hash = \"{hash}\"\ncameras = [\"shed\"]\n"
    )
}

/// The checked configuration of a file with this text, with a state folder of its own.
pub fn configuration(folder: &Path, text: &str, words: &[&str]) -> Config {
    let path = folder.join("lenscast.toml");
    std::fs::write(&path, text).expect("a folder of our own");
    let words = [&["--listen", "127.0.0.1:0"], words].concat();
    let args = Args { config: Some(path), state: Some(state(folder)), ..Args::typed(&words) };
    Config::from_args(&args).expect(text)
}

/// The state folder.
pub fn state(folder: &Path) -> std::path::PathBuf {
    folder.join("state")
}

/// A link's token as `lenscast link` makes it.
pub fn link(folder: &Path, camera: Option<&str>, seconds: Option<u64>, name: &str) -> String {
    let name: LinkName = name.parse().expect("a name");
    command::link(&state(folder), camera.map(str::to_owned), Right::View, seconds, name).expect("a key")
}

/// The value of `Authorization` for a name and a password.
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// A child whose standard input holds a password.
pub fn with_password(command: &mut std::process::Command, password: &str) -> std::process::Output {
    use std::io::Write;
    let mut child = command.stdin(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    writeln!(stdin, "{password}").expect("it reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}
