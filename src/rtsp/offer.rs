//! What a camera can be played by: its configuration, as soon as that is known.

use std::{sync::Arc, time::Duration};

use lenscast_media::codec::CodecConfig;

use super::viewer::Viewer;
use crate::{
    http::{shown_failure, shown_state},
    hub::AWAITS_KEYFRAME,
};

/// A camera that is asked for has this long to give a frame: it may have to start.
const FRAME_WITHIN: Duration = Duration::from_secs(8);
/// Why nothing is offered, where nothing else is known.
const NO_PICTURE: &str = "There is no picture of this camera yet";

/// The configuration of the camera's video, as soon as it is known.
///
/// # Errors
/// Why there is none.
pub(super) async fn description(viewer: &mut Viewer) -> Result<Arc<CodecConfig>, String> {
    let camera = Arc::clone(&viewer.camera);
    let config = viewer.subscription.wait_for(|subscription| match camera.is_closed() {
        Some(reason) => Some(Err(reason.to_owned())),
        None => subscription.has_frame().then(|| subscription.track().config()).flatten().map(Ok),
    });
    if let Ok(config) = tokio::time::timeout(FRAME_WITHIN, config).await {
        return config;
    }
    let grant = &viewer.grant;
    let encoder = camera.video().encoder_state();
    let failure = encoder.borrow().failure().map(|failure| shown_failure(&camera, failure, grant));
    let state = shown_state(&camera, camera.state().borrow().clone(), grant);
    let state = Some(state.message().to_owned()).filter(|message| !message.is_empty());
    let waits = camera.video().awaits_keyframe().then(|| AWAITS_KEYFRAME.to_owned());
    Err(failure.or(state).or(waits).unwrap_or_else(|| NO_PICTURE.to_owned()))
}
