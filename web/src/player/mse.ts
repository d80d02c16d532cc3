// Media Source Extensions to a <video>: fragments of `ws/mp4`, kept within about 100 ms of live. A new viewer gets the
// GOP so far as one fragment of no duration, so the first frame shown is the newest.
//
//   MseFeed ──init, fragments──► MediaBuffer ──► <video> ──pictures──► latency, host
//                 └─arrival─► KeepUp ──rate, jump──┘
//
// Plays on plain http, where there is no WebCodecs; by ManagedMediaSource on an iPhone. The page's own `ws/live` stays
// open beside it, paused, for the camera's state and the clock.

import { mediaSourceClass } from './choose';
import { FragmentTimes } from './fragment_times';
import { waitFor, readFragment, readInitSegment, type Fragment, type TrackTimes } from './fragment';
import { KeepUp, trimPoint, type KeepUpStyle } from './keep_up';
import { MediaBuffer } from './media_buffer';
import type { Feed } from './fed_player';
import type { PlayerKind } from './kinds';
import { codecOf, mseFeed, type FeedEvents, type FeedInit } from './mse_feed';
import type { PlayerHost, PlayerStats } from './player';
import { VideoPlayer } from './video_player';

/** Seconds of video behind the playback position that stay buffered. */
const KEEP_BEHIND = 10;
/** `readyState` of a video that plays and does not wait for data. */
const HAVE_FUTURE_DATA = 3;
const TRIM_EVERY_MS = 3000;
const TICK_MS = 100;
/** Fragments that are remembered: some of a stream with B frames hold one frame, others a group. */
const LATELY = 4;

export class MsePlayer extends VideoPlayer {
  readonly kind: PlayerKind = 'mse';
  readonly transport: string = 'WebSocket, ws/mp4';

  protected readonly feed: Feed;
  private readonly keepUp = new KeepUp(keepUpStyle());
  private buffer: MediaBuffer | null = null;
  private source: MediaSource | null = null;
  private init: FeedInit | null = null;
  private times: TrackTimes | null = null;
  private keyTimes: number[] = [];
  private readonly fragmentTimes: FragmentTimes;
  private lastFragment: Fragment | null = null;
  /** End of the received sound in media time; null before there is any. */
  private soundEnd: number | null = null;
  private volume: number | null = null;
  protected readonly listens = (): boolean => this.volume !== null;
  private frameSeconds = 1 / 30;
  private waitingForKey = false;
  private jumpWhenBuffered = false;
  private trimmedAt = 0;
  private skipped = 0;
  private jumps = 0;
  /** The last fragments. With B frames each holds a group of frames, which plays while none arrives. */
  private readonly lately: { duration: number; wait: number }[] = [];

  constructor(host: PlayerHost, base: URL) {
    super(host, TICK_MS);
    this.fragmentTimes = new FragmentTimes(host.clock);
    for (const name of ['waiting', 'playing', 'seeked'])
      this.surface.addEventListener(name, () => this.keepUp.restart());
    this.watch((mediaTime, atMs, count) => this.onPicture(mediaTime, atMs, count));
    this.feed = this.openFeed(base, host, {
      init: (init, segment, first) => this.onInit(init, segment, first),
      fragment: (bytes) => this.onFragment(bytes),
    });
  }

  protected openFeed(base: URL, host: PlayerHost, events: FeedEvents): Feed {
    return mseFeed(base, host, this.mayRetry, this.listens, events);
  }

  /** Turning sound on or off opens another connection: a media source keeps the number of its tracks. */
  setVolume(volume: number | null): void {
    const listens = volume !== null;
    const changed = listens !== this.listens();
    this.volume = volume;
    this.surface.muted = !listens;
    if (volume !== null) this.surface.volume = volume;
    if (!changed) return;
    this.dropMedia();
    if (this.feed.running) this.feed.start();
  }

  override resume(): void {
    super.resume();
    this.play();
  }

  stats(): PlayerStats {
    return {
      ...this.figures(this.lastFragment?.end ?? null),
      codec: this.init ? codecOf(this.init.mime) : '',
      skipped: this.skipped,
      detail: `rate ${this.surface.playbackRate.toFixed(2)}, jumps ${this.jumps}`,
    };
  }

  protected hasMedia(): boolean {
    return true;
  }

  protected dropMedia(): void {
    this.buffer = null;
    this.source = null;
  }

  private onInit(init: FeedInit, segment: ArrayBuffer, first: boolean): void {
    const times = readInitSegment(segment);
    const source = mediaSourceClass();
    if (!times || !source?.isTypeSupported(init.mime)) {
      this.host.failed(`this browser does not play ${codecOf(init.mime)}`);
      return;
    }
    this.init = init;
    this.times = times;
    if (first) {
      this.jumpWhenBuffered = true;
      this.keyTimes = [];
      this.lastFragment = this.soundEnd = null;
      this.fragmentTimes.clear();
      this.lately.length = 0;
      this.waitingForKey = true;
      this.measure.resetLatency();
      this.keepUp.restart();
    }
    if (!this.buffer) this.open(source, init.mime, segment);
    else if (first) this.buffer.restart(init.mime, segment);
    else this.buffer.changeInit(init.mime, segment);
    this.play();
  }

  private open(Source: typeof MediaSource, mime: string, segment: ArrayBuffer): void {
    const source = new Source();
    const buffer: MediaBuffer = new MediaBuffer(mime, {
      updated: () => this.buffer === buffer && this.tick(),
      full: () => this.onFull(),
      failed: (reason) => this.buffer === buffer && this.onMediaError(reason),
    });
    this.source = source;
    this.buffer = buffer;
    buffer.changeInit(mime, segment);
    const address = URL.createObjectURL(source);
    source.addEventListener(
      'sourceopen',
      () => {
        URL.revokeObjectURL(address);
        if (this.source !== source) return;
        source.duration = Infinity; // live: the browser then starts with less buffered
        buffer.attach(source);
      },
      { once: true },
    );
    // A ManagedMediaSource announces when it wants data.
    source.addEventListener('startstreaming', () => !this.paused && !this.feed.running && this.feed.start());
    source.addEventListener('endstreaming', () => this.feed.stop());
    this.surface.src = address;
  }

  private onFragment(bytes: ArrayBuffer): void {
    const now = performance.now();
    const fragment = this.times && readFragment(bytes, this.times);
    if (!fragment || !this.buffer) return;
    if (fragment.isSound) return this.onSound(fragment, bytes, now);
    this.measure.arrived(now, bytes.byteLength);
    if (this.lastFragment) {
      this.skipped += Math.max(0, fragment.number - this.lastFragment.number - this.lastFragment.samples);
      this.measureSlack(now, this.lastFragment.end);
    }
    if (fragment.samples === 1)
      this.frameSeconds += 0.05 * (Math.min(fragment.end - fragment.start, 1) - this.frameSeconds);
    this.lately.push({ duration: fragment.end - fragment.start, wait: waitFor(fragment) });
    if (this.lately.length > LATELY) this.lately.shift();
    this.lastFragment = fragment;
    this.fragmentTimes.arrived(fragment, now);
    if (this.waitingForKey && !fragment.key) return;
    this.waitingForKey = false;
    if (fragment.key) this.keyTimes.push(fragment.start);
    this.append(bytes);
  }

  private onSound(fragment: Fragment, bytes: ArrayBuffer, now: number): void {
    if (this.waitingForKey) return;
    if (this.soundEnd !== null) this.measureSlack(now, this.soundEnd);
    this.soundEnd = fragment.end;
    this.append(bytes);
  }

  /** What ended at `end` was all there was until now. */
  private measureSlack(now: number, end: number): void {
    if (!this.surface.seeking && this.surface.readyState >= HAVE_FUTURE_DATA)
      this.keepUp.arrived(now, end - this.surface.currentTime, this.surface.playbackRate);
  }

  /** Up to where all tracks have been received, in media time. */
  private receivedEnd(): number {
    const video = this.lastFragment?.end ?? Infinity;
    return this.times?.soundTimescale ? Math.min(video, this.soundEnd ?? Infinity) : video;
  }

  private append(bytes: ArrayBuffer): void {
    if (this.buffer && !this.buffer.append(bytes)) {
      this.waitingForKey = true;
      this.host.requestKeyframe();
    }
  }

  /** Keeps playback live. Called after each append and every TICK_MS. */
  protected tick(): void {
    const video = this.surface;
    const ranges = this.buffer?.ranges() ?? [];
    const newest = ranges[ranges.length - 1];
    if (!newest || this.paused || this.closed) return;
    const now = performance.now();
    if (this.jumpWhenBuffered) {
      const missing = this.receivedEnd() - newest[1];
      if (missing > this.frameSeconds / 2 || missing < -1) return; // this range is from the connection before
      this.jumpWhenBuffered = false;
      this.keepUp.start(now);
      this.jumpTo(Math.max(newest[0], newest[1] - this.frameSeconds));
      return;
    }
    const { currentTime, playbackRate: rate, seeking } = video;
    const action = this.keepUp.decide({
      nowMs: now,
      currentTime,
      ranges,
      frame: Math.max(this.frameSeconds, usual(this.lately.map(({ duration }) => duration))),
      wait: Math.max(this.frameSeconds, usual(this.lately.map(({ wait }) => wait))),
      rate,
      seeking,
    });
    if (action.rate !== undefined) video.playbackRate = action.rate;
    if (action.seek !== undefined) this.jumpTo(action.seek);
    if (now - this.trimmedAt > TRIM_EVERY_MS) this.trim(now, KEEP_BEHIND);
  }

  private jumpTo(time: number): void {
    this.jumps++;
    this.surface.currentTime = time;
  }

  private trim(now: number, keep: number): boolean {
    this.trimmedAt = now;
    const point = trimPoint(this.keyTimes, this.surface.currentTime, keep);
    if (point === null) return false;
    const older = this.keyTimes.filter((time) => time < point).length;
    this.keyTimes.splice(0, older);
    if (older > 0) this.buffer?.trim(point);
    return older > 0;
  }

  private onFull(): void {
    if (!this.trim(performance.now(), 1)) this.feed.start(); // a new connection drops the buffer and starts at live
    this.waitingForKey = true;
    this.host.requestKeyframe();
  }

  private onPicture(mediaTime: number, atMs: number, count: number): void {
    if (this.paused) return;
    const epochUs = this.init?.epochUs ?? null;
    const moments =
      epochUs === null
        ? null
        : { capturedAtUs: null, receivedAtUs: this.fragmentTimes.receivedAtUs(mediaTime, epochUs) };
    this.measure.painted(performance.now(), moments, count, atMs);
    this.host.pictureShown();
  }
}

/** The longest but one: a frame that takes up a pause is longer than usual. */
function usual(seconds: number[]): number {
  const sorted = seconds.sort((a, b) => b - a);
  return sorted[1] ?? sorted[0] ?? 0;
}

/** Safari rebuffers at each change of the playback rate. */
function keepUpStyle(): KeepUpStyle {
  return /^Apple/.test(navigator.vendor) ? 'jumps' : 'smooth';
}
