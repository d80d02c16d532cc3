//! What the server is to do, checked: made from the arguments.

use std::{collections::BTreeSet, net::SocketAddr};

use crate::{
    args::Args,
    error::ServerError,
    source::{Source, spec::SourceSpec},
};

/// Port of the server unless said otherwise.
const DEFAULT_PORT: u16 = 8000;

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The cameras, in their order.
    pub cameras: Vec<CameraConfig>,
    /// Where to listen.
    pub listen: Listen,
    /// Viewers at once.
    pub max_viewers: usize,
}

/// One camera.
#[derive(Clone, Debug)]
pub struct CameraConfig {
    /// Its name, as in `/cam/NAME/`.
    pub name: String,
    /// Where its pictures come from.
    pub source: Source,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// This port of every address, IPv6 and IPv4.
    Everywhere(u16),
    /// These addresses.
    At(Vec<SocketAddr>),
}

impl Config {
    /// Checks what was typed.
    ///
    /// # Errors
    /// The first thing that is wrong, and what is allowed.
    pub fn from_args(args: &Args) -> Result<Self, ServerError> {
        let typed = if args.sources.is_empty() { &["test".to_owned()][..] } else { &args.sources };
        let specs = typed
            .iter()
            .map(|text| {
                let in_context = |error| ServerError::Source { text: text.clone(), error };
                let spec: SourceSpec = text.parse().map_err(in_context)?;
                let source = spec.check().map_err(in_context)?;
                Ok((spec.name, source))
            })
            .collect::<Result<Vec<_>, ServerError>>()?;
        if specs.iter().filter(|(_, source)| *source == Source::Stdin).count() > 1 {
            return Err(ServerError::StdinTwice);
        }
        let given = specs.iter().filter_map(|(name, _)| name.clone());
        let mut names = BTreeSet::new();
        for name in given {
            if let Some(twice) = names.replace(name) {
                return Err(ServerError::SameName(twice));
            }
        }
        let mut cameras = Vec::new();
        for (index, (name, source)) in specs.into_iter().enumerate() {
            let name = match name {
                Some(name) => name,
                None => unnamed(index, &mut names),
            };
            cameras.push(CameraConfig { name, source });
        }
        Ok(Self { cameras, listen: Listen::from_args(&args.listen)?, max_viewers: args.max_viewers })
    }
}

/// `cam1`, `cam2`, … by the camera's place; the next free number if a camera was given that name.
fn unnamed(index: usize, names: &mut BTreeSet<String>) -> String {
    let name = (index + 1..).map(|number| format!("cam{number}")).find(|name| !names.contains(name));
    let name = name.expect("there are more numbers than cameras");
    names.insert(name.clone());
    name
}

impl Listen {
    fn from_args(typed: &[String]) -> Result<Self, ServerError> {
        if typed.is_empty() {
            return Ok(Self::Everywhere(DEFAULT_PORT));
        }
        let addresses = typed.iter().map(|text| text.parse().map_err(|_| ServerError::Listen(text.clone())));
        Ok(Self::At(addresses.collect::<Result<_, _>>()?))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn config(words: &[&str]) -> Result<Config, ServerError> {
        let words = std::iter::once("lenscast").chain(words.iter().copied());
        Config::from_args(&Args::try_parse_from(words).expect("clap takes it"))
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
        assert_eq!(config(&["--source", "-"]).expect("allowed").cameras[0].source, Source::Stdin);
    }

    #[test]
    fn what_cannot_be_ends_with_status_2() {
        let table: [(&[&str], &str); 5] = [
            (&["--source", "a=test", "--source", "a=test"], "two cameras are called \"a\""),
            (&["--source", "-", "--source", "b=-"], "standard input can be the source of one camera only"),
            (&["--listen", "8000"], "--listen \"8000\" is not an address"),
            (&["--listen", "localhost:99999"], "is not an address"),
            (&["--source", "nope"], "--source \"nope\": unknown kind"),
        ];
        for (typed, expected) in table {
            let error = config(typed).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(format!("{:?}", error.exit_code()), format!("{:?}", std::process::ExitCode::from(2)));
        }
    }
}
