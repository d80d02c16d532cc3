//! `--compat` and `--static` as they were typed: a `--static` belongs to the `--compat` before it.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, error::ErrorKind, value_parser};

/// One `--compat` and its `--static`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypedCompat {
    /// `SYSTEM[=PAGE,WS]`.
    pub system: String,
    /// A page folder of the user.
    pub folder: Option<PathBuf>,
}

/// All of them, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(pub Vec<TypedCompat>);

impl clap::Args for Typed {
    fn augment_args(command: Command) -> Command {
        let compat = Arg::new("compat")
            .long("compat")
            .value_name("SYSTEM[=PAGE,WS]")
            .action(ArgAction::Append)
            .help(
                "Opens the ports of a classic system, for its pages and players: broadway (8000, 9000) or pistreaming \
                 (8082, 8084); may be given several times",
            );
        let folder = Arg::new("static")
            .long("static")
            .value_name("DIR")
            .action(ArgAction::Append)
            .value_parser(value_parser!(PathBuf))
            .help("A page folder of your own for the --compat before it");
        command.arg(compat).arg(folder)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Typed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let with_index = |id: &str| matches.indices_of(id).into_iter().flatten();
        let systems = matches.get_many::<String>("compat").into_iter().flatten();
        let mut typed: Vec<(usize, TypedCompat)> = with_index("compat")
            .zip(systems)
            .map(|(index, system)| (index, TypedCompat { system: system.clone(), folder: None }))
            .collect();
        let folders = matches.get_many::<PathBuf>("static").into_iter().flatten();
        for (index, folder) in with_index("static").zip(folders) {
            let owner = typed.iter_mut().rev().find(|(before, _)| *before < index);
            let Some((_, owner)) = owner else {
                return Err(refuse("--static DIR belongs to the --compat before it, and there is none"));
            };
            if owner.folder.replace(folder.clone()).is_some() {
                return Err(refuse(format!("--compat {} has more than one --static DIR", owner.system)));
            }
        }
        Ok(Self(typed.into_iter().map(|(_, compat)| compat).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn refuse(sentence: impl std::fmt::Display) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{sentence}\n"))
}

#[cfg(test)]
mod tests {
    use clap::{Args, FromArgMatches};

    use super::*;

    fn parse(words: &[&str]) -> Result<Typed, clap::Error> {
        let command = Typed::augment_args(Command::new("lenscast"));
        let matches =
            command.try_get_matches_from(std::iter::once("lenscast").chain(words.iter().copied()))?;
        Typed::from_arg_matches(&matches)
    }

    #[test]
    fn a_folder_belongs_to_the_system_before_it() {
        type Found<'a> = &'a [(&'a str, Option<&'a str>)];
        let table: [(&[&str], Found<'_>); 4] = [
            (&[], &[]),
            (&["--compat", "broadway=1,2"], &[("broadway=1,2", None)]),
            (
                &["--compat", "broadway", "--static", "a", "--compat", "pistreaming"],
                &[("broadway", Some("a")), ("pistreaming", None)],
            ),
            (
                &["--compat", "broadway", "--compat", "pistreaming", "--static=b"],
                &[("broadway", None), ("pistreaming", Some("b"))],
            ),
        ];
        for (words, expected) in table {
            let typed = parse(words).expect("it can be parsed").0;
            let found: Vec<_> = typed
                .iter()
                .map(|compat| {
                    (compat.system.as_str(), compat.folder.as_deref().and_then(|path| path.to_str()))
                })
                .collect();
            assert_eq!(found, expected, "{words:?}");
        }
    }

    #[test]
    fn a_folder_without_a_system_is_refused() {
        let table: [(&[&str], &str); 2] = [
            (&["--static", "a", "--compat", "broadway"], "belongs to the --compat before it"),
            (
                &["--compat", "broadway", "--static", "a", "--static", "b"],
                "--compat broadway has more than one",
            ),
        ];
        for (words, expected) in table {
            let error = parse(words).expect_err(expected);
            assert!(error.to_string().contains(expected), "{error}");
            assert_eq!(error.exit_code(), 2);
        }
    }
}
