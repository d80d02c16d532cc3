//! Reads the configuration file (TOML). docs/config.md lists every setting.
//!
//! ```toml
//! listen = ["0.0.0.0:8000"]
//!
//! [[camera]]
//! name = "door"
//! source = "v4l2:/dev/video0"     # as after --source
//! size = "1280x720"               # every option of the source may stand here too
//! ```
//! Types are checked here, one by one, so that each mistake has a line and a sentence.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    limits::{self, TypedLimits},
    placed::{Placed, PlacedSpec, in_place},
    tls::TypedTls,
};
use crate::{
    access::{Rules, TableError, access_table, user_tables},
    compat::TypedCompat,
    error::ServerError,
    option_value::OptionValue,
    os_error::in_words,
    rtsp_port::{ALLOWED, RtspPort},
};

/// A longer file is no configuration.
const MAX_BYTES: u64 = 1 << 20;
/// Characters of a wrong value that a message shows.
const SHOWN_CHARS: usize = 40;
/// Settings of the file,
const SETTINGS: &str = "listen, rtsp, tls, max_viewers, compat, camera, user, access, max_viewers_per_address, max_connections, max_connections_per_address";
/// of a `[[compat]]`,
const COMPAT_SETTINGS: &str = "system, static";
/// of `[tls]`,
const TLS_SETTINGS: &str = "cert, key, self, listen, redirect";
/// and of a `[[camera]]`, besides the options of its source.
const CAMERA_SETTINGS: &str = "name, source";

/// A configuration file.
#[derive(Debug, Default)]
pub(super) struct ConfigFile {
    /// Its path.
    pub(super) path: String,
    /// Its folder, to which the paths in it are relative; empty for the working directory.
    folder: PathBuf,
    /// Where to listen.
    pub(super) listen: Vec<Placed<String>>,
    /// Where players find the cameras by RTSP.
    pub(super) rtsp: RtspPort,
    /// How many viewers and connections there may be.
    pub(super) limits: TypedLimits,
    /// Classic systems on ports of their own.
    pub(super) compat: Vec<Placed<TypedCompat>>,
    /// Who may do what.
    pub(super) access: Rules,
    /// HTTPS.
    pub(super) tls: Option<TypedTls>,
    /// The cameras, in their order.
    cameras: Vec<Placed<CameraTable>>,
}

/// One `[[camera]]`.
#[derive(Debug)]
struct CameraTable {
    name: Option<String>,
    source: String,
    /// Options of the source, which its kind checks.
    options: Vec<(String, OptionValue)>,
}

impl ConfigFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read or is not such a file: what is wrong, and where.
    pub(super) fn read(path: &Path) -> Result<Self, ServerError> {
        let shown = path.display().to_string();
        let wrong = |reason: String| ServerError::ConfigFile { path: shown.clone(), reason };
        let metadata = std::fs::metadata(path).map_err(|error| wrong(in_words(&error)))?;
        if metadata.is_dir() {
            return Err(wrong("it is a folder".into()));
        }
        if metadata.len() > MAX_BYTES {
            return Err(wrong("it is longer than 1 MiB, which no configuration is".into()));
        }
        let bytes = std::fs::read(path).map_err(|error| wrong(in_words(&error)))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.split(|byte| *byte == b'\n').count();
            wrong(format!("line {line}: it is not UTF-8 text, as a configuration is"))
        })?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        Text { path: &shown, folder, text: &text }.file()
    }

    /// The cameras as specs.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn specs(&self) -> Result<Vec<PlacedSpec>, ServerError> {
        self.cameras.iter().map(|(place, camera)| spec(place, camera, &self.folder)).collect()
    }
}

fn spec(place: &str, camera: &CameraTable, folder: &Path) -> Result<PlacedSpec, ServerError> {
    let name = camera.name.as_ref().map_or_else(String::new, |name| format!("{name}="));
    let (place, mut spec) = in_place(place.to_owned(), format!("{name}{}", camera.source).parse())?;
    spec.stands_beside(CAMERA_SETTINGS);
    spec.paths_are_in(folder);
    for (key, value) in &camera.options {
        spec.set(key.clone(), value.clone());
    }
    Ok((place, spec))
}

/// The text of a file, which says where something stands in it.
struct Text<'a> {
    path: &'a str,
    folder: &'a Path,
    text: &'a str,
}

impl<'a> Text<'a> {
    fn file(&self) -> Result<ConfigFile, ServerError> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            self.wrong(at, error.message())
        })?;
        let mut file = ConfigFile {
            path: self.path.to_owned(),
            folder: self.folder.to_owned(),
            ..ConfigFile::default()
        };
        let mut users = Vec::new();
        for (key, value) in table.get_ref() {
            let at = key.span().start;
            match key.get_ref().as_ref() {
                "listen" => file.listen = self.listen(at, value)?,
                "tls" => file.tls = Some(self.tls(at, value)?),
                "rtsp" => file.rtsp = self.rtsp(at, value)?,
                "compat" => {
                    let tables = self.tables(at, "compat", "classic system", value)?;
                    file.compat =
                        tables.into_iter().map(|one| self.compat(at, one)).collect::<Result<_, _>>()?;
                }
                "camera" => {
                    let tables = self.tables(at, "camera", "camera", value)?.into_iter().enumerate();
                    let cameras = tables.map(|(index, one)| self.camera(index, one));
                    file.cameras = cameras.collect::<Result<_, _>>()?;
                }
                "user" => users = user_tables(at, value.get_ref()).map_err(|error| self.at(error))?,
                "access" => {
                    file.access = access_table(at, value.get_ref()).map_err(|error| self.at(error))?;
                }
                limit if limits::KEYS.contains(&limit) => {
                    file.limits.set(limit, self.limit(limit, at, value)?);
                }
                other => {
                    return Err(self.wrong(at, format!("unknown setting {other:?}: it is one of {SETTINGS}")));
                }
            }
        }
        file.access.users = users;
        Ok(file)
    }

    fn listen(&self, at: usize, value: &Spanned<DeValue<'a>>) -> Result<Vec<Placed<String>>, ServerError> {
        let allowed = || match value.get_ref() {
            DeValue::String(_) => format!("a list, [{}]", self.shown(value)),
            _ => "a list of texts, such as [\"0.0.0.0:8000\"]".to_owned(),
        };
        let texts = value.get_ref().as_array().and_then(|list| {
            list.iter().map(|one| Some((one.span().start, one.get_ref().as_str()?.to_owned()))).collect()
        });
        let texts: Vec<_> = texts.ok_or_else(|| self.refused(at, "listen", value, &allowed()))?;
        Ok(texts.into_iter().map(|(at, text)| (format!("{}: listen", self.place(at)), text)).collect())
    }

    fn tls(&self, at: usize, value: &Spanned<DeValue<'a>>) -> Result<TypedTls, ServerError> {
        let table = value.get_ref().as_table().ok_or_else(|| self.wrong(at, "write [tls], a table"))?;
        let mut tls = TypedTls::default();
        for (key, value) in table {
            let at = key.span().start;
            let yes = |name| match value.get_ref() {
                DeValue::Boolean(yes) => Ok(*yes),
                _ => Err(self.refused(at, name, value, "true or false")),
            };
            match key.get_ref().as_ref() {
                "cert" => tls.cert = Some(self.string("cert", key, value)?.into()),
                "key" => tls.key = Some(self.string("key", key, value)?.into()),
                "self" => tls.own = yes("self")?,
                "redirect" => tls.redirect = yes("redirect")?,
                "listen" => tls.listen = self.listen(at, value)?,
                other => {
                    let reason = format!("unknown setting {other:?} of tls: it is one of {TLS_SETTINGS}");
                    return Err(self.wrong(at, reason));
                }
            }
        }
        tls.paths_are_in(self.folder);
        Ok(tls)
    }

    fn rtsp(&self, at: usize, value: &Spanned<DeValue<'a>>) -> Result<RtspPort, ServerError> {
        let typed = option_value(value.get_ref()).map(|value| value.to_string());
        typed.and_then(|typed| typed.parse().ok()).ok_or_else(|| self.refused(at, "rtsp", value, ALLOWED))
    }

    fn limit(&self, key: &str, at: usize, value: &Spanned<DeValue<'a>>) -> Result<usize, ServerError> {
        let number = option_value(value.get_ref()).and_then(|value| value.integer());
        let number = number.and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
        number.ok_or_else(|| self.refused(at, key, value, "a whole number, 1 or more"))
    }

    /// The tables of `[[key]]`, one for each `what`.
    fn tables<'t>(
        &self,
        at: usize,
        key: &str,
        what: &str,
        value: &'t Spanned<DeValue<'a>>,
    ) -> Result<Vec<&'t DeTable<'a>>, ServerError> {
        let list = value.get_ref().as_array();
        let tables = list.and_then(|list| list.iter().map(|one| one.get_ref().as_table()).collect());
        tables.ok_or_else(|| self.wrong(at, format!("write [[{key}]], a table for each {what}")))
    }

    fn compat(&self, at: usize, table: &DeTable<'a>) -> Result<Placed<TypedCompat>, ServerError> {
        let at = begin(table).unwrap_or(at);
        let (mut system, mut folder) = (None, None);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "system" => system = Some(self.string("system", key, value)?),
                "static" => folder = Some(self.folder.join(self.string("static", key, value)?)),
                other => {
                    let reason =
                        format!("unknown setting {other:?} of compat: it is one of {COMPAT_SETTINGS}");
                    return Err(self.wrong(key.span().start, reason));
                }
            }
        }
        let missing =
            || self.wrong(at, "a [[compat]] has no system: it needs one, such as system = \"broadway\"");
        Ok((
            format!("{}: compat", self.place(at)),
            TypedCompat { system: system.ok_or_else(missing)?, folder },
        ))
    }

    fn camera(&self, index: usize, table: &DeTable<'a>) -> Result<Placed<CameraTable>, ServerError> {
        let (mut name, mut source, mut options) = (None, None, Vec::new());
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => name = Some(self.string("name", key, value)?),
                "source" => source = Some(self.string("source", key, value)?),
                other => {
                    let option = option_value(value.get_ref());
                    let refused =
                        || self.refused(key.span().start, other, value, "a text, a number, true or false");
                    options.push((other.to_owned(), option.ok_or_else(refused)?));
                }
            }
        }
        let shown = name.as_ref().map_or_else(|| (index + 1).to_string(), |name| format!("{name:?}"));
        let place = begin(table).map_or_else(|| self.path.to_owned(), |at| self.place(at));
        let place = format!("{place}: camera {shown}");
        let missing = || ServerError::ConfigFile {
            path: place.clone(),
            reason: "it has no source, and needs one, such as source = \"test\"".to_owned(),
        };
        let source = source.ok_or_else(missing)?;
        Ok((place, CameraTable { name, source, options }))
    }

    fn string(
        &self,
        name: &str,
        key: &Spanned<impl Sized>,
        value: &Spanned<DeValue<'a>>,
    ) -> Result<String, ServerError> {
        let text = value.get_ref().as_str().map(str::to_owned);
        text.ok_or_else(|| self.refused(key.span().start, name, value, "a text, in quotes"))
    }

    fn refused(&self, at: usize, key: &str, value: &Spanned<DeValue<'a>>, allowed: &str) -> ServerError {
        self.wrong(at, format!("{key} = {} is not allowed: it is {allowed}", self.shown(value)))
    }

    /// A value as it is written, cut to what fits a sentence.
    fn shown(&self, value: &Spanned<DeValue<'a>>) -> String {
        let line = self.text.get(value.span()).and_then(|text| text.lines().next()).unwrap_or_default();
        line.chars().take(SHOWN_CHARS).collect()
    }

    fn at(&self, TableError { at, reason }: TableError) -> ServerError {
        self.wrong(at, reason)
    }

    fn wrong(&self, at: usize, reason: impl Display) -> ServerError {
        ServerError::ConfigFile { path: self.place(at), reason: reason.to_string() }
    }

    /// The file and the line of byte `at`.
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        format!("{}: line {}", self.path, 1 + before.matches('\n').count())
    }
}

/// Where the first setting of a table stands.
fn begin(table: &DeTable<'_>) -> Option<usize> {
    table.keys().map(|key| key.span().start).min()
}

/// The value of an option; `None` for what no option takes: a date, a list, a table.
fn option_value(value: &DeValue<'_>) -> Option<OptionValue> {
    match value {
        DeValue::String(text) => Some(OptionValue::Text(text.as_ref().to_owned())),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).ok().map(OptionValue::Integer)
        }
        DeValue::Float(number) => number.as_str().parse().ok().map(OptionValue::Float),
        DeValue::Boolean(yes) => Some(OptionValue::Boolean(*yes)),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
