//! What was typed together with where it was typed, so that a message can name the place.

use crate::{
    error::ServerError,
    source::{SourceSpec, SpecError},
};

/// A typed value and where it was typed: `--listen`, or the file and its line.
pub(super) type Placed<T> = (String, T);
/// A camera as it was typed.
pub(super) type PlacedSpec = Placed<SourceSpec>;

/// A parsed source at `place`.
///
/// # Errors
/// The error of the parser, with the place.
pub(super) fn in_place(
    place: String,
    spec: Result<SourceSpec, SpecError>,
) -> Result<PlacedSpec, ServerError> {
    match spec {
        Ok(spec) => Ok((place, spec)),
        Err(error) => Err(ServerError::Source { place, error }),
    }
}
