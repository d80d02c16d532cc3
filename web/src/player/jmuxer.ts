// JMuxer to a <video>: `ws/h264?tail=pps`, one access unit per message. Only by `?player=jmuxer`: it plays through Media
// Source Extensions, as the third of the classic systems does, and is there for comparison.
//
//   SocketFeed ──access unit──► Pace: duration ──► JMuxer ──► <video>
//
// JMuxer takes no timestamps, keeps the first parameter sets and drops what it gets before its media source is open. So
// durations are measured from the arrivals, another SPS gets another JMuxer, and the first access units wait. Playback
// that falls behind live jumps.

import JMuxer from 'jmuxer';
import { socketAddress } from '../wire/socket';
import { Pace } from './pace';
import { spsOf } from './parameter_sets';
import { messageOf, type PlayerHost, type PlayerStats } from './player';
import { SocketFeed } from './socket_feed';
import { VideoPlayer } from './video_player';

/** Playback that is further behind jumps to live. */
const BEHIND_SECONDS = 0.25;
const TICK_MS = 200;
/** A jump leads to this long before the end of the buffer. */
const MARGIN_SECONDS = 0.04;
/** More access units than come before a media source is open. */
const EARLY_LIMIT = 2000;

export class JmuxerPlayer extends VideoPlayer {
  readonly kind = 'jmuxer';
  readonly transport = 'WebSocket, ws/h264';

  protected readonly feed: SocketFeed;
  private readonly pace = new Pace();
  private muxer: JMuxer | null = null;
  /** Access units that came before the muxer was ready; null once it is. */
  private earlyUnits: { video: Uint8Array; duration: number }[] | null = null;
  private sps = '';
  private jumps = 0;

  constructor(host: PlayerHost, base: URL) {
    super(host, TICK_MS);
    this.watch((_mediaTime, _atMs, count) => {
      this.measure.painted(performance.now(), null, count);
      if (!this.paused) this.host.pictureShown();
    });
    this.feed = new SocketFeed(socketAddress('ws/h264?tail=pps', base), host, this.mayRetry, {
      binary: (bytes, first) => this.onUnit(new Uint8Array(bytes), first),
    });
  }

  stats(): PlayerStats {
    const { buffered, videoWidth } = this.surface;
    return {
      ...this.figures(buffered.length > 0 ? buffered.end(buffered.length - 1) : null),
      codec: videoWidth > 0 ? 'H.264' : '',
      skipped: 0,
      detail: `jumps ${this.jumps}`,
    };
  }

  private onUnit(unit: Uint8Array, first: boolean): void {
    const now = performance.now();
    this.measure.arrived(now, unit.byteLength);
    const sps = spsOf(unit);
    if (first || (sps !== null && sps !== this.sps)) this.openMuxer();
    if (sps !== null) this.sps = sps;
    const data = { video: unit, duration: this.pace.next(now) };
    if (!this.earlyUnits) this.muxer?.feed(data);
    else if (this.earlyUnits.length < EARLY_LIMIT) this.earlyUnits.push(data);
  }

  private openMuxer(): void {
    this.dropMedia();
    this.pace.restart();
    this.earlyUnits = [];
    try {
      const muxer: JMuxer = new JMuxer({
        node: this.surface,
        mode: 'video',
        flushingTime: 0,
        onReady: () => this.muxer === muxer && this.onReady(muxer),
        onError: (error) =>
          this.onMediaError(error.error ?? error.name ?? 'the browser could not read the video'),
        onUnsupportedCodec: (codec) => this.host.failed(`this browser does not play ${codec}`),
      });
      this.muxer = muxer;
    } catch (error) {
      return this.host.failed(messageOf(error));
    }
    this.play();
  }

  private onReady(muxer: JMuxer): void {
    const early = this.earlyUnits ?? [];
    this.earlyUnits = null;
    for (const data of early) muxer.feed(data);
  }

  protected hasMedia(): boolean {
    return this.muxer !== null;
  }

  protected dropMedia(): void {
    const muxer = this.muxer;
    this.muxer = null;
    try {
      muxer?.destroy();
    } catch {
      // the browser has closed its media source already
    }
  }

  protected tick(): void {
    const { buffered, currentTime, seeking } = this.surface;
    if (buffered.length === 0 || seeking || this.paused) return;
    const end = buffered.end(buffered.length - 1);
    if (end - currentTime < BEHIND_SECONDS && currentTime >= buffered.start(0)) return;
    this.jumps++;
    this.surface.currentTime = Math.max(buffered.start(buffered.length - 1), end - MARGIN_SECONDS);
  }
}
