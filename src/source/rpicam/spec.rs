//! Makes the configuration of a Raspberry Pi camera from what was typed: `rpicam,size=1280x720:0`.

use super::{
    installed,
    settings::{Config, SettingError},
    table,
};
use crate::{
    option_value::OptionValue,
    source::typed::{error::SpecError, spec::SourceSpec},
};

/// What `spec` says; rpicam-vid has to be there.
///
/// # Errors
/// What is wrong and what is allowed.
pub(super) fn from_spec(spec: &SourceSpec) -> Result<Config, SpecError> {
    let mut config = Config::default();
    if let Some(number) = spec.rest.as_deref() {
        let number = number.parse().ok().filter(|number| *number < Config::MOST_CAMERAS);
        config.camera = number.ok_or_else(|| spec.wrong_rest("the number of a camera, such as rpicam:0"))?;
    }
    for (key, value) in &spec.options {
        let placed = match (key.as_str(), value.text()) {
            ("program" | "tuning-file", Some(path)) => spec.path(path).to_string_lossy().as_ref().into(),
            _ => value.clone(),
        };
        config.set(key, &placed).map_err(|error| in_words(spec, key, value, error))?;
    }
    config.check().map_err(|error| {
        let named = match &error {
            SettingError::Value { key, .. } => spec.options.iter().find(|(typed, _)| typed == key),
            SettingError::Unknown => None,
        };
        let (key, value) = named.cloned().unwrap_or_else(|| (String::new(), "".into()));
        in_words(spec, &key, &value, error)
    })?;
    installed::find(&config).map_err(SpecError::NoProgram)?;
    spec.no_format()?;
    Ok(config)
}

fn in_words(spec: &SourceSpec, key: &str, value: &OptionValue, error: SettingError) -> SpecError {
    match error {
        SettingError::Unknown => spec.unknown_option(key, &table::names()),
        SettingError::Value { key, allowed } => spec.value(key, value, allowed),
    }
}
