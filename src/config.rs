//! The checked configuration of the server, from the arguments and the configuration file.
//!
//! ```text
//! arguments ─┐
//!            ├─► SourceSpec, texts (what was typed) ─► Config (what was checked)
//! file.rs  ──┘
//! ```

mod file;
mod limits;
mod listen;
mod placed;
mod tls;

use std::{collections::BTreeSet, path::PathBuf};

use self::{
    file::ConfigFile,
    placed::{Placed, PlacedSpec, in_place},
};
pub use self::{limits::Limits, listen::Listen, tls::TlsConfig};
use crate::{
    access::Rules,
    args::{Args, TypedSound},
    compat,
    encode::Mpeg1Settings,
    error::ServerError,
    option_value::OptionValue,
    rtsp_port::{self, RtspPort},
    source::{Sound, Source, SourceSpec, SpecError, Wanted},
};

/// Default port.
const DEFAULT_PORT: u16 = 8000;

/// A checked configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The cameras, in their order.
    pub cameras: Vec<CameraConfig>,
    /// Where to listen.
    pub listen: Listen,
    /// HTTPS, if it is wanted.
    pub tls: Option<TlsConfig>,
    /// Where players find the cameras by RTSP.
    pub rtsp: RtspPort,
    /// Classic systems on ports of their own.
    pub compat: Vec<compat::Config>,
    /// How many viewers and connections there may be.
    pub limits: Limits,
    /// Who may do what.
    pub access: Rules,
    /// Folder of what the program keeps between runs; it may be missing.
    pub state: Option<PathBuf>,
}

/// One camera.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraConfig {
    /// Its name, as in `/cam/NAME/`.
    pub name: String,
    /// Where its pictures come from.
    pub wanted: Wanted,
    /// Where its sound comes from, if it has any.
    pub sound: Option<Sound>,
    /// How MPEG-1 is made of them.
    pub mpeg1: Mpeg1Settings,
}

impl Config {
    /// The ports of HTTP and of HTTPS.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        ports(&self.listen, self.tls.as_ref())
    }

    /// Checks the arguments and the file that they name. Arguments override the file: `--source` replaces its cameras,
    /// `--listen` its addresses, `--rtsp` its port for RTSP, `--compat` its classic systems.
    ///
    /// # Errors
    /// The first thing that is wrong, and what is allowed.
    pub fn from_args(args: &Args) -> Result<Self, ServerError> {
        let mut file = match &args.config {
            Some(path) => ConfigFile::read(path)?,
            None => ConfigFile::default(),
        };
        let typed = || args.sources.iter().map(|text| in_place(format!("--source {text:?}"), text.parse()));
        let mut cameras = match args.sources.is_empty() {
            true => cameras(&file.path, file.specs()?)?,
            false => cameras("--source", typed().collect::<Result<_, _>>()?)?,
        };
        for TypedSound { camera, sound } in &args.sounds.0 {
            let checked = checked_sound(sound.parse());
            let place = format!("--audio {sound:?}");
            let checked = checked.map_err(|error| ServerError::Source { place, error })?;
            if let Some(camera) = cameras.get_mut(*camera) {
                camera.sound = Some(checked);
            }
        }
        if !args.listen.is_empty() {
            file.listen = args.listen.iter().map(|text| ("--listen".to_owned(), text.clone())).collect();
        }
        let mut compat_place = file.path.as_str();
        if !args.compat.0.is_empty() {
            compat_place = "--compat";
            file.compat = args.compat.0.iter().map(|typed| ("--compat".to_owned(), typed.clone())).collect();
        }
        let listen = Listen::from_texts(&file.listen, DEFAULT_PORT)?;
        let (mut tls_place, mut tls) = (file.path.as_str(), file.tls);
        if let Some(text) = &args.tls {
            tls_place = "--tls";
            tls = Some(tls.unwrap_or_default().with_argument(text)?);
        }
        let tls = tls.map(|typed| typed.check(tls_place, &listen)).transpose()?;
        let ports = ports(&listen, tls.as_ref());
        let rtsp = args.rtsp.unwrap_or(file.rtsp);
        check_rtsp(if args.rtsp.is_some() { "--rtsp" } else { &file.path }, rtsp, &ports)?;
        Ok(Self {
            cameras,
            rtsp,
            compat: check_compat(compat_place, &file.compat, &ports)?,
            listen,
            tls,
            limits: file.limits.check(args.max_viewers),
            access: file.access,
            state: args.state.clone(),
        })
    }
}

/// Checks all cameras together, which come from `whole`, and names those that have no name.
fn cameras(whole: &str, specs: Vec<PlacedSpec>) -> Result<Vec<CameraConfig>, ServerError> {
    let mut names = BTreeSet::new();
    for name in specs.iter().filter_map(|(_, spec)| spec.name.clone()) {
        if let Some(twice) = names.replace(name) {
            return Err(ServerError::SameName { place: whole.to_owned(), name: twice });
        }
    }
    let mut cameras = Vec::<CameraConfig>::new();
    for (index, (place, mut spec)) in specs.into_iter().enumerate() {
        let renditions = spec.take_options(&Mpeg1Settings::KEYS);
        let audio = spec.take_options(&[Sound::KEY]);
        let beside = format!("{}, {}", Mpeg1Settings::KEYS.join(", "), Sound::KEY);
        let checked = spec.check().map_err(|error| error.with_options(&beside));
        let checked = checked.and_then(|(source, running)| {
            let mpeg1 = Mpeg1Settings::from_table(&renditions);
            let mpeg1 = mpeg1.map_err(|wrong| spec.value(wrong.key, wrong.value, wrong.allowed))?;
            let sound = audio.last().map(|(_, value)| sound_beside(&spec, value)).transpose()?;
            Ok((source, running, sound, mpeg1))
        });
        let (source, running, sound, mpeg1) =
            checked.map_err(|error| ServerError::Source { place, error })?;
        if source.is_stdin()
            && cameras.iter().any(|camera| camera.wanted.named().is_some_and(Source::is_stdin))
        {
            return Err(ServerError::StdinTwice { place: whole.to_owned() });
        }
        let name = spec.name.unwrap_or_else(|| unnamed(index, &mut names));
        cameras.push(CameraConfig { name, wanted: Wanted::Named { source, running }, sound, mpeg1 });
    }
    if cameras.is_empty() {
        cameras.push(CameraConfig {
            name: unnamed(0, &mut names),
            wanted: Wanted::Found,
            sound: None,
            mpeg1: Mpeg1Settings::default(),
        });
    }
    Ok(cameras)
}

/// The ports of HTTP and of HTTPS.
fn ports(listen: &Listen, tls: Option<&TlsConfig>) -> Vec<u16> {
    listen.ports().into_iter().chain(tls.iter().flat_map(|tls| tls.listen.ports())).collect()
}

/// Checks the port for RTSP, which stands at `place`.
fn check_rtsp(place: &str, rtsp: RtspPort, ports: &[u16]) -> Result<(), ServerError> {
    match rtsp {
        RtspPort::At(port) if port != 0 && ports.contains(&port) => {
            let reason = format!("rtsp = {port} is not allowed: it is {}", rtsp_port::ALLOWED);
            Err(ServerError::ConfigFile { path: place.to_owned(), reason })
        }
        _ => Ok(()),
    }
}

/// The sound that stands as an option beside the source `camera`.
fn sound_beside(camera: &SourceSpec, value: &OptionValue) -> Result<Sound, SpecError> {
    let text = value.text().ok_or_else(|| camera.value(Sound::KEY, value, "a text, such as test".into()))?;
    checked_sound(text.parse().map(|sound: SourceSpec| sound.in_folder_of(camera)))
}

fn checked_sound(typed: Result<SourceSpec, SpecError>) -> Result<Sound, SpecError> {
    typed.and_then(|spec| Sound::from_spec(&spec))
}

/// Checks each classic system, and all together, which come from `whole`.
fn check_compat(
    whole: &str,
    typed: &[Placed<compat::TypedCompat>],
    ports: &[u16],
) -> Result<Vec<compat::Config>, ServerError> {
    let wrong = |place: &str| {
        let place = place.to_owned();
        |error| ServerError::Compat { place, error }
    };
    let checked = typed.iter().map(|(place, typed)| compat::Config::check(typed).map_err(wrong(place)));
    let systems = checked.collect::<Result<Vec<_>, _>>()?;
    compat::check_ports(&systems, ports).map_err(wrong(whole))?;
    Ok(systems)
}

/// `cam1`, `cam2`, … by the camera's place; the next free number if a camera was given that name.
fn unnamed(index: usize, names: &mut BTreeSet<String>) -> String {
    let name = (index + 1..).map(|number| format!("cam{number}")).find(|name| !names.contains(name));
    let name = name.expect("there are more numbers than cameras");
    names.insert(name.clone());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(words: &[&str]) -> Result<Config, ServerError> {
        Config::from_args(&Args::typed(words))
    }

    #[test]
    fn cameras_without_a_name_are_numbered() {
        let table: [(&str, &[&str], &[&str]); 4] = [
            ("nothing said", &[], &["cam1"]),
            ("two", &["--source", "test", "--source", "test"], &["cam1", "cam2"]),
            ("named first", &["--source", "door=test", "--source", "test"], &["door", "cam2"]),
            ("name taken", &["--source", "cam2=test", "--source", "test"], &["cam2", "cam3"]),
        ];
        for (name, typed, expected) in table {
            let config = config(typed).expect(name);
            let names: Vec<_> = config.cameras.iter().map(|camera| camera.name.as_str()).collect();
            assert_eq!(names, expected, "{name}");
        }
    }

    #[test]
    fn a_hyphen_is_standard_input() {
        let cameras = config(&["--source", "-"]).expect("allowed").cameras;
        assert!(cameras[0].wanted.named().is_some_and(Source::is_stdin));
    }

    #[test]
    fn an_address_is_what_people_type() {
        let at = |address: &str| Listen::At(vec![address.parse().expect("an address")]);
        let table = [
            ("8000", Listen::Everywhere(8000)),
            (":8080", Listen::Everywhere(8080)),
            ("*:80", Listen::Everywhere(80)),
            ("0", Listen::Everywhere(0)),
            ("localhost:8000", at("127.0.0.1:8000")),
            ("LocalHost", at("127.0.0.1:8000")),
            ("192.168.1.20", at("192.168.1.20:8000")),
            ("::1", at("[::1]:8000")),
            ("[::]:80", at("[::]:80")),
            ("http://127.0.0.1:8000/", at("127.0.0.1:8000")),
        ];
        for (text, expected) in table {
            assert_eq!(config(&["--listen", text]).expect(text).listen, expected, "{text}");
        }
        for text in
            ["", ":", "everywhere", "-1", "+80", "pi.local:8000", "65536", "127.0.0.1:", "[::1", "1.2.3:80"]
        {
            let error = config(&[&format!("--listen={text}")]).expect_err(text).to_string();
            assert!(error.contains("is not an address: it is ADDR:PORT"), "{text}: {error}");
        }
        let both = config(&["--listen", "8000", "--listen", "127.0.0.1:9000"]).expect("two ports");
        assert_eq!(both.listen, Listen::At(vec![([0; 8], 8000).into(), ([127, 0, 0, 1], 9000).into()]));
    }

    #[test]
    fn what_cannot_be_ends_with_status_2() {
        let table: [(&[&str], &str); 12] = [
            (
                &["--listen", "127.0.0.1:21750", "--listen", "127.0.0.1:21750"],
                "--listen 127.0.0.1:21750: 127.0.0.1:21750 is listened on already",
            ),
            (
                &["--listen", "[::]:1", "--listen", "127.0.0.1:1", "--listen", "0.0.0.0:1"],
                "--listen 0.0.0.0:1: 127.0.0.1:1 is listened on already, which includes it; leave one of them out",
            ),
            (&["--source", "a=test", "--source", "a=test"], "--source: two cameras are called \"a\""),
            (&["--source", "-", "--source", "b=-"], "standard input can be the source of one camera only"),
            (&["--listen", "80000"], "--listen \"80000\" is not an address"),
            (&["--listen", "localhost:99999"], "is not an address"),
            (&["--compat", "vlc"], "--compat: \"vlc\" is none of the classic systems: broadway, pistreaming"),
            (&["--listen", "127.0.0.1:9000", "--compat", "broadway"], "--compat: port 9000 is used twice"),
            (
                &["--compat", "broadway", "--static", "/nowhere"],
                "--compat: static /nowhere: No such file or directory",
            ),
            (&["--source", "nope"], "--source \"nope\": unknown kind"),
            (
                &["--source", "test,mpeg1_size=4096x16"],
                "mpeg1_size=4096x16 of test is not allowed: it is WIDTHxHEIGHT, both even",
            ),
            (
                &["--source", "exec+h264,size=64x64:cat"],
                "unknown option \"size\" of exec: it is one of run, linger, timeout, mpeg1_bitrate, mpeg1_size, mpeg1_rate",
            ),
        ];
        for (typed, expected) in table {
            let error = config(typed).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(format!("{:?}", error.exit_code()), format!("{:?}", std::process::ExitCode::from(2)));
        }
    }
}
