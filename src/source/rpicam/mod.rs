//! A Raspberry Pi camera, read through rpicam-vid (formerly libcamera-vid).
//!
//! ```text
//! Config ─► installed: which program, which version ─┐
//!           machine: which pipeline                  ├─► command_line ─► child ─► byte_stream ─► Publisher
//!                                                    ┘                     └ standard error ─► diagnosis
//! ```
//! rpicam-vid does not always end when the camera does. When the sensor stops, it keeps running without pictures and ignores
//! SIGINT; when the encoder loses a frame, it hangs for good. So the pictures are watched, not the process: when none comes
//! for the time that `watch` gives, it is ended, killed if necessary, and run again.
//! It is ended by SIGINT, which it obeys between two pictures. Its output stays open until then, since it aborts otherwise.

mod arguments;
mod cameras;
mod command_line;
mod diagnosis;
mod installed;
mod machine;
mod mode;
mod parse;
mod raw;
mod rows;
mod settings;
mod spec;
mod table;
mod version;
mod words;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use lenscast_media::{input::Format, picture::Size, pixels::Matrix, rendition::Rendition};
use tokio::io::AsyncReadExt;

pub use self::{
    cameras::{ListedCamera, ListedMode, parse_list},
    installed::list,
    mode::{Mode, Region},
    settings::{Config, SettingError},
    words::{Awb, Denoise, Encoder, Exposure, Focus, FocusRange, FocusSpeed, Hdr, Metering, Profile},
};
use self::{
    command_line::Output, diagnosis::Diagnosis, installed::ENDING, machine::Machine, rows::RowFinder,
};
use super::{
    error::SourceError,
    ingest::{
        boundary_signs::Cuts,
        byte_stream::{Input, publish_in_matrix},
        raw_pictures,
        timeouts::{Silence, Watch},
    },
    kind::Kind,
    run::Run,
    typed::{error::SpecError, input_format::InputFormat, spec::SourceSpec},
};
use crate::child::{Child, GroupGuard, Program, TimestampPipe};

/// From its start to its first picture: libcamera loads, the sensor is set up, exposure settles.
const FIRST_PICTURE_WITHIN: Duration = Duration::from_secs(15);
/// Pictures that may be missing.
const MISSING_PICTURES: f32 = 5.0;
/// The shortest silence that ends a run, however high the rate.
const LEAST_SILENCE: Duration = Duration::from_secs(2);

/// The matrix of the H.264: rpicam-vid asks for BT.709 from 720 lines or 1280 columns on, and for BT.601 below. libav writes it
/// into the stream, the hardware encoder of a Pi 0 to 4 writes none.
const fn matrix_of(size: Size) -> Matrix {
    if size.width() >= 1280 || size.height() >= 720 { Matrix::Bt709 } else { Matrix::Bt601 }
}

/// How long a camera of this rate may show nothing.
fn watch(frames_per_second: f32) -> Watch {
    let missing = Duration::from_secs_f32(MISSING_PICTURES / frames_per_second);
    Watch { first: FIRST_PICTURE_WITHIN, next: missing.max(LEAST_SILENCE) }
}

impl std::fmt::Display for Config {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Raspberry Pi camera {}", self.camera)
    }
}

impl Kind for Config {
    fn from_spec(spec: &SourceSpec) -> Result<Self, SpecError> {
        spec::from_spec(spec)
    }

    fn origin(&self) -> Rendition {
        if self.encoder == Encoder::Builtin { Rendition::RAW_VIDEO } else { Rendition::H264 }
    }

    fn bits_per_second(&self) -> Option<u32> {
        Some(self.bitrate_bps())
    }

    async fn run(&self, run: Run<'_>) -> Result<(), SourceError> {
        run_once(self, run).await
    }
}

async fn run_once(config: &Config, mut run: Run<'_>) -> Result<(), SourceError> {
    let stop = run.stop.clone();
    let started = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        started = start(config, run.publisher.camera()) => started,
    };
    let Started { mut child, output, what, diagnosis, rows } = started?;
    let outcome = match output {
        Output::Pictures => publish_pictures(config, &mut child, rows, &what, &mut run).await,
        Output::Flv | Output::AnnexBAndTimes => {
            let format = if output == Output::Flv { Format::Flv } else { Format::H264 };
            let input = Input {
                format: Some(InputFormat::Coded(format)),
                cuts: Cuts::Writes,
                silence: Silence::Watch(watch(config.frames_per_second)),
                times: child.times.take(),
            };
            let matrix = Some(matrix_of(config.size));
            publish_in_matrix(&mut child.stdout, input, matrix, &what, &mut run).await
        }
    };
    let ended = child.end().await;
    let Err(error) = outcome else { return Ok(()) };
    let heard = diagnosis.lock().expect("no holder of this lock panics");
    if let Some(sentence) = heard.sentence(config.camera, Instant::now()) {
        return Err(SourceError::Camera(sentence));
    }
    let last_words = heard.last_words(Instant::now()).map_or_else(String::new, |words| format!(": {words}"));
    Err(match error {
        SourceError::Ended { .. } if last_words.is_empty() => {
            SourceError::Camera(format!("{what} {} and gave no reason", ended.how()))
        }
        SourceError::Ended { .. } => SourceError::Camera(format!("{what} {}{last_words}", ended.how())),
        SourceError::Silent { seconds, .. } => SourceError::Camera(format!(
            "{what} has given no picture for {seconds} s and is restarted{last_words}"
        )),
        error => error,
    })
}

/// Publishes raw pictures, once the first of them has shown how long its rows are.
async fn publish_pictures(
    config: &Config,
    child: &mut Child,
    rows: RowFinder,
    what: &str,
    run: &mut Run<'_>,
) -> Result<(), SourceError> {
    let watch = watch(config.frames_per_second);
    let stop = run.stop.clone();
    let (layout, bytes) = tokio::select! {
        () = stop.cancelled() => return Ok(()),
        first = raw::first_picture(&mut child.stdout, rows, watch.first, what) => first?,
    };
    let mut reader = std::io::Cursor::new(bytes).chain(&mut child.stdout);
    raw_pictures::publish(&mut reader, raw::format(config, layout), Silence::Watch(watch), what, run).await
}

/// A camera that has been started.
struct Started {
    child: Child,
    output: Output,
    /// Its program, for a person.
    what: String,
    diagnosis: Arc<Mutex<Diagnosis>>,
    /// Looks for the rows of raw pictures.
    rows: RowFinder,
}

async fn start(config: &Config, camera: &str) -> Result<Started, SourceError> {
    let program = installed::find(config).map_err(SourceError::Camera)?;
    let build = installed::build(&program).await.map_err(SourceError::Camera)?;
    let machine = Machine::read(Path::new("/"));
    let line = command_line::build(config, &machine, build).map_err(SourceError::Camera)?;
    let what = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let version =
        build.version.map_or_else(|| "of unknown version".to_owned(), |version| version.to_string());
    tracing::debug!(camera, ?machine, "starting {what} {version}: {}", line.arguments.join(" "));
    let diagnosis = Arc::new(Mutex::new(Diagnosis::default()));
    let on_line = listener(&diagnosis, config, camera);
    let descriptor_3 = match line.output {
        Output::AnnexBAndTimes => TimestampPipe::Times,
        Output::Flv | Output::Pictures => TimestampPipe::Nothing,
    };
    let child = Child::start(
        Program {
            name: program.display().to_string(),
            arguments: line.arguments,
            ending: ENDING,
            descriptor_3,
            guard: GroupGuard::None,
            on_line,
        },
        camera,
    )
    .await
    .map_err(SourceError::io(format!("cannot start {what}")))?;
    let rows = RowFinder::new(config.size, raw::usual_padding(&machine));
    Ok(Started { child, output: line.output, what, diagnosis, rows })
}

/// Hears what the program says: troubles, and a mode of the sensor that is not the one that was asked for.
fn listener(diagnosis: &Arc<Mutex<Diagnosis>>, config: &Config, camera: &str) -> Box<dyn FnMut(&str) + Send> {
    let (heard, mut asked, camera) = (Arc::clone(diagnosis), config.mode, camera.to_owned());
    Box::new(move |line| {
        heard.lock().expect("no holder of this lock panics").line(line, Instant::now());
        if let (Some(mode), Some(selected)) = (asked, Mode::selected(line)) {
            if !mode.is_met_by(selected) {
                tracing::warn!(
                    camera,
                    "the sensor has no mode {}, so rpicam-vid uses its mode {}: lenscast cameras lists them",
                    mode.as_setting(),
                    selected.as_setting()
                );
            }
            asked = None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_bt601_and_large_ones_bt709() {
        let table = [
            ("640x480", Matrix::Bt601),
            ("1278x718", Matrix::Bt601),
            ("1280x720", Matrix::Bt709),
            ("1280x480", Matrix::Bt709),
            ("960x720", Matrix::Bt709),
            ("1920x1080", Matrix::Bt709),
        ];
        for (size, matrix) in table {
            assert_eq!(matrix_of(size.parse().expect("a size")), matrix, "{size}");
        }
    }

    #[test]
    fn silence_is_two_seconds_or_five_pictures() {
        for (rate, expected_ms) in [(30.0, 2_000), (2.5, 2_000), (2.0, 2_500), (1.0, 5_000)] {
            assert_eq!(watch(rate).next.as_millis(), expected_ms, "{rate}");
        }
    }
}
