// How the MSE player stays live. Pure; the time is an argument, so that tables and simulations can test it.
//
//   played ───────────────┤currentTime├── slack ──┤end of buffer├─ next fragment is appended here
//
// The slack is the video that is left to show when the next fragment arrives. The least slack of the last seconds is
// unnecessary latency. Above the target the video plays a little faster, below it a little slower; viewers see neither.
// More than half a second behind live it jumps, to where the next picture is decoded in time. At the start and after a jump it may play much faster for a moment.
// Slack that was measured before a change of rate is corrected by the video consumed since then, so that the rate does
// not oscillate.
//
// Safari rebuffers at each change of rate, so there the player only jumps ('jumps').

export type KeepUpStyle = 'smooth' | 'jumps';

/** Slack to keep, in seconds: at 12 ms Chromium and Firefox stall several times a second, at 28 ms almost never. */
const TARGET = 0.028;
/** This close to the target the rate stays as it is. */
const DEAD_BAND = 0.008;
const WINDOW_MS = 2000;
const MIN_SAMPLES = 4;
/** Change of rate per second of slack beyond the target. */
const GAIN = 2;
const RATE_MIN = 0.9;
const RATE_MAX = 1.1;
/** At the start and after a jump the time that decoding took up to there is recovered at this rate. */
const RATE_MAX_AT_START = 1.5;
const START_MS = 2000;
/** Playback that is further behind live jumps, in seconds. */
const JUMP_BEHIND = { smooth: 0.5, jumps: 0.3 };
const JUMP_PAUSE_MS = 700;
/** The browser plays across a shorter gap in the buffer, in seconds. */
const GAP = 0.01;

export interface Playback {
  nowMs: number;
  currentTime: number;
  /** The buffered ranges in order: [start, end] in seconds. */
  ranges: readonly (readonly [number, number])[];
  /** Usual duration of what arrives at once, a frame or a group of frames, in seconds. */
  frame: number;
  /** Seconds of video that are needed until the next is there and decoded; longer than `frame` with B frames. */
  wait: number;
  rate: number;
  seeking: boolean;
}

export interface KeepUpAction {
  rate?: number;
  seek?: number;
}

interface Slack {
  atMs: number;
  value: number;
  /** `consumed` when it was measured. */
  consumed: number;
}

export class KeepUp {
  private samples: Slack[] = [];
  /** Seconds of video that rates other than 1 have consumed more than rate 1 would have. */
  private consumed = 0;
  private measuredMs: number | null = null;
  private jumpedMs = -Infinity;
  private startedMs = -Infinity;

  constructor(private readonly style: KeepUpStyle) {}

  /** A fragment arrived when `slack` seconds of video were left. */
  arrived(nowMs: number, slack: number, rate: number): void {
    if (this.measuredMs !== null)
      this.consumed += ((rate - 1) * Math.min(nowMs - this.measuredMs, 500)) / 1000;
    this.measuredMs = nowMs;
    this.samples.push({ atMs: nowMs, value: slack, consumed: this.consumed });
    while (this.samples.length > MIN_SAMPLES && (this.samples[0]?.atMs ?? 0) < nowMs - WINDOW_MS)
      this.samples.shift();
  }

  /** Playback starts, or starts again. */
  start(nowMs: number): void {
    this.startedMs = nowMs;
    this.restart();
  }

  /** Drops the measurements: playback stalled or jumped. */
  restart(): void {
    this.samples = [];
    this.measuredMs = null;
  }

  /** The next action; an empty one changes nothing. */
  decide(playback: Playback): KeepUpAction {
    const last = playback.ranges[playback.ranges.length - 1];
    if (!last) return {};
    const jump = this.jump(playback, last);
    if (jump !== null) {
      this.jumpedMs = playback.nowMs;
      this.start(playback.nowMs);
      return playback.rate === 1 ? { seek: jump } : { seek: jump, rate: 1 };
    }
    if (this.style === 'jumps' || playback.seeking) return {};
    const starting = playback.nowMs - this.startedMs < START_MS;
    const rate = this.rate(playback.rate, starting ? RATE_MAX_AT_START : RATE_MAX);
    return rate === playback.rate ? {} : { rate };
  }

  /** Where to jump to, or null. */
  private jump(playback: Playback, [start, end]: readonly [number, number]): number | null {
    const { currentTime, nowMs, frame, wait } = playback;
    const to = Math.max(start, end - wait - TARGET);
    const outside = currentTime < start - GAP || currentTime > end + 1;
    const behind = end - currentTime > JUMP_BEHIND[this.style] + wait;
    const mayJump = nowMs - this.jumpedMs > JUMP_PAUSE_MS;
    // One long frame, the first after a pause of the source, is not latency: its picture is on the screen already.
    if (outside) return mayJump || !playback.seeking ? to : null;
    return behind && mayJump && to > currentTime + frame ? to : null;
  }

  private rate(current: number, fastest: number): number {
    if (this.samples.length < MIN_SAMPLES) return current;
    const least = Math.min(...this.samples.map((sample) => sample.value + sample.consumed)) - this.consumed;
    const excess = least - TARGET;
    // Hysteresis: a changed rate is kept until the slack reaches the target, rate 1 until the slack is well off it.
    const settled =
      current === 1 ? Math.abs(excess) < DEAD_BAND * 2 : current > 1 ? excess <= 0 : excess >= 0;
    if (settled) return 1;
    const wanted = Math.min(fastest, Math.max(RATE_MIN, 1 + GAIN * excess));
    return Math.round(wanted * 50) / 50;
  }
}

/**
 * Up to where old video can be removed: the newest keyframe that is at least `keep` seconds old. Null if there is none.
 * Not further: with a frame a browser removes all that follow it up to the next keyframe.
 */
export function trimPoint(keyTimes: readonly number[], currentTime: number, keep: number): number | null {
  let point: number | null = null;
  for (const time of keyTimes) if (time <= currentTime - keep) point = time;
  return point;
}
