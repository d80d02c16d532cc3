// Base class of the players that decode the frames of `ws/live`: gaps, joining bursts, overload, a silent decoder.
//
//   frame ──► decode policy ──► feed ──► decoder ──► show ──► MeasuredCanvas
//                 └ drop, ask for a keyframe
//
// A subclass owns the decoder. It tells how many frames the decoder's queue holds and when a burst is over.

import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import type { Moments, Picture } from './canvas_painter';
import { BEHIND_FRAMES, BEHIND_MS, chooseDecode, QUEUE_LIMIT } from './decode_policy';
import type { PlayerKind } from './kinds';
import { MeasuredCanvas } from './measured_canvas';
import type { Player, PlayerHost, PlayerStats } from './player';

/** A joining burst of which the decoder has not caught up more for this time counts as over. */
const BURST_STUCK_MS = 800;
/** It catches up if it is this much less behind. */
const CATCHES_UP_MS = 50;
/** A joining burst counts as over after this time. */
const BURST_LIMIT_MS = 4000;
/** A decoder that gives no picture for this time although it gets frames has failed. */
const SILENT_LIMIT_MS = 4000;

export abstract class FramePlayer implements Player {
  abstract readonly kind: PlayerKind;
  readonly transport = 'WebSocket, ws/live';
  readonly takesFrames = true;
  readonly canvas: MeasuredCanvas;
  readonly surface: HTMLCanvasElement;

  protected configuration: ConfigMessage | null = null;
  protected closed = false;
  /** The moments of the frames in the decoder, by `idOf`, in decode order. */
  protected readonly inDecoder = new Map<number, Moments>();
  /** When the present joining burst began; null when there is none. */
  protected burstSinceMs: number | null = null;
  /** Arrival and PTS of the frame before; null after a gap. */
  protected previous: { atMs: number; ptsUs: number } | null = null;
  /** Larger access units do not fit into the decoder. */
  protected readonly unitLimitBytes: number = Infinity;
  /** How many frames the decoder may hold back. */
  protected readonly heldLimit: number = 0;

  private waitingForKey = true;
  private overloadedSinceMs: number | null = null;
  private behindSinceMs: number | null = null;
  /** The least that the decoder was behind in this burst, and since when. */
  private leastBehind = { ms: Infinity, atMs: 0 };
  /** Since when the decoder has had frames and given no picture. */
  private silentSinceMs: number | null = null;
  private expectedSequence: number | null = null;
  private skipped = 0;
  private paused = false;

  constructor(protected readonly host: PlayerHost) {
    this.canvas = new MeasuredCanvas(host, () => this.pictureIsNear());
    this.surface = this.canvas.surface;
  }

  /** Number of frames that wait in the decoder. */
  protected abstract queueLength(): number;
  /** Whether the burst is over at `frame`. Called during a burst only. */
  protected abstract burstIsOver(frame: Frame, queue: number, nowMs: number): boolean;
  /** The id by which the decoder names the frame of a picture. */
  protected abstract idOf(frame: Frame): number;
  protected abstract feed(frame: Frame): void;
  /** Opens a decoder; closes the one before, if any. */
  protected abstract openDecoder(config: ConfigMessage): void;
  protected abstract closeDecoder(): void;

  /** The decoder reported an error. */
  protected onDecoderError(reason: string): void {
    this.fail(reason);
  }

  protected fail(reason: string): void {
    if (!this.closed) this.host.failed(reason);
  }

  /** Whether the decoder is about to give a newer picture, so that the present one need not be drawn. */
  protected pictureIsNear(): boolean {
    return false;
  }

  start(): void {}

  linkOpened(): void {
    this.startOver();
  }

  linkEnded(): void {
    this.startOver();
  }

  config(config: ConfigMessage): void {
    this.configuration = config;
    this.renewDecoder();
  }

  skip(): void {
    this.previous = null;
    this.waitingForKey = true;
    this.burstSinceMs = performance.now();
  }

  frame(frame: Frame, bytes: number): void {
    const nowMs = performance.now();
    this.canvas.measure.arrived(nowMs, bytes);
    if (this.expectedSequence !== null && frame.sequence > this.expectedSequence) {
      this.skipped += frame.sequence - this.expectedSequence;
    }
    this.expectedSequence = frame.sequence + 1;
    if (this.paused || this.closed || !this.configuration) return;
    const queue = this.queueLength();
    if (this.burstEnds(frame, queue, nowMs)) this.burstSinceMs = null;
    this.previous = { atMs: nowMs, ptsUs: frame.ptsUs };
    this.overloadedSinceMs = queue >= QUEUE_LIMIT ? (this.overloadedSinceMs ?? nowMs) : null;
    const overloadedMs = this.overloadedSinceMs === null ? 0 : nowMs - this.overloadedSinceMs;
    this.behindSinceMs = this.isBehind(frame, queue) ? (this.behindSinceMs ?? nowMs) : null;
    const behindMs = this.behindSinceMs === null ? 0 : nowMs - this.behindSinceMs;
    const load = {
      waitingForKey: this.waitingForKey,
      queue,
      overloadedMs,
      behindMs,
      inBurst: this.burstSinceMs !== null,
    };
    const choice = frame.payload.length > this.unitLimitBytes ? 'resync' : chooseDecode(frame, load);
    if (choice === 'decode') return this.decode(frame, nowMs);
    if (choice === 'restart') {
      if (!load.inBurst) this.skipped += queue;
      this.renewDecoder();
      return this.decode(frame, nowMs);
    }
    this.skipped++;
    if (choice === 'resync') this.waitingForKey = true;
    if (this.waitingForKey) this.host.requestKeyframe();
  }

  pause(): void {
    this.paused = true;
    this.startOver();
  }

  resume(): void {
    this.paused = false;
    this.startOver();
    this.host.requestKeyframe(); // shortens the wait where the camera can make one
  }

  stats(): PlayerStats {
    return {
      ...this.canvas.figures(),
      width: this.configuration ? this.surface.width : 0,
      height: this.configuration ? this.surface.height : 0,
      codec: this.configuration?.codec ?? '',
      skipped: this.skipped,
      detail: `${this.inDecoder.size} in decoder`,
    };
  }

  close(): void {
    this.closed = true;
    this.canvas.restart();
    this.canvas.painter.onFrame = null;
    this.forgetFrames();
    this.closeDecoder();
  }

  /** Drops the frames in the decoder. Decoding continues at the next keyframe, as in a joining burst. */
  protected renewDecoder(): void {
    this.forgetFrames();
    this.waitingForKey = true;
    this.burstSinceMs = performance.now();
    if (this.configuration && !this.closed) this.openDecoder(this.configuration);
  }

  /** Shows a picture of the decoder. Its frame must have been removed from `inDecoder`. */
  protected show(picture: Picture, moments: Moments | null): void {
    this.silentSinceMs = this.inDecoder.size > 0 ? performance.now() : null;
    this.canvas.painter.offer(picture, moments, this.burstSinceMs !== null);
  }

  /** The next frame begins a joining burst: on another connection, or after a pause. */
  private startOver(): void {
    this.expectedSequence = null;
    this.previous = null;
    this.waitingForKey = true;
    this.silentSinceMs = null;
    this.burstSinceMs = performance.now();
    this.canvas.restart();
    if (this.queueLength() > 0) this.renewDecoder();
  }

  private burstEnds(frame: Frame, queue: number, nowMs: number): boolean {
    if (this.burstSinceMs === null) return false;
    const tooLong = nowMs - this.burstSinceMs > BURST_LIMIT_MS || this.isStuck(frame, queue, nowMs);
    return tooLong || this.burstIsOver(frame, queue, nowMs);
  }

  /** How much older the oldest frame in the decoder is than `frame`. */
  private lagMs(frame: Frame): number {
    const [oldest] = this.inDecoder.values();
    return oldest ? (frame.receivedAtUs - oldest.receivedAtUs) / 1000 : 0;
  }

  /** A decoder with an empty queue is not slow: it keeps pictures that are not whole, as at the start of an intra refresh. */
  private isBehind(frame: Frame, queue: number): boolean {
    const held = (this.configuration?.reorderDepth ?? 0) + BEHIND_FRAMES;
    return queue > 0 && this.inDecoder.size > held && this.lagMs(frame) > BEHIND_MS;
  }

  /** Whether the decoder does not catch up with the burst any more. */
  private isStuck(frame: Frame, queue: number, nowMs: number): boolean {
    const ms = this.lagMs(frame);
    const first = this.leastBehind.atMs < (this.burstSinceMs ?? 0);
    if (first || ms < this.leastBehind.ms - CATCHES_UP_MS) this.leastBehind = { ms, atMs: nowMs };
    return this.isBehind(frame, queue) && nowMs - this.leastBehind.atMs > BURST_STUCK_MS;
  }

  private decode(frame: Frame, nowMs: number): void {
    this.waitingForKey = false;
    this.inDecoder.set(this.idOf(frame), {
      capturedAtUs: frame.capturedAtUs,
      receivedAtUs: frame.receivedAtUs,
    });
    this.silentSinceMs ??= nowMs;
    this.feed(frame);
    const silentMs = nowMs - (this.silentSinceMs ?? nowMs);
    if (this.inDecoder.size > this.heldLimit && silentMs > SILENT_LIMIT_MS) {
      this.onDecoderError('the decoder takes frames and gives no pictures');
    }
  }

  private forgetFrames(): void {
    this.inDecoder.clear();
    this.overloadedSinceMs = this.behindSinceMs = this.silentSinceMs = null;
  }
}
