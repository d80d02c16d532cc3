//! What is shown of a camera's troubles: all that is known to whoever may change the server, else what is wrong, without paths,
//! commands, addresses and the words of other programs.

use crate::{
    access::{Grant, Right},
    hub::{Camera, CameraState, Track, TrackStatus},
};

/// Whether the holder of `grant` is shown all that is known.
#[must_use]
pub(super) fn sees_details(grant: &Grant) -> bool {
    grant.right() == Right::Admin
}

/// The state of `camera` as the holder of `grant` is shown it.
#[must_use]
pub fn shown_state(camera: &Camera, state: CameraState, grant: &Grant) -> CameraState {
    if sees_details(grant) { state } else { state.without_details(camera.name()) }
}

/// The status of a `track` of `camera` as the holder of `grant` is shown it.
#[must_use]
pub fn shown_status(camera: &Camera, track: &Track, grant: &Grant) -> TrackStatus {
    let mut status = track.status();
    if let Some(failure) = track.encoder_state().borrow().failure() {
        status.message = shown_failure(camera, failure, grant);
    }
    status
}

/// Why a rendition of `camera` cannot be made, as the holder of `grant` is shown it.
#[must_use]
pub fn shown_failure(camera: &Camera, failure: &str, grant: &Grant) -> String {
    if sees_details(grant) {
        return failure.to_owned();
    }
    format!("What was asked for cannot be had from camera {} now", camera.name())
}
