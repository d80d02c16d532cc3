//! What a user has written, with the place where it stands: for messages.

use crate::{
    error::ServerError,
    source::{SourceSpec, SpecError},
};

/// What was typed, behind where, for messages.
pub(super) type Placed<T> = (String, T);
/// A camera as it was typed.
pub(super) type PlacedSpec = Placed<SourceSpec>;

pub(super) fn in_place(
    place: String,
    spec: Result<SourceSpec, SpecError>,
) -> Result<PlacedSpec, ServerError> {
    match spec {
        Ok(spec) => Ok((place, spec)),
        Err(error) => Err(ServerError::Source { place, error }),
    }
}
