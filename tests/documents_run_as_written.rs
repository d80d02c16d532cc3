//! The commands in README.md and docs/*.md run as they are written.
//!
//! ```text
//! ```sh block ─► line ─► commands of a pipeline ─► lenscast: our own parser and checks, its exec: commands included
//!                                               └─► ffmpeg: run on a clip, and what it writes is looked at
//! ```toml block ─► the check of a configuration
//! ```
//! What a machine may lack is no fault here: cameras, files, programs. An address or a screen is replaced by a clip.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Parser;
use lenscast::{
    args::Args,
    config::Config,
    error::ServerError,
    source::{SourceSpec, SpecError},
};
use lenscast_media::input::sniff::{Guess, looks_like};

/// Programs that the documents name and that are not run here.
const OTHERS: [&str; 18] = [
    "cargo",
    "cd",
    "curl",
    "ffplay",
    "ffprobe",
    "git",
    "kill",
    "ln",
    "mpv",
    "node",
    "npm",
    "rpicam-vid",
    "libcamera-vid",
    "scp",
    "ssh",
    "sudo",
    "vlc",
    "systemctl",
];

/// The text of every block in `language`, with its file.
fn blocks(language: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs =
        fs::read_dir(root.join("docs")).expect("a folder").map(|entry| entry.expect("an entry").path());
    let files =
        docs.chain([root.join("README.md")]).filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("UTF-8");
        let begin = format!("```{language}\n");
        let parts = text.split(&begin).skip(1).filter_map(|rest| rest.split("\n```").next());
        found.extend(parts.map(|part| (file.clone(), part.replace("\\\n", " "))));
    }
    found
}

/// The commands of a line: those of a pipeline, and those behind `&&`. A comment is left out.
fn commands(line: &str) -> Vec<Vec<String>> {
    let words = shlex::split(line).unwrap_or_else(|| panic!("quotes that are not closed: {line}"));
    let commands = words.split(|word| word == "|" || word == "&&").map(<[String]>::to_vec);
    commands.filter(|words| !words.is_empty()).collect()
}

/// Fails if `error` is about anything but what a machine may lack.
fn lacks_hardware_only(error: &SpecError, place: &str) {
    use SpecError::{CommandNotExecutable, CommandNotFound, CommandNotThere, File, NoProgram};
    let is_lack = matches!(
        error,
        CommandNotFound(_) | CommandNotExecutable(_) | CommandNotThere { .. } | File { .. } | NoProgram(_)
    );
    assert!(is_lack, "{place}: {error}");
}

fn lenscast_parses(words: &[String], place: &str, clip: &Path) {
    let args = Args::try_parse_from(words).unwrap_or_else(|error| panic!("{place}: {error}"));
    for source in &args.sources {
        let spec: SourceSpec = source.parse().unwrap_or_else(|error| panic!("{place}: {error}"));
        if let Err(error) = spec.check() {
            lacks_hardware_only(&error, place);
        }
        if let Some((kind, command)) = source.split_once(':').filter(|(kind, _)| kind.contains("exec")) {
            let words = shlex::split(command).expect(place);
            if words[0] == "ffmpeg" {
                ffmpeg_writes_video(&words, kind, place, clip);
            }
        }
    }
}

/// The words of an ffmpeg command whose input is replaced by a clip, or by pictures in RGB, as those of a screen are.
fn with_a_clip(words: &[String], clip: &Path) -> Vec<String> {
    let input = words.iter().position(|word| word == "-i").expect("an input");
    let of_a_screen = words[..input].iter().any(|word| word == "x11grab");
    let replaced = if of_a_screen {
        "-f lavfi -i testsrc=size=64x48:rate=10:duration=1".to_owned()
    } else {
        format!("-i {}", clip.display())
    };
    let common = "-nostdin -v error".split(' ').chain(replaced.split(' ')).map(str::to_owned);
    common.chain(words[input + 2..].iter().cloned()).collect()
}

fn ffmpeg_writes_video(words: &[String], kind: &str, place: &str, clip: &Path) {
    let words = with_a_clip(words, clip);
    let output = Command::new("ffmpeg").args(&words).output().expect("ffmpeg");
    assert!(output.status.success(), "{place}: {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    let bytes = output.stdout;
    if kind.contains("yuv420p") {
        let option = |name: &str| {
            kind.split(',').find_map(|option| option.strip_prefix(name)).expect(place).to_owned()
        };
        let (width, height) =
            option("size=").split_once('x').map(|(w, h)| (w.to_owned(), h.to_owned())).expect(place);
        let picture = width.parse::<usize>().expect(place) * height.parse::<usize>().expect(place) * 3 / 2;
        let rate: usize = option("rate=").parse().expect(place);
        assert_eq!(bytes.len() % picture, 0, "{place}: pictures of {width}x{height}");
        assert!(
            (bytes.len() / picture).abs_diff(rate) <= 1,
            "{place}: a second has {} pictures",
            bytes.len() / picture
        );
        return;
    }
    let guess = looks_like(&bytes[..bytes.len().min(4096)]);
    assert!(
        matches!(guess, Guess::H264 | Guess::Flv | Guess::MpegTs | Guess::Mjpeg | Guess::Y4m),
        "{place}: {guess}"
    );
    if guess == Guess::H264 {
        let sps = bytes.windows(5).find(|unit| unit[..3] == [0, 0, 1] && unit[3] & 0x1f == 7).expect(place);
        assert!(
            [66, 77, 88, 100].contains(&sps[4]),
            "{place}: H.264 profile {} is not played by every browser",
            sps[4]
        );
    }
    if guess == Guess::Y4m {
        assert!(
            bytes.starts_with(b"YUV4MPEG2 ") && bytes.windows(4).take(128).any(|word| word == b"C420"),
            "{place}"
        );
    }
}

#[test]
fn every_command_is_one_that_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = folder.path().join("clip.ts");
    let made = Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc=size=64x48:rate=10:duration=1 -pix_fmt yuv420p -c:v libx264 -bf 0 -f mpegts".split(' '))
        .arg(&clip)
        .stdin(Stdio::null())
        .status();
    assert!(made.expect("ffmpeg").success());
    let mut count = 0;
    for (file, text) in blocks("sh") {
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.contains("KIND")) {
            let place = format!("{}: {line}", file.display());
            // What is left open is for the reader to fill in; a pipeline within quotes is no such thing.
            let line = line.replace(" …", "").replace("<process id>", "1");
            for words in commands(&line) {
                let words: Vec<_> = words
                    .into_iter()
                    .skip_while(|word| word.contains('=') && !word.starts_with('-'))
                    .collect();
                let Some(program) = words.first() else { continue };
                count += 1;
                match program.as_str() {
                    "lenscast" | "target/release/lenscast" | "scripts/run" => {
                        if words.last().is_none_or(|last| last != "--source") {
                            lenscast_parses(&words, &place, &clip);
                        }
                    }
                    "ffmpeg" => ffmpeg_writes_video(&words, "", &place, &clip),
                    script if script.starts_with("scripts/") => {
                        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
                        assert!(path.is_file(), "{place}: there is no {script}");
                    }
                    other => assert!(OTHERS.contains(&other), "{place}: {other} is not known here"),
                }
            }
        }
    }
    assert!(count > 25, "{count} commands");
}

#[test]
fn every_configuration_is_valid() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lenscast.toml");
    let blocks = blocks("toml");
    assert!(!blocks.is_empty());
    let packaged = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/lenscast.toml"));
    // The settings that are comments there are meant to be taken out of them.
    let packaged = packaged
        .expect("UTF-8")
        .lines()
        .filter(|line| !line.starts_with("# "))
        .collect::<Vec<_>>()
        .join("\n");
    let packaged = (PathBuf::from("packaging/lenscast.toml"), packaged.replace("\n#", "\n"));
    for (file, text) in blocks.into_iter().chain([packaged]) {
        fs::write(&path, &text).expect("a folder of our own");
        match Config::from_args(&Args { config: Some(path.clone()), ..Args::typed(&[]) }) {
            Ok(_) => {}
            Err(ServerError::Source { error, .. }) => {
                lacks_hardware_only(&error, &file.display().to_string());
            }
            Err(error) => panic!("{}: {error}", file.display()),
        }
    }
}
