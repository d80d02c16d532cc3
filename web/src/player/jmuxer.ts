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
import { Pace } from './pace';
import { spsOf } from './parameter_sets';
import { messageOf, type PlayerHost, type PlayerStats } from './player';
import { SocketFeed } from './socket_feed';
import { watchPictures } from './video_pictures';
import { VideoPlayer } from './video_player';

/** Further behind than this it jumps to live, looked at this often. */
const BEHIND_SECONDS = 0.25;
const LOOK_EVERY_MS = 200;
/** Of a jump's target before the end. */
const MARGIN_SECONDS = 0.04;
/** More units than come before a media source is open. */
const EARLY_LIMIT = 2000;

export class JmuxerPlayer extends VideoPlayer {
  readonly kind = 'jmuxer';
  readonly transport = 'WebSocket, ws/h264';

  protected readonly feed: SocketFeed;
  private readonly pace = new Pace();
  private muxer: JMuxer | null = null;
  /** Units that came before the muxer was ready; null: it is. */
  private early: { video: Uint8Array; duration: number }[] | null = null;
  private sps = '';
  private jumps = 0;

  constructor(host: PlayerHost, base: URL) {
    super(host, LOOK_EVERY_MS);
    watchPictures(this.surface, (_mediaTime, _atMs, count) => {
      this.measure.painted(performance.now(), null, count);
      if (!this.paused) this.host.pictureShown();
    });
    this.feed = new SocketFeed(socketAddress('ws/h264?tail=pps', base), {
      binary: (bytes, first) => this.onUnit(new Uint8Array(bytes), first),
      refused: (reason) => host.refused(reason),
      failed: (reason) => host.failed(reason),
    }, this.retries);
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
    if (first || (sps !== null && sps !== this.sps)) this.begin();
    if (sps !== null) this.sps = sps;
    const data = { video: unit, duration: this.pace.next(now) };
    if (!this.early) this.muxer?.feed(data);
    else if (this.early.length < EARLY_LIMIT) this.early.push(data);
  }

  private begin(): void {
    this.dropMedia();
    this.pace.restart();
    this.early = [];
    try {
      const muxer: JMuxer = new JMuxer({
        node: this.surface,
        mode: 'video',
        flushingTime: 0,
        onReady: () => this.muxer === muxer && this.onReady(muxer),
        onError: (error) => this.onMediaError(error.error ?? error.name ?? 'the browser could not read the video'),
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

  protected hasMedia(): boolean {
    return this.muxer !== null;
  }

  protected dropMedia(): void {
    const muxer = this.muxer;
    this.muxer = null;
    try {
      muxer?.destroy();
    } catch {
      // its media source was closed by the browser already
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
