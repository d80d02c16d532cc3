//! A camera: a name, a catalogue of tracks, and what its source is doing.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use lenscast_media::{codec::Medium, rendition::Rendition, time::Moment};
use tokio::sync::{mpsc, watch};

use super::{
    camera_state::CameraState,
    catalogue::Catalogue,
    origins::Origins,
    requests::{AddressShare, RenditionPolicy, RenditionRefused, RenditionRequest},
    subscription::Subscription,
    track::{Track, TrackContext},
    track_publisher::TrackPublisher,
    viewer::ViewerInfo,
};
use crate::{address_group::AddressGroup, clock::Clock};

/// One camera.
#[derive(Debug)]
pub struct Camera {
    name: Arc<str>,
    context: TrackContext,
    video: Arc<Track>,
    catalogue: Mutex<Catalogue>,
    requests: mpsc::Sender<RenditionRequest>,
    origins: watch::Sender<Origins>,
    state: watch::Sender<CameraState>,
    /// Why the camera is over, once it is.
    closed: OnceLock<String>,
}

impl Camera {
    /// A camera whose only track is `video`.
    pub(super) fn with_track(
        name: String,
        context: TrackContext,
        video: Arc<Track>,
        policy: RenditionPolicy,
        requests: mpsc::Sender<RenditionRequest>,
    ) -> Self {
        Self {
            name: name.into(),
            context,
            origins: watch::Sender::new(Origins::of_video(video.rendition())),
            catalogue: Mutex::new(Catalogue::new(Arc::clone(&video), policy)),
            video,
            requests,
            state: watch::Sender::new(CameraState::Starting),
            closed: OnceLock::new(),
        }
    }

    /// Its name, as in `/cam/NAME/`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server's clock.
    #[must_use]
    pub const fn clock(&self) -> Clock {
        self.context.clock
    }

    /// Its tracks; the first is its video.
    #[must_use]
    pub fn tracks(&self) -> Vec<Arc<Track>> {
        self.catalogue().tracks().to_vec()
    }

    /// The track of `rendition`, if there is one already.
    #[must_use]
    pub fn track(&self, rendition: Rendition) -> Option<Arc<Track>> {
        self.catalogue().find(rendition).cloned()
    }

    /// The track that players take by default. It is always there.
    #[must_use]
    pub const fn video(&self) -> &Arc<Track> {
        &self.video
    }

    /// A new viewer of `rendition`. If the source does not give it, it is made from now on. `share` says how many renditions
    /// its address may have.
    ///
    /// # Errors
    /// When it may not be made beside the others.
    pub fn subscribe(
        &self,
        rendition: Rendition,
        info: ViewerInfo,
        share: AddressShare,
    ) -> Result<Subscription, RenditionRefused> {
        // Under the lock, so that no track is removed between being found and being subscribed to.
        let mut catalogue = self.catalogue();
        let asker = (share == AddressShare::Part).then(|| AddressGroup::of(info.remote.ip()));
        self.track_to_read(&mut catalogue, rendition, asker).map(|track| track.subscribe(info))
    }

    /// The sound of `rendition`, for the viewer with this `info`, who is counted at the pictures.
    ///
    /// # Errors
    /// When it may not be made beside the others.
    pub fn subscribe_listener(
        &self,
        rendition: Rendition,
        info: ViewerInfo,
    ) -> Result<Subscription, RenditionRefused> {
        let mut catalogue = self.catalogue();
        self.track_to_read(&mut catalogue, rendition, None).map(|track| track.subscribe_listener(info))
    }

    /// The frames of `rendition`, for a recipe that makes another track of them.
    ///
    /// # Errors
    /// When it may not be made beside the others.
    pub fn subscribe_recipe(&self, rendition: Rendition) -> Result<Subscription, RenditionRefused> {
        let mut catalogue = self.catalogue();
        self.track_to_read(&mut catalogue, rendition, None).map(|track| track.subscribe_recipe())
    }

    /// Removes a rendition that nobody wants any more. Whether it is removed, now or before.
    #[must_use]
    pub fn remove_if_unwanted(&self, track: &Arc<Track>) -> bool {
        let mut catalogue = self.catalogue();
        if catalogue.contains(track) && !track.is_wanted() && !self.is_origin(track.rendition()) {
            catalogue.remove(track);
        }
        !catalogue.contains(track)
    }

    /// Which tracks the source writes, now and whenever that changes.
    #[must_use]
    pub fn origins(&self) -> watch::Receiver<Origins> {
        self.origins.subscribe()
    }

    /// Whether it has sound.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        self.origins.borrow().of(Medium::Audio).is_some()
    }

    /// When the first byte of the source's newest picture was here, if there is one.
    #[must_use]
    pub fn newest_received_at(&self) -> Option<Moment> {
        let origin = self.origins.borrow().video();
        self.track(origin).and_then(|track| track.newest_received_at())
    }

    /// Viewers of all its tracks, now and whenever that changes.
    #[must_use]
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.context.camera_viewers.subscribe()
    }

    /// What its source is doing, now and whenever it changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<CameraState> {
        self.state.subscribe()
    }

    /// Closes the camera: all viewers learn the reason.
    pub fn close(&self, reason: &str) {
        let _ = self.closed.set(reason.to_owned());
        self.wake_viewers();
    }

    /// Why it was closed, if it was.
    #[must_use]
    pub fn is_closed(&self) -> Option<&str> {
        self.closed.get().map(String::as_str)
    }

    /// Viewers wait for one thing only, their track: whatever happens to the camera wakes them there.
    fn wake_viewers(&self) {
        for track in self.tracks() {
            track.wake_viewers();
        }
    }

    pub(super) fn set_state(&self, new: CameraState) {
        let new = new.redacted();
        let changed = self.state.send_if_modified(|state| {
            let changed = *state != new;
            if changed {
                tracing::debug!(camera = self.name(), state = new.name(), "{}", new.message());
                *state = new;
            }
            changed
        });
        if changed {
            self.wake_viewers();
        }
    }

    /// The source writes the track of `rendition` from now on.
    pub(super) fn set_origin(&self, rendition: Rendition) {
        self.origins.send_if_modified(|origins| origins.set(rendition));
    }

    /// Nothing writes sound any more.
    pub(super) fn unset_sound(&self) {
        self.origins.send_if_modified(Origins::unset_sound);
    }

    /// Writes the track of `rendition` for the source. The policy for renditions does not limit it.
    pub(super) fn origin_publisher(&self, rendition: Rendition) -> TrackPublisher {
        let mut catalogue = self.catalogue();
        let known = catalogue.find(rendition).cloned();
        let track = known.unwrap_or_else(|| {
            let track = self.add(&mut catalogue, rendition);
            // When the source gives something else later, a recipe makes what it gives now.
            if self.request(&track).is_err() {
                tracing::warn!(camera = self.name(), "no more renditions can be made of this camera");
            }
            track
        });
        self.publisher(track)
    }

    /// What was made of the source's last run is the past: nobody begins there. Of sound only if it `wrote_sound`, too.
    pub(super) fn seal_renditions(&self, wrote_sound: bool) {
        let is_of_run = |track: &&Arc<Track>| {
            let rendition = track.rendition();
            !self.is_origin(rendition) && (wrote_sound || rendition.codec.medium() == Medium::Video)
        };
        for track in self.tracks().iter().filter(is_of_run) {
            track.seal_rendition();
        }
    }

    fn is_origin(&self, rendition: Rendition) -> bool {
        self.origins.borrow().contains(rendition)
    }

    fn catalogue(&self) -> MutexGuard<'_, Catalogue> {
        self.catalogue.lock().expect("no holder of this lock panics")
    }

    /// The track of `rendition`; its making is requested if there was none.
    fn track_to_read(
        &self,
        catalogue: &mut Catalogue,
        rendition: Rendition,
        asker: Option<AddressGroup>,
    ) -> Result<Arc<Track>, RenditionRefused> {
        if let Some(track) = catalogue.find(rendition) {
            return Ok(Arc::clone(track));
        }
        if !self.is_origin(rendition) {
            catalogue.admit(rendition, asker, |other| self.is_origin(other))?;
        }
        let track = self.add(catalogue, rendition);
        if let Err(refused) = self.request(&track) {
            catalogue.remove(&track);
            return Err(refused);
        }
        Ok(track)
    }

    fn add(&self, catalogue: &mut Catalogue, rendition: Rendition) -> Arc<Track> {
        catalogue.add(|id| Track::new(id, rendition, self.context.clone()))
    }

    /// Requests that `track` is made while it is wanted and the source does not write it.
    pub(super) fn request(&self, track: &Arc<Track>) -> Result<(), RenditionRefused> {
        let request = RenditionRequest { publisher: self.publisher(Arc::clone(track)) };
        self.requests.try_send(request).map_err(|_| {
            RenditionRefused(
                "Too many renditions of this camera begin at once. Try again in a second.".into(),
            )
        })
    }

    /// The writer of `track`.
    pub(super) fn publisher(&self, track: Arc<Track>) -> TrackPublisher {
        TrackPublisher::new(Arc::clone(&self.name), self.context.clock.epoch(), track)
    }
}
