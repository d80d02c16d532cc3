// JMuxer to a <video>: `ws/h264?tail=pps`, one access unit a message. Only when asked for: Media Source Extensions again,
// as the third of the classic systems plays, and good to compare with.
//
//   SocketFeed ──access unit──► Pace: length ──► JMuxer ──► <video>
//
// JMuxer knows no time stamps, keeps the first parameter sets it saw, and never plays what it is fed before its media
// source is open: lengths are measured from the arrivals, another SPS gets another JMuxer, and the first units wait. It
// runs at live: what is further behind jumps.

import JMuxer from 'jmuxer';
import { socketAddress } from '../wire/socket';
import { FedPlayer } from './fed_player';
import { Measure } from './measure';
import { Meter } from './meter';
import { Pace } from './pace';
import { spsOf } from './parameter_sets';
import { messageOf, type PlayerHost, type PlayerStats } from './player';
import { SocketFeed } from './socket_feed';
import { watchPictures } from './video_pictures';

/** Further behind than this it jumps to live, looked at this often. */
const BEHIND_SECONDS = 0.25;
const LOOK_EVERY_MS = 200;
/** Of a jump's target before the end. */
const MARGIN_SECONDS = 0.04;
/** More units than come before a media source is open. */
const EARLY_LIMIT = 2000;
/** Failures within a minute after which the player gives up. */
const FAILURES_LIMIT = 4;

export class JmuxerPlayer extends FedPlayer {
  readonly kind = 'jmuxer';
  readonly transport = 'WebSocket, ws/h264';
  readonly surface = document.createElement('video');

  protected readonly feed: SocketFeed;
  private readonly measure: Measure;
  private readonly pace = new Pace();
  private readonly failures = new Meter(60_000);
  private readonly ticker = setInterval(() => this.look(), LOOK_EVERY_MS);
  private muxer: JMuxer | null = null;
  /** Units that came before the muxer was ready; null: it is. */
  private early: { video: Uint8Array; duration: number }[] | null = null;
  private sps = '';
  private jumps = 0;

  constructor(host: PlayerHost, base: URL) {
    super(host);
    this.measure = new Measure(host.clock);
    const video = this.surface;
    video.muted = video.defaultMuted = video.autoplay = video.playsInline = true;
    video.disableRemotePlayback = true;
    video.addEventListener('error', () => this.onError(video.error?.message || 'the browser could not decode the video'));
    video.addEventListener('pause', () => !this.paused && !this.closed && this.play());
    watchPictures(video, (_mediaTime, _atMs, count) => {
      for (let shown = 0; shown < count; shown++) this.measure.painted(performance.now(), null);
      if (!this.paused) this.host.pictureShown();
    });
    this.feed = new SocketFeed(socketAddress('ws/h264?tail=pps', base), {
      binary: (bytes, first) => this.onUnit(new Uint8Array(bytes), first),
      refused: (reason) => host.refused(reason),
      failed: (reason) => host.failed(reason),
    }, this.retries);
  }

  override pause(): void {
    super.pause();
    this.surface.pause();
    this.measure.restart();
  }

  stats(): PlayerStats {
    const video = this.surface;
    const end = video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : null;
    return {
      ...this.measure.figures(performance.now()),
      width: video.videoWidth,
      height: video.videoHeight,
      codec: video.videoWidth > 0 ? 'H.264' : '',
      skipped: 0,
      replaced: video.getVideoPlaybackQuality?.().droppedVideoFrames ?? 0,
      bufferedMs: end === null ? null : Math.max(0, end - video.currentTime) * 1000,
      detail: `jumps ${this.jumps}`,
    };
  }

  override close(): void {
    super.close();
    this.paused = true;
    clearInterval(this.ticker);
    this.drop();
    this.surface.removeAttribute('src');
    this.surface.load();
  }

  private onUnit(unit: Uint8Array, first: boolean): void {
    const now = performance.now();
    this.measure.arrived(now, unit.byteLength);
    const sps = spsOf(unit);
    if (first || (sps !== null && sps !== this.sps)) this.begin();
    if (sps !== null) this.sps = sps;
    const data = { video: unit, duration: this.pace.next(now) };
    if (!this.early) this.muxer?.feed(data);
    else if (this.early.length < EARLY_LIMIT) this.early.push(data);
  }

  private begin(): void {
    this.drop();
    this.pace.restart();
    this.early = [];
    try {
      const muxer: JMuxer = new JMuxer({
        node: this.surface,
        mode: 'video',
        flushingTime: 0,
        onReady: () => this.muxer === muxer && this.onReady(muxer),
        onError: (error) => this.onError(error.error ?? error.name ?? 'the browser could not read the video'),
        onUnsupportedCodec: (codec) => this.host.failed(`this browser does not play ${codec}`),
      });
      this.muxer = muxer;
    } catch (error) {
      return this.host.failed(messageOf(error));
    }
    this.play();
  }

  private onReady(muxer: JMuxer): void {
    const early = this.early ?? [];
    this.early = null;
    for (const data of early) muxer.feed(data);
  }

  private drop(): void {
    const muxer = this.muxer;
    this.muxer = null;
    try {
      muxer?.destroy();
    } catch {
      // its media source was closed by the browser already
    }
  }

  private look(): void {
    const { buffered, currentTime, seeking } = this.surface;
    if (buffered.length === 0 || seeking || this.paused) return;
    const end = buffered.end(buffered.length - 1);
    if (end - currentTime < BEHIND_SECONDS && currentTime >= buffered.start(0)) return;
    this.jumps++;
    this.surface.currentTime = Math.max(buffered.start(buffered.length - 1), end - MARGIN_SECONDS);
  }

  private play(): void {
    this.surface.play().then(() => this.host.tapNeeded(null)).catch((error: unknown) => {
      const refused = error instanceof DOMException && error.name === 'NotAllowedError';
      if (refused && !this.paused && !this.closed) this.host.tapNeeded(() => this.play());
    });
  }

  private onError(reason: string): void {
    if (this.closed || !this.muxer) return;
    const now = performance.now();
    this.failures.add(now);
    this.drop();
    if (this.failures.count(now) >= FAILURES_LIMIT) this.host.failed(reason);
    else if (!this.paused) this.feed.start();
  }
}
