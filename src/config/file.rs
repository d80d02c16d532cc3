//! The configuration file (TOML), as it is written: docs/config.md lists every setting.
//!
//! ```toml
//! listen = ["0.0.0.0:8000"]
//!
//! [[camera]]
//! name = "door"
//! source = "v4l2:/dev/video0"     # as after --source
//! size = "1280x720"               # every option of the source may stand here too
//! ```

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{PlacedSpec, in_place};
use crate::{
    compat::{self, TypedCompat},
    error::{ServerError, in_words},
    source::spec::SourceSpec,
};

/// No configuration is longer; what is, is not one.
const MAX_BYTES: u64 = 1 << 20;

/// What a configuration file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigFile {
    #[serde(skip)]
    path: String,
    /// Where to listen.
    #[serde(default)]
    pub(super) listen: Vec<String>,
    /// Viewers at once.
    max_viewers: Option<toml::Value>,
    /// Classic systems on ports of their own.
    #[serde(default)]
    pub(super) compat: Vec<CompatTable>,
    /// The cameras, in their order.
    #[serde(default)]
    pub(super) camera: Vec<CameraTable>,
}

/// One `[[compat]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompatTable {
    system: String,
    r#static: Option<PathBuf>,
}

/// One `[[camera]]`.
#[derive(Debug, Deserialize)]
pub(super) struct CameraTable {
    name: Option<String>,
    source: String,
    /// Options of the source; which there are, its kind knows.
    #[serde(flatten)]
    options: BTreeMap<String, toml::Value>,
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
        let text = std::fs::read_to_string(path).map_err(|error| wrong(in_words(&error)))?;
        let mut file = Self::parse(&text).map_err(wrong)?;
        file.path = shown;
        Ok(file)
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
            let line = line.map_or_else(String::new, |line| format!("line {line}: "));
            format!("{line}{}", error.message())
        })
    }

    /// The classic systems, as if they had been typed.
    pub(super) fn compat(&self) -> compat::Typed {
        let typed = |table: &CompatTable| TypedCompat {
            system: table.system.clone(),
            folder: table.r#static.clone(),
        };
        compat::Typed(self.compat.iter().map(typed).collect())
    }

    /// Viewers at once, if it says.
    ///
    /// # Errors
    /// When that is no number of viewers.
    pub(super) fn max_viewers(&self) -> Result<Option<usize>, ServerError> {
        let Some(value) = &self.max_viewers else { return Ok(None) };
        let number = value.as_integer().and_then(|number| usize::try_from(number).ok());
        let wrong = || ServerError::ConfigFile {
            path: self.path.clone(),
            reason: format!("max_viewers = {value} is not allowed: it is a whole number, 0 or more"),
        };
        number.map(Some).ok_or_else(wrong)
    }

    /// The cameras as specs.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn specs(&self) -> Result<Vec<PlacedSpec>, ServerError> {
        self.camera.iter().enumerate().map(|(index, camera)| self.spec(index, camera)).collect()
    }

    fn spec(&self, index: usize, camera: &CameraTable) -> Result<PlacedSpec, ServerError> {
        let shown = camera.name.as_ref().map_or_else(|| (index + 1).to_string(), |name| format!("{name:?}"));
        let place = format!("{}: camera {shown}", self.path);
        let name = camera.name.as_ref().map_or_else(String::new, |name| format!("{name}="));
        let (place, mut spec) = in_place(place, format!("{name}{}", camera.source).parse())?;
        for (key, value) in &camera.options {
            set(&mut spec, key, value)
                .map_err(|reason| ServerError::ConfigFile { path: place.clone(), reason })?;
        }
        Ok((place, spec))
    }
}

/// Puts an option of the file into `spec`, as if it had been typed there.
fn set(spec: &mut SourceSpec, key: &str, value: &toml::Value) -> Result<(), String> {
    let text = match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Integer(number) => number.to_string(),
        toml::Value::Float(number) => number.to_string(),
        toml::Value::Boolean(yes) => yes.to_string(),
        toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
            return Err(format!("{key} = {value} is not allowed: it is a text, a number, true or false"));
        }
    };
    spec.set(key.to_owned(), text);
    Ok(())
}
