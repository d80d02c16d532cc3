//! The program: where it is, which version it is, and which cameras it lists.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use rustix::process::Signal;

use super::{
    cameras::{ListedCamera, parse_list},
    diagnosis::Diagnosis,
    settings::Config,
    version::Build,
};
use crate::{
    child::{self, Child, Ending, FindError, GroupGuard, Program, TimestampPipe},
    os_error::in_words,
};

/// The names it has and had.
const NAMES: [&str; 2] = ["rpicam-vid", "libcamera-vid"];
/// How it is ended: SIGTERM would kill it at once, with the camera's buffers in flight.
pub(super) const ENDING: Ending = Ending { signal: Signal::INT, grace: Duration::from_secs(1) };
/// Limit for `--version`, which takes a fraction of a second, also on a Pi Zero.
const VERSION_WITHIN: Duration = Duration::from_secs(10);
/// Limit for `--list-cameras`, which opens and configures every camera.
const LIST_WITHIN: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 256 << 10;

/// Finds the program.
pub(super) fn find(config: &Config) -> Result<PathBuf, String> {
    if let Some(program) = &config.program {
        return Ok(program.clone());
    }
    let search_path = std::env::var_os("PATH");
    for name in NAMES {
        match child::find_program(name, search_path.as_deref()) {
            Ok(path) => return Ok(path),
            Err(FindError::NotExecutable(path)) => {
                return Err(format!("{} is there, but it may not be run", path.display()));
            }
            Err(FindError::NotFound | FindError::NoFile(..)) => {}
        }
    }
    Err("neither rpicam-vid nor libcamera-vid is found in PATH: sudo apt install rpicam-apps installs it on a Raspberry Pi"
        .into())
}

/// The file whose version is known: path, modification time, size.
type Stamp = (PathBuf, SystemTime, u64);

/// The last answer, so that a camera that is run again need not wait for it.
static KNOWN: Mutex<Option<(Stamp, Build)>> = Mutex::new(None);

/// The version of `program`.
pub(super) async fn build(program: &Path) -> Result<Build, String> {
    let stamp = program
        .metadata()
        .and_then(|metadata| Ok((program.to_owned(), metadata.modified()?, metadata.len())))
        .map_err(|error| format!("cannot look at {}: {}", program.display(), in_words(&error)))?;
    let known = || KNOWN.lock().expect("no holder of this lock panics");
    if let Some((_, build)) = known().as_ref().filter(|(known, _)| *known == stamp) {
        return Ok(*build);
    }
    let build = Build::parse(&answer(program, "--version", VERSION_WITHIN).await?.0);
    *known() = Some((stamp, build));
    Ok(build)
}

/// The cameras that libcamera finds here, without USB cameras.
///
/// # Errors
/// A sentence that says why there is no list.
pub async fn list() -> Result<Vec<ListedCamera>, String> {
    list_by(&find(&Config::default())?).await
}

/// The cameras that `program` finds.
pub(super) async fn list_by(program: &Path) -> Result<Vec<ListedCamera>, String> {
    let (text, diagnosis) = answer(program, "--list-cameras", LIST_WITHIN).await?;
    let cameras = parse_list(&text);
    match diagnosis.sentence(0, Instant::now()) {
        Some(sentence) if cameras.is_empty() => Err(sentence),
        _ => Ok(cameras),
    }
}

/// What `program` prints when it is run with `argument`.
async fn answer(program: &Path, argument: &str, within: Duration) -> Result<(String, Diagnosis), String> {
    let cannot =
        |error: std::io::Error| format!("cannot run {} {argument}: {}", program.display(), in_words(&error));
    let diagnosis = Arc::new(Mutex::new(Diagnosis::default()));
    let heard = Arc::clone(&diagnosis);
    let mut child = Child::start(
        Program {
            name: program.display().to_string(),
            arguments: vec![argument.to_owned()],
            ending: ENDING,
            descriptor_3: TimestampPipe::Nothing,
            guard: GroupGuard::None,
            on_line: Box::new(move |line| {
                heard.lock().expect("no holder of this lock panics").line(line, Instant::now());
            }),
        },
        "",
    )
    .await
    .map_err(cannot)?;
    let text = tokio::time::timeout(within, child.text(ANSWER_BYTES)).await;
    child.end().await;
    let diagnosis = diagnosis.lock().expect("no holder of this lock panics").clone();
    match text {
        Ok(Ok(text)) => Ok((text, diagnosis)),
        Ok(Err(error)) => Err(cannot(error)),
        Err(_) => {
            Err(format!("{} {argument} has not answered for {} s", program.display(), within.as_secs()))
        }
    }
}
