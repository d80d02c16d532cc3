//! The messages of `lenscast.v1` (docs/player-wire.md) that say what a camera is and does, for the transports that send them.

use lenscast_media::{
    player_wire::{PROTOCOL, ServerMessage, StateName, TrackEntry},
    rendition::Rendition,
};

use crate::{
    access::Grant,
    clock::Clock,
    http::shown_status,
    hub::{Camera, CameraState},
};

/// Number of the pictures on the wire.
pub(super) const VIDEO_TRACK: u8 = 0;
/// Number of the sound.
pub(super) const SOUND_TRACK: u8 = 1;

/// The first message of a connection.
pub(super) fn hello(camera: &Camera) -> ServerMessage {
    ServerMessage::Hello {
        protocol: PROTOCOL.to_owned(),
        server: concat!("Lenscast ", env!("CARGO_PKG_VERSION")).to_owned(),
        camera: camera.name().to_owned(),
        tracks: tracks(camera),
    }
}

/// The tracks that its players may take; the sound as Opus, if there is any.
fn tracks(camera: &Camera) -> Vec<TrackEntry> {
    let entry = |track, rendition: Rendition| TrackEntry { track, kind: rendition.name().to_owned() };
    let video = entry(VIDEO_TRACK, camera.video().rendition());
    let sound = camera.has_sound().then(|| entry(SOUND_TRACK, Rendition::OPUS));
    std::iter::once(video).chain(sound).collect()
}

/// What the camera is doing.
pub(super) fn state(state: &CameraState, clock: Clock) -> ServerMessage {
    let name = match state {
        CameraState::Idle | CameraState::Searching | CameraState::Starting | CameraState::Waiting { .. } => {
            StateName::Starting
        }
        CameraState::Live => StateName::Live,
        CameraState::Offline { .. } => StateName::Offline,
        CameraState::Ended { .. } => StateName::Ended,
    };
    let retry_ms = state.retry_ms(clock.now());
    ServerMessage::State { state: name, message: state.message().to_owned(), retry_ms }
}

/// How the sound of the camera is, if it has any, as the holder of `grant` is shown it.
pub(super) fn sound(camera: &Camera, grant: &Grant) -> Option<ServerMessage> {
    let track = camera.has_sound().then(|| camera.track(Rendition::PCM)).flatten()?;
    let status = shown_status(camera, &track, grant);
    Some(ServerMessage::Sound { message: status.message, clock: status.sound_clock })
}
