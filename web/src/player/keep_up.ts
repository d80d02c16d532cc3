// How the MSE player stays live: pure, the time is an argument, so that tables and simulations can test it.
//
//   played ───────────────┤currentTime├── slack ──┤end of what came├─ next fragment arrives here
//
// The slack is what is left to show at the moment the next fragment arrives. Its least value of the last seconds is
// delay that nothing needs: above the target the video plays a little faster, below a little slower, so that neither is
// seen. More than half a second behind it jumps; after a jump, and at the start, it may hurry for a moment. Slack measured before a change of rate is corrected by what the
// changed rate has eaten since, so that the rate does not swing.
//
// Safari buffers again at each change of rate, so there it only jumps ('jumps').

export type KeepUpStyle = 'smooth' | 'jumps';

/** Slack to keep, in seconds: with 12 ms Chromium and Firefox run dry several times a second, with 28 hardly ever. */
const TARGET = 0.028;
/** Around the target nothing is changed. */
const CALM = 0.008;
const WINDOW_MS = 2000;
const MIN_SAMPLES = 4;
/** Change of rate for each second of slack beyond the target. */
const GAIN = 2;
const RATE_MIN = 0.9;
const RATE_MAX = 1.1;
/** Just after a beginning or a jump the delay of decoding up to there is worked off quickly. */
const RATE_MAX_AT_START = 1.5;
const START_MS = 2000;
/** Further behind than this it jumps. */
const JUMP_BEHIND = { smooth: 0.5, jumps: 0.3 };
const JUMP_REST_MS = 700;
/** A hole shorter than this is played through by the browser itself. */
const HOLE = 0.01;

export interface Playback {
  nowMs: number;
  currentTime: number;
  /** What is buffered, in order: [start, end] in seconds. */
  ranges: readonly (readonly [number, number])[];
  /** Usual length of a frame in seconds. */
  frame: number;
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
  /** How much the rate had eaten when it was measured. */
  eaten: number;
}

export class KeepUp {
  private samples: Slack[] = [];
  private eaten = 0;
  private measuredMs: number | null = null;
  private jumpedMs = -Infinity;
  private startedMs = -Infinity;

  constructor(private readonly style: KeepUpStyle) {}

  /** A fragment arrived while `slack` seconds were left to show. */
  arrived(nowMs: number, slack: number, rate: number): void {
    if (this.measuredMs !== null) this.eaten += ((rate - 1) * Math.min(nowMs - this.measuredMs, 500)) / 1000;
    this.measuredMs = nowMs;
    this.samples.push({ atMs: nowMs, value: slack, eaten: this.eaten });
    while (this.samples.length > 0 && (this.samples[0]?.atMs ?? 0) < nowMs - WINDOW_MS) this.samples.shift();
  }

  /** Playback begins, or begins again. */
  start(nowMs: number): void {
    this.startedMs = nowMs;
    this.restart();
  }

  /** Forgets the measurements: playback stood still or moved elsewhere. */
  restart(): void {
    this.samples = [];
    this.measuredMs = null;
  }

  /** What to do now; an empty action is nothing. */
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
    const { currentTime, nowMs, frame } = playback;
    const to = Math.max(start, end - frame - TARGET);
    const outside = currentTime < start - HOLE || currentTime > end + 1;
    const behind = end - currentTime > JUMP_BEHIND[this.style] + frame;
    const mayJump = nowMs - this.jumpedMs > JUMP_REST_MS;
    // One long frame (the first after a pause of the source) is not delay: its picture is on the screen already.
    if (outside) return mayJump || !playback.seeking ? to : null;
    return behind && mayJump && to > currentTime + frame ? to : null;
  }

  private rate(current: number, fastest: number): number {
    if (this.samples.length < MIN_SAMPLES) return current;
    const least = Math.min(...this.samples.map((sample) => sample.value + sample.eaten)) - this.eaten;
    const excess = least - TARGET;
    // Hysteresis: a changed rate is held until the target is reached, a normal one until the slack is well off it.
    const settled = current === 1 ? Math.abs(excess) < CALM * 2 : current > 1 ? excess <= 0 : excess >= 0;
    if (settled) return 1;
    const wanted = Math.min(fastest, Math.max(RATE_MIN, 1 + GAIN * excess));
    return Math.round(wanted * 50) / 50;
  }
}

/**
 * Up to where old video can be thrown away: the newest keyframe that is at least `keep` seconds old. Not further: a
 * browser throws away with a frame all that follow it up to the next keyframe. Null: nothing yet.
 */
export function trimPoint(keyTimes: readonly number[], currentTime: number, keep: number): number | null {
  let point: number | null = null;
  for (const time of keyTimes) if (time <= currentTime - keep) point = time;
  return point;
}
