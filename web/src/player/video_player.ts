// Base class of the players with a <video>: its set-up, the tap that a browser may require, its figures and its failures.
// The subclass owns the media source.

import { FedPlayer } from './fed_player';
import { Measure } from './measure';
import { Meter } from './meter';
import type { PlayerHost, PlayerStats } from './player';
import { watchPictures, type PictureSeen } from './video_pictures';

/** After this many failures within the window the player gives up. */
const FAILURES_LIMIT = 4;
const FAILURES_WINDOW_MS = 60_000;

export abstract class VideoPlayer extends FedPlayer {
  readonly surface = document.createElement('video');
  protected readonly measure: Measure;
  private readonly failures = new Meter(FAILURES_WINDOW_MS);
  private readonly ticker: ReturnType<typeof setInterval>;
  private stopWatching: (() => void) | null = null;

  /** `tick` is called every `tickMs` milliseconds. */
  constructor(host: PlayerHost, tickMs: number) {
    super(host);
    this.measure = new Measure(host.clock);
    this.ticker = setInterval(() => this.tick(), tickMs);
    const video = this.surface;
    video.muted = video.defaultMuted = video.autoplay = video.playsInline = true;
    video.disableRemotePlayback = true; // a ManagedMediaSource opens only then
    video.addEventListener('error', () =>
      this.onMediaError(video.error?.message || 'the browser could not decode the video'),
    );
    video.addEventListener('pause', () => !this.paused && this.play());
  }

  /** Reports the pictures on the screen to `seen` until the player is closed. */
  protected watch(seen: PictureSeen): void {
    this.stopWatching = watchPictures(this.surface, seen);
  }

  /** Keeps playback live. */
  protected abstract tick(): void;
  /** Whether there is a media source that can fail. */
  protected abstract hasMedia(): boolean;
  protected abstract dropMedia(): void;

  override pause(): void {
    super.pause();
    this.surface.pause();
    this.measure.restart();
  }

  override close(): void {
    super.close();
    this.paused = true;
    clearInterval(this.ticker);
    this.stopWatching?.();
    this.dropMedia();
    this.surface.removeAttribute('src');
    this.surface.load();
  }

  protected play(): void {
    this.surface
      .play()
      .then(() => this.host.tapNeeded(null))
      .catch((error: unknown) => {
        const refused = error instanceof DOMException && error.name === 'NotAllowedError';
        if (refused && !this.paused && !this.closed) this.host.tapNeeded(() => this.play());
      });
  }

  /** Starts again with another media source; gives up after too many failures. */
  protected onMediaError(reason: string): void {
    if (this.closed || !this.hasMedia()) return;
    const nowMs = performance.now();
    this.failures.add(nowMs);
    this.dropMedia();
    if (this.failures.count(nowMs) >= FAILURES_LIMIT) this.host.failed(reason);
    else if (!this.paused) this.feed.start();
  }

  /** `endSeconds` is the end of the received video in media time; null before there is any. */
  protected figures(endSeconds: number | null): Omit<PlayerStats, 'codec' | 'skipped' | 'detail'> {
    const video = this.surface;
    return {
      ...this.measure.figures(performance.now()),
      width: video.videoWidth,
      height: video.videoHeight,
      replaced: video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0,
      bufferedMs: endSeconds === null ? null : Math.max(0, endSeconds - video.currentTime) * 1000,
    };
  }
}
