//! Recipe: Opus of raw sound, 20 ms a packet, on a thread of its own.
//!
//! ```text
//! Subscription(pcm) ─► Blocks ─► OpusEncoder ─► TrackPublisher(opus)
//! nothing for long ─────► silence ─┘
//! ```
//! The track has no hole: a player shows no picture for which it lacks sound. So there is silence while a microphone fails,
//! and the status of the track says why.

use std::{sync::Arc, time::Duration};

use lenscast_media::{
    codec::CodecConfig,
    frame::{Frame, Role},
    opus::{self, PACKET_SAMPLES, PRE_SKIP},
    pcm::{Block, Blocks, SAMPLE_RATE, samples_of, ticks_of},
    rendition::Rendition,
    time::{Moment, Timestamp},
};
use opus_rs::{Application, OpusEncoder};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::recipe::{RecipeError, Run, on_thread};
use crate::{
    clock::Clock,
    hub::{Delivery, EncoderState, Subscription},
};

/// Sound that is later than this is replaced by silence, at least. More than a busy machine takes.
const LEAST_PATIENCE: Duration = Duration::from_millis(60);
/// A microphone that gives its sound in longer pieces is waited for up to this, and a little longer than its pieces are late.
const MOST_PATIENCE: Duration = Duration::from_secs(1);
const MARGIN: Duration = Duration::from_millis(30);
/// Bits a second of one channel and of two.
const BITS_PER_SECOND: [i32; 2] = [64_000, 96_000];
/// What the encoder takes time for, from 0 to 10: a twentieth of a core of a Raspberry Pi.
const COMPLEXITY: i32 = 5;
/// Longest packet (RFC 6716 section 3.4).
const MAX_PACKET_BYTES: usize = 1_275;
/// Packets that may wait for the publisher.
const PACKETS_IN_FLIGHT: usize = 4;

/// What the encoding thread has to say.
enum Output {
    Packet(Frame),
    EncoderState(EncoderState),
}

pub(super) async fn run(run: Run<'_>) -> Result<(), RecipeError> {
    let pcm = run.camera.subscribe_recipe(Rendition::PCM)?;
    let (encoded, mut output) = mpsc::channel(PACKETS_IN_FLIGHT);
    let begins = run.publisher.next_dts().saturating_add(ticks_of(PRE_SKIP.into()));
    let encoding = Encoding::new(run.camera.clock(), begins, encoded)?;
    let work = on_thread("opus-encoder", encoding.run(pcm, run.stop.clone()));
    let publish = async {
        while let Some(output) = output.recv().await {
            match output {
                Output::Packet(frame) => run.publisher.publish(frame),
                Output::EncoderState(encoder) => run.publisher.set_encoder_state(encoder),
            }
        }
    };
    let (outcome, ()) = tokio::join!(work, publish);
    outcome?.unwrap_or(Err(RecipeError::Died("Opus encoder")))
}

struct Encoding {
    clock: Clock,
    config: Arc<CodecConfig>,
    encoder: PacketEncoder,
    blocks: Blocks,
    /// How late sound may be until there is silence in its place.
    patience: Duration,
    encoded: mpsc::Sender<Output>,
    /// Why there is silence, as it was said last.
    failure: Option<String>,
}

impl Encoding {
    /// The first packet begins now, or at `begins` if that is later.
    fn new(clock: Clock, begins: i64, encoded: mpsc::Sender<Output>) -> Result<Self, RecipeError> {
        let (channels, begins) = (1, begins.max(ticks_at(clock, clock.now())));
        Ok(Self {
            clock,
            config: Arc::new(opus::config()),
            encoder: PacketEncoder::new(channels)?,
            blocks: Blocks::new(channels, PACKET_SAMPLES, begins),
            patience: LEAST_PATIENCE,
            encoded,
            failure: None,
        })
    }

    async fn run(mut self, mut pcm: Subscription, stop: CancellationToken) -> Result<(), RecipeError> {
        loop {
            let patient_until = self.clock.instant(moment_of(self.clock, self.blocks.end())) + self.patience;
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                delivery = pcm.next() => {
                    let Delivery::Frame(shared) = delivery else { continue };
                    self.take(&shared.frame)?;
                }
                () = tokio::time::sleep_until(patient_until.into()) => {
                    self.blocks.push_silence_until(self.blocks.end() + ticks_of(PACKET_SAMPLES as i64));
                }
            }
            if !self.send_blocks().await? || !self.say_failure(&pcm).await {
                return Ok(());
            }
        }
    }

    fn take(&mut self, frame: &Frame) -> Result<(), RecipeError> {
        let Some(audio) = frame.config.audio() else { return Ok(()) };
        if audio.channels != self.encoder.channels {
            self.encoder = PacketEncoder::new(audio.channels)?;
            self.blocks = Blocks::new(audio.channels, PACKET_SAMPLES, self.blocks.end());
        }
        let late_by = frame.ready_at.micros_since(moment_of(self.clock, frame.pts.ticks));
        self.patience = self.patience.max((Duration::from_micros(late_by) + MARGIN).min(MOST_PATIENCE));
        self.blocks.push(frame.pts.ticks, samples_of(frame));
        Ok(())
    }

    /// Encodes all blocks that are whole; `false` when the publisher is gone.
    async fn send_blocks(&mut self) -> Result<bool, RecipeError> {
        while let Some(block) = self.blocks.pop() {
            let payload = self.encoder.encode(&block)?;
            let (pts, captured_at) = (opus::decoded_from(block.pts), moment_of(self.clock, block.pts));
            let now = self.clock.now();
            let frame = Frame {
                sequence: 0,
                role: Role::Key,
                recovery_frames: 0,
                pts: Timestamp::video(pts),
                dts: Timestamp::video(pts),
                // 1800: a constant of the format.
                duration: (PACKET_SAMPLES as u32) * 15 / 8,
                captured_at: Some(captured_at),
                received_at: now,
                ready_at: now,
                payload: payload.into(),
                units: Box::default(),
                config: Arc::clone(&self.config),
            };
            if self.encoded.send(Output::Packet(frame)).await.is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Says why there is silence, and when there is sound again; `false` when the publisher is gone.
    async fn say_failure(&mut self, pcm: &Subscription) -> bool {
        let failure = pcm.track().encoder_state().borrow().failure().map(str::to_owned);
        if failure == self.failure {
            return true;
        }
        self.failure.clone_from(&failure);
        let state = failure.map_or(EncoderState::Running, EncoderState::Degraded);
        self.encoded.send(Output::EncoderState(state)).await.is_ok()
    }
}

/// `moment` in ticks of 90 kHz of media time.
fn ticks_at(clock: Clock, moment: Moment) -> i64 {
    let samples = u128::from(moment.micros_since(clock.epoch())) * u128::from(SAMPLE_RATE) / 1_000_000;
    ticks_of(i64::try_from(samples).unwrap_or(i64::MAX))
}

/// The moment of `ticks` of 90 kHz of media time.
fn moment_of(clock: Clock, ticks: i64) -> Moment {
    let micros = u128::from(ticks.max(0).unsigned_abs()) * 100 / 9;
    clock.epoch().plus_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// The one place that knows the library.
struct PacketEncoder {
    channels: u8,
    encoder: OpusEncoder,
}

impl PacketEncoder {
    fn new(channels: u8) -> Result<Self, RecipeError> {
        let rate = i32::try_from(SAMPLE_RATE).unwrap_or(i32::MAX);
        let mut encoder =
            OpusEncoder::new(rate, channels.into(), Application::Audio).map_err(RecipeError::Sound)?;
        encoder.bitrate_bps = BITS_PER_SECOND[usize::from(channels > 1)];
        encoder.complexity = COMPLEXITY;
        Ok(Self { channels, encoder })
    }

    fn encode(&mut self, block: &Block) -> Result<Vec<u8>, RecipeError> {
        let mut packet = vec![0; MAX_PACKET_BYTES];
        let encoded = self.encoder.encode_i16(&block.samples, PACKET_SAMPLES, &mut packet);
        packet.truncate(encoded.map_err(RecipeError::Sound)?);
        Ok(packet)
    }
}
