//! `--audio` as it was typed: it belongs to the `--source` before it, or to the first camera where no source is typed.

use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind};

/// One `--audio`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypedSound {
    /// Which camera it belongs to, in their order.
    pub camera: usize,
    /// The source of its sound.
    pub sound: String,
}

/// All of them, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedSounds(pub Vec<TypedSound>);

impl clap::Args for TypedSounds {
    fn augment_args(command: Command) -> Command {
        let audio = Arg::new("audio").long("audio").value_name("SOUND").action(ArgAction::Append).help(
            "Sound of the --source before it, or of the first camera where there is no --source: test (a beep each second), or exec[,rate=48000,channels=1,format=s16le]:COMMAND (raw sound that it writes, such as arecord)",
        );
        command.arg(audio)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for TypedSounds {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let places = |id: &str| matches.indices_of(id).into_iter().flatten();
        let sources: Vec<usize> = places("sources").collect();
        let mut typed: Vec<TypedSound> = Vec::new();
        let sounds = matches.get_many::<String>("audio").into_iter().flatten();
        for (place, sound) in places("audio").zip(sounds) {
            let before = sources.iter().filter(|source| **source < place).count();
            let camera = match before.checked_sub(1) {
                Some(camera) => camera,
                None if sources.is_empty() => 0,
                None => {
                    return Err(refuse("--audio SOUND belongs to the --source before it, and there is none"));
                }
            };
            if typed.iter().any(|other| other.camera == camera) {
                return Err(refuse("a camera has one --audio SOUND, behind its --source"));
            }
            typed.push(TypedSound { camera, sound: sound.clone() });
        }
        Ok(Self(typed))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn refuse(sentence: &str) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{sentence}\n"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Args;

    fn parsed(words: &[&str]) -> Result<Vec<(usize, String)>, String> {
        let args = Args::try_parse_from(std::iter::once("lenscast").chain(words.iter().copied()));
        let sounds = args.map_err(|error| error.to_string())?.sounds.0;
        Ok(sounds.into_iter().map(|typed| (typed.camera, typed.sound)).collect())
    }

    #[test]
    fn sound_belongs_to_the_source_before_it() {
        type Row<'a> = (&'a [&'a str], &'a [(usize, &'a str)]);
        let table: [Row<'_>; 5] = [
            (&[], &[]),
            (&["--audio", "test"], &[(0, "test")]),
            (&["--source", "test", "--audio", "a"], &[(0, "a")]),
            (&["--source", "a=test", "--source", "b=test", "--audio=b"], &[(1, "b")]),
            (
                &["--source", "a=test", "--audio", "a", "--source", "b=test", "--audio", "b"],
                &[(0, "a"), (1, "b")],
            ),
        ];
        for (words, expected) in table {
            let found = parsed(words).expect("it can be parsed");
            let found: Vec<_> = found.iter().map(|(camera, sound)| (*camera, sound.as_str())).collect();
            assert_eq!(found, expected, "{words:?}");
        }
    }

    #[test]
    fn sound_without_a_camera_and_twice_is_refused() {
        let table: [(&[&str], &str); 2] = [
            (&["--audio", "test", "--source", "test"], "belongs to the --source before it"),
            (&["--source", "test", "--audio", "a", "--audio", "b"], "a camera has one --audio SOUND"),
        ];
        for (words, expected) in table {
            let error = parsed(words).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
