//! What comes into being with a camera: its first track, the publisher for its source, and the requests for renditions.

use std::sync::Arc;

use lenscast_media::rendition::Rendition;
use tokio::sync::{mpsc, watch};

use super::{
    camera::Camera,
    gop_cache::CacheLimits,
    publisher::Publisher,
    requests::{MAX_REQUESTS, RenditionPolicy, RenditionRequest},
    retention::CacheMemory,
    track::{Track, TrackContext},
};
use crate::clock::Clock;

impl Camera {
    /// A camera with a video track, the publisher for its source, and the requests for what the source does not give.
    /// `policy` says which renditions may be made beside each other.
    #[must_use]
    pub fn new(
        name: String,
        clock: Clock,
        limits: CacheLimits,
        policy: RenditionPolicy,
    ) -> (Arc<Self>, Publisher, RenditionRequests) {
        let context = TrackContext {
            clock,
            limits,
            memory: Arc::new(CacheMemory::new(limits.bytes)),
            camera_viewers: Arc::new(watch::Sender::new(0)),
        };
        let video = Arc::new(Track::new(0, Rendition::H264, context.clone()));
        let (requests, waiting) = mpsc::channel(MAX_REQUESTS);
        let camera = Arc::new(Self::with_track(name, context, Arc::clone(&video), policy, requests));
        camera.request(&video).expect("the channel is new");
        let publisher = Publisher::new(Arc::clone(&camera), camera.publisher(video));
        (Arc::clone(&camera), publisher, RenditionRequests { camera, waiting })
    }
}

/// The requests of one camera, for whoever makes renditions.
#[derive(Debug)]
pub struct RenditionRequests {
    camera: Arc<Camera>,
    waiting: mpsc::Receiver<RenditionRequest>,
}

impl RenditionRequests {
    /// The camera whose tracks are to be made.
    #[must_use]
    pub const fn camera(&self) -> &Arc<Camera> {
        &self.camera
    }

    /// The next request. Cancel-safe.
    pub async fn next(&mut self) -> Option<RenditionRequest> {
        self.waiting.recv().await
    }
}
