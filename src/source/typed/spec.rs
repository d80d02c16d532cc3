//! The grammar of a source: `[NAME=]KIND[+FORMAT][,key=value…][:REST]`.
//!
//! ```text
//! front = exec + h264 , key=value : rpicam-vid -t 0 -o -
//! NAME    KIND   FORMAT  options    REST
//! ```
//! The grammar alone, with readers of options that kinds share. `kinds/mod.rs` checks a spec against the kinds that exist and
//! against this system.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::error::SpecError;
use crate::{
    option_value::OptionValue,
    source::run::{LINGER, RunPolicy, Running},
};

/// Options that every kind has.
const OPTIONS: &str = "run, linger, timeout";
/// Longest name of a camera.
const MAX_NAME_BYTES: usize = 32;

/// A source as it was typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceSpec {
    /// Name of the camera, if one was given.
    pub name: Option<String>,
    pub(in crate::source) kind: String,
    pub(in crate::source) format: Option<String>,
    /// Options of the kind, in their order.
    pub(in crate::source) options: Vec<(String, OptionValue)>,
    /// Options that every kind has.
    run: Option<OptionValue>,
    linger: Option<OptionValue>,
    timeout: Option<OptionValue>,
    pub(in crate::source) rest: Option<String>,
    /// Settings that stand where its options do.
    beside: Option<&'static str>,
    /// What relative paths in it are relative to; empty for the working directory.
    folder: PathBuf,
}

impl std::str::FromStr for SourceSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let head_end = text.find([':', ',', '+']).unwrap_or(text.len());
        let (name, rest) = match text[..head_end].split_once('=') {
            Some((name, _)) => (Some(check_name(name)?), &text[name.len() + 1..]),
            None => (None, text),
        };
        let (head, rest) = match rest.split_once(':') {
            Some((head, rest)) => (head, Some(rest.to_owned())),
            None => (rest, None),
        };
        let mut parts = head.split(',');
        let kind = parts.next().unwrap_or_default();
        let (kind, format) = match kind.split_once('+') {
            Some((kind, format)) => (kind, Some(format.to_owned())),
            None => (kind, None),
        };
        let options = parts
            .map(|option| {
                let (key, value) =
                    option.split_once('=').ok_or_else(|| SpecError::NotAnOption(option.to_owned()))?;
                Ok((key.to_owned(), value.into()))
            })
            .collect::<Result<Vec<(String, OptionValue)>, SpecError>>()?;
        let mut spec = Self { name, kind: kind.to_owned(), format, rest, ..Self::default() };
        for (key, value) in options {
            spec.set(key, value);
        }
        Ok(spec)
    }
}

fn check_name(name: &str) -> Result<String, SpecError> {
    let mut bytes = name.bytes();
    let begins = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let goes_on =
        bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_');
    if begins && goes_on && name.len() <= MAX_NAME_BYTES {
        Ok(name.to_owned())
    } else {
        Err(SpecError::Name(name.to_owned()))
    }
}

impl SourceSpec {
    /// Adds an option; of two with the same name the later counts.
    pub fn set(&mut self, key: String, value: OptionValue) {
        match key.as_str() {
            "run" => self.run = Some(value),
            "linger" => self.linger = Some(value),
            "timeout" => self.timeout = Some(value),
            _ => {
                self.options.retain(|(known, _)| *known != key);
                self.options.push((key, value));
            }
        }
    }

    /// Takes out the options with these `keys`, in their order: settings of another part of the program that are typed among
    /// the options of a source.
    pub fn take_options(&mut self, keys: &[&str]) -> Vec<(String, OptionValue)> {
        self.options.extract_if(.., |(key, _)| keys.contains(&key.as_str())).collect()
    }

    /// Names settings that are typed among its options and are not its own, for the list in an error.
    pub fn stands_beside(&mut self, settings: &'static str) {
        self.beside = Some(settings);
    }

    /// Makes relative paths relative to `folder`.
    pub fn paths_are_in(&mut self, folder: &Path) {
        folder.clone_into(&mut self.folder);
    }

    /// The same with paths relative to what those of `other` are relative to.
    #[must_use]
    pub fn in_folder_of(mut self, other: &Self) -> Self {
        self.folder.clone_from(&other.folder);
        self
    }

    /// The path that was typed as `text`.
    pub(in crate::source) fn path(&self, text: &str) -> PathBuf {
        self.folder.join(text)
    }

    /// When the source runs: as `default` says, unless an option says otherwise.
    pub(in crate::source) fn running(
        &self,
        default: RunPolicy,
        may_rest: bool,
    ) -> Result<Running, SpecError> {
        let policy = match self.run.as_ref().map(|run| (run.text(), run)) {
            None => default,
            Some((Some("always"), _)) => RunPolicy::Always,
            Some((Some("on-demand"), _)) if may_rest => RunPolicy::OnDemand,
            Some((_, other)) => {
                let allowed =
                    if may_rest { "always or on-demand" } else { "always, since it is always read" };
                return Err(self.value("run", other, allowed.to_owned()));
            }
        };
        let linger = match &self.linger {
            None => LINGER,
            Some(value) => Duration::from_secs(self.number("linger", value, 0, 86_400)?.into()),
        };
        Ok(Running { policy, linger, timeout: self.timeout()? })
    }

    /// How long the source may give nothing, if that is configured.
    fn timeout(&self) -> Result<Option<Duration>, SpecError> {
        let seconds = self.timeout.as_ref().map(|value| self.number("timeout", value, 1, 86_400));
        Ok(seconds.transpose()?.map(|seconds| Duration::from_secs(seconds.into())))
    }

    /// The first of its options that say when a source runs, if one was typed.
    pub(in crate::source) fn run_option(&self) -> Option<&'static str> {
        let options = [("run", &self.run), ("linger", &self.linger), ("timeout", &self.timeout)];
        options.into_iter().find_map(|(key, value)| value.as_ref().map(|_| key))
    }

    /// Refuses a time-out, for a kind that has none.
    ///
    /// # Errors
    /// When one was typed.
    pub(in crate::source) fn no_timeout(&self) -> Result<(), SpecError> {
        match &self.timeout {
            None => Ok(()),
            Some(value) => {
                let allowed = "for what may fall silent, such as exec or tcp".to_owned();
                Err(self.value("timeout", value, allowed))
            }
        }
    }

    /// `HOST:PORT` out of `//HOST:PORT`.
    pub(in crate::source) fn host_and_port(&self) -> Result<&str, SpecError> {
        const NEEDS: &str = "//HOST:PORT after the colon, such as //192.168.1.20:8888";
        let address = self.rest.as_deref().and_then(|rest| rest.strip_prefix("//"));
        let address = address.map(|address| address.trim_end_matches('/'));
        address
            .filter(|address| {
                address
                    .rsplit_once(':')
                    .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
            })
            .ok_or_else(|| self.wrong_rest(NEEDS))
    }

    pub(in crate::source) fn number(
        &self,
        key: &'static str,
        value: &OptionValue,
        least: u32,
        most: u32,
    ) -> Result<u32, SpecError> {
        value.whole(least, most).map_err(|allowed| self.value(key, value, allowed))
    }

    pub(in crate::source) fn no_options(&self) -> Result<(), SpecError> {
        match self.options.first() {
            None => Ok(()),
            Some((key, _)) => Err(self.unknown_option(key, "")),
        }
    }

    pub(in crate::source) fn no_rest(&self) -> Result<(), SpecError> {
        if self.rest.is_none() { Ok(()) } else { Err(self.wrong_rest("nothing after a colon")) }
    }

    /// Refuses a format, for a kind whose format cannot be chosen.
    ///
    /// # Errors
    /// When one was typed.
    pub(in crate::source) fn no_format(&self) -> Result<(), SpecError> {
        match self.format.clone() {
            None => Ok(()),
            Some(format) => Err(SpecError::NoFormat { kind: self.kind.clone(), format }),
        }
    }

    pub(in crate::source) fn unknown_format(&self, allowed: &str) -> SpecError {
        let format = self.format.clone().unwrap_or_default();
        SpecError::Format { kind: self.kind.clone(), format, allowed: allowed.to_owned() }
    }

    /// The error of a value that is not allowed; `allowed` says what is.
    #[must_use]
    pub fn value(&self, key: &'static str, value: impl ToString, allowed: String) -> SpecError {
        SpecError::Value { kind: self.kind.clone(), key, value: value.to_string(), allowed }
    }

    /// `own`: the options of its kind.
    pub(in crate::source) fn unknown_option(&self, key: &str, own: &str) -> SpecError {
        let lists = [own, self.beside.unwrap_or_default(), OPTIONS];
        let allowed = lists.into_iter().filter(|list| !list.is_empty()).collect::<Vec<_>>().join(", ");
        SpecError::Option { kind: self.kind.clone(), key: key.to_owned(), allowed }
    }

    pub(in crate::source) fn wrong_rest(&self, needs: &'static str) -> SpecError {
        SpecError::Rest { kind: self.kind.clone(), needs, rest: self.rest.clone().unwrap_or_default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> Result<SourceSpec, String> {
        text.parse().map_err(|error: SpecError| error.to_string())
    }

    #[test]
    fn a_spec_is_taken_apart() {
        let parts = |text: &str| {
            let spec = spec(text).expect(text);
            let options =
                spec.options.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>();
            (spec.name, spec.kind, spec.format, options.join(" "), spec.rest)
        };
        let some = |text: &str| Some(text.to_owned());
        let table = [
            ("test", (None, "test".into(), None, String::new(), None)),
            ("a=b+c,d=e,f=g:h=i:j,k", (some("a"), "b".into(), some("c"), "d=e f=g".into(), some("h=i:j,k"))),
            ("exec:cat a=b", (None, "exec".into(), None, String::new(), some("cat a=b"))),
            ("test,size=1,size=2", (None, "test".into(), None, "size=2".into(), None)),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), expected, "{text}");
        }
    }

    #[test]
    fn settings_of_a_rendition_are_taken_out() {
        let mut spec = spec("test,size=1,mpeg1_rate=12,mpeg1_size=2").expect("it is one");
        let taken = spec.take_options(&["mpeg1_size", "mpeg1_rate"]);
        let some = |pairs: &[(&str, &str)]| -> Vec<(String, OptionValue)> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect()
        };
        assert_eq!(taken, some(&[("mpeg1_rate", "12"), ("mpeg1_size", "2")]));
        assert_eq!(spec.options, some(&[("size", "1")]));
    }

    #[test]
    fn when_it_runs_is_an_option_of_every_kind() {
        let timeout = |text: &str| {
            let running = spec(text).expect(text).running(RunPolicy::Always, true);
            running
                .map(|running| running.timeout.map(|time| time.as_secs()))
                .map_err(|error| error.to_string())
        };
        assert_eq!((timeout("exec:x"), timeout("exec,timeout=600:x")), (Ok(None), Ok(Some(600))));
        assert_eq!(
            timeout("exec,timeout=0:x"),
            Err("timeout=0 of exec is not allowed: it is a whole number from 1 to 86400".into())
        );
        let running = |text: &str, may_rest| {
            let running = spec(text).expect(text).running(RunPolicy::Always, may_rest);
            running
                .map(|running| (running.policy, running.linger.as_secs()))
                .map_err(|error| error.to_string())
        };
        let table = [
            ("exec:x", Ok((RunPolicy::Always, 3))),
            ("exec,run=on-demand,linger=60:x", Ok((RunPolicy::OnDemand, 60))),
            ("exec,run=maybe:x", Err("run=maybe of exec is not allowed: it is always or on-demand".into())),
            (
                "exec,linger=-1:x",
                Err("linger=-1 of exec is not allowed: it is a whole number from 0 to 86400".into()),
            ),
        ];
        for (text, expected) in table {
            assert_eq!(running(text, true), expected, "{text}");
        }
        let refused = running("tcp,run=on-demand://h:1", false).expect_err("it is always read");
        assert_eq!(refused, "run=on-demand of tcp is not allowed: it is always, since it is always read");
    }
}
