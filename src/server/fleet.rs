//! The cameras that run, and how another configuration is applied while their viewers watch.
//!
//! ```text
//! apply: same source        untouched; a rendition with other settings is restarted
//!        another source     the source is stopped and the new one started; viewers stay
//!        new                started
//!        removed            its viewers are closed with a reason
//! ```

use std::sync::Arc;

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::{
    config::CameraConfig,
    encode,
    http::AppState,
    hub::{CacheLimits, Camera, Publisher, SoundPublisher},
    source::{Finished, Sound, supervise, supervise_sound},
};

/// The close reason of viewers of a camera that is not configured any more.
const REMOVED: &str = "This camera was removed from the configuration";
/// Their close reason when the task that ran its source has failed.
const RESTARTED: &str = "This camera was restarted: connect again";

/// All cameras of a server.
#[derive(Debug)]
pub(super) struct Fleet {
    app: AppState,
    running: Vec<Running>,
    /// Whether cameras were set before: those of the start are not logged as added.
    has_begun: bool,
}

/// One camera with the tasks that run it.
#[derive(Debug)]
struct Running {
    config: CameraConfig,
    camera: Arc<Camera>,
    /// Ends the camera, renditions and all.
    stop: CancellationToken,
    source: RunningSource,
    sound: Option<RunningSound>,
    settings: watch::Sender<encode::Settings>,
}

/// A camera's source and the task that runs it.
#[derive(Debug)]
struct RunningSource {
    stop: CancellationToken,
    supervisor: JoinHandle<Publisher>,
    /// Whether it has ended for good.
    ended: watch::Receiver<bool>,
}

/// A camera's sound and the task that runs it.
#[derive(Debug)]
struct RunningSound {
    config: Sound,
    stop: CancellationToken,
    supervisor: JoinHandle<()>,
}

impl Fleet {
    /// No cameras yet.
    pub(super) const fn new(app: AppState) -> Self {
        Self { app, running: Vec::new(), has_begun: false }
    }

    /// Makes the cameras those of `configs`, in their order.
    pub(super) async fn apply(&mut self, configs: &[CameraConfig]) {
        let mut before = std::mem::take(&mut self.running);
        for config in configs {
            let known = before.iter().position(|running| running.config.name == config.name);
            let running = match known.map(|at| before.swap_remove(at)) {
                Some(running) if running.config.wanted == config.wanted => running.with_settings_of(config),
                Some(running) => self.change(running, config).await,
                None => {
                    if self.has_begun {
                        tracing::info!(camera = config.name, "camera added: {}", config.wanted);
                    }
                    self.start(config)
                }
            };
            self.running.push(self.with_sound_of(running, config).await);
        }
        for removed in before {
            tracing::info!(camera = removed.config.name, "camera removed");
            removed.stop.cancel();
            removed.camera.close(REMOVED);
        }
        self.has_begun = true;
        self.app.cameras.set(self.running.iter().map(|running| Arc::clone(&running.camera)).collect());
    }

    fn start(&self, config: &CameraConfig) -> Running {
        let clock = self.app.clock;
        let (camera, publisher, requests) =
            Camera::new(config.name.clone(), clock, CacheLimits::default(), encode::admit);
        let stop = self.app.stopping.child_token();
        let settings = watch::Sender::new(settings(config));
        self.app.tasks.spawn(encode::serve(requests, settings.subscribe(), stop.clone()));
        let source = self.run_source(config, publisher, &stop);
        Running { config: config.clone(), camera, stop, source, sound: None, settings }
    }

    /// Gives a camera another source; its viewers stay where they are.
    async fn change(&self, running: Running, config: &CameraConfig) -> Running {
        let Running { camera, stop, source, sound, settings: old, .. } = running;
        source.stop.cancel();
        let Ok(publisher) = source.supervisor.await else {
            stop.cancel();
            camera.close(RESTARTED);
            return self.start(config);
        };
        tracing::info!(camera = config.name, "source changed: {}", config.wanted);
        old.send_replace(settings(config));
        let source = self.run_source(config, publisher, &stop);
        Running { config: config.clone(), camera, stop, source, sound, settings: old }
    }

    /// Gives a camera the sound of `config`, if it has another one; its listeners stay where they are.
    async fn with_sound_of(&self, mut running: Running, config: &CameraConfig) -> Running {
        if running.sound.as_ref().map(|sound| &sound.config) == config.sound.as_ref() {
            return running;
        }
        if let Some(before) = running.sound.take() {
            before.stop.cancel();
            // The next one writes the same track.
            let _ = before.supervisor.await;
            let now = config.sound.as_ref().map_or_else(|| "none".to_owned(), Sound::to_string);
            tracing::info!(camera = config.name, "sound changed: {now}");
        }
        running.sound = config.sound.as_ref().map(|sound| self.run_sound(sound, &running));
        running
    }

    fn run_sound(&self, config: &Sound, running: &Running) -> RunningSound {
        let stop = running.stop.child_token();
        let mut publisher = SoundPublisher::new(&running.camera);
        let (sound, stopped) = (config.clone(), stop.clone());
        let supervisor = self.app.tasks.spawn(async move {
            supervise_sound(&sound, &mut publisher, stopped).await;
        });
        RunningSound { config: config.clone(), stop, supervisor }
    }

    fn run_source(
        &self,
        config: &CameraConfig,
        mut publisher: Publisher,
        stop: &CancellationToken,
    ) -> RunningSource {
        let stop = stop.child_token();
        let (ends, ended) = watch::channel(false);
        let wanted = config.wanted.clone();
        let (clock, stopped) = (self.app.clock, stop.clone());
        let supervisor = self.app.tasks.spawn(async move {
            let finished = supervise(&wanted, &mut publisher, clock, stopped).await;
            ends.send_replace(finished == Finished::Ended);
            publisher
        });
        RunningSource { stop, supervisor, ended }
    }

    /// Waits until every source has ended for good, and returns why the first did. Cancel-safe.
    pub(super) async fn all_ended(&self) -> String {
        for running in &self.running {
            let _ = running.source.ended.clone().wait_for(|ended| *ended).await;
        }
        let first = self.running.first();
        first.map_or_else(String::new, |running| running.camera.state().borrow().message().to_owned())
    }

    /// Closes all viewers with `reason`.
    pub(super) fn close(&self, reason: &str) {
        for running in &self.running {
            running.camera.close(reason);
        }
    }
}

impl Running {
    /// The same camera with the settings of `config` that do not concern the source.
    fn with_settings_of(mut self, config: &CameraConfig) -> Self {
        if self.config.mpeg1 != config.mpeg1 {
            tracing::info!(camera = config.name, "rendition settings changed");
            self.settings.send_replace(settings(config));
        }
        self.config = config.clone();
        self
    }
}

fn settings(config: &CameraConfig) -> encode::Settings {
    let video = encode::VideoSettings { bits_per_second: config.wanted.bits_per_second() };
    encode::Settings { video, mpeg1: config.mpeg1 }
}
