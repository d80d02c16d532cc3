// The MSE player stays live: single decisions in tables, playback in simulations with injected time.
import { describe, expect, it } from 'vitest';
import { KeepUp, trimPoint, type Playback } from '../src/player/keep_up';

const FRAME = 1 / 30;
const playback = (changes: Partial<Playback>): Playback => ({
  nowMs: 10_000,
  currentTime: 9.95,
  ranges: [[0, 10]],
  frame: FRAME,
  wait: FRAME,
  rate: 1,
  seeking: false,
  ...changes,
});

describe('jumps', () => {
  it.each<[string, Partial<Playback>, boolean]>([
    ['live', {}, false],
    ['400 ms behind', { currentTime: 9.6 }, false],
    ['600 ms behind', { currentTime: 9.4 }, true],
    ['before the buffer', { currentTime: 0, ranges: [[5, 10]] }, true],
    [
      'in a gap of the buffer',
      {
        currentTime: 9.6,
        ranges: [
          [0, 9.5],
          [9.8, 10],
        ],
      },
      true,
    ],
    ['a timeline that restarted', { currentTime: 500, ranges: [[0, 2]] }, true],
    ['at the very end', { currentTime: 10 }, false],
    ['in the one long frame after a pause of the source', { currentTime: 9.99, ranges: [[0, 10.02]] }, false],
    ['nothing buffered', { currentTime: 0, ranges: [] }, false],
  ])('%s: %s', (_name, changes, jumps) => {
    const action = new KeepUp('smooth').decide(playback(changes));
    expect(action.seek !== undefined).toBe(jumps);
    if (action.seek !== undefined) {
      const [start, end] = changes.ranges?.at(-1) ?? [0, 10];
      expect(action.seek).toBeGreaterThanOrEqual(start);
      expect(end - action.seek).toBeLessThan(0.1);
    }
  });

  // Groups of three frames at two pictures a second, of which the decoder keeps two back: 2.5 s are needed when a group
  // has arrived. A keyframe between them is shorter.
  it.each<[string, number, boolean]>([
    ['live', 2.53, false],
    ['600 ms behind', 3.13, false],
    ['more than a group behind', 4.8, true],
  ])('with slow groups of B frames: %s: %s', (_name, buffered, jumps) => {
    for (const part of [1, 0.8]) {
      const changes = { currentTime: 10 - buffered, frame: 1.5 * part, wait: 2.5 * part };
      const action = new KeepUp('smooth').decide(playback(changes));
      expect(action.seek !== undefined).toBe(jumps);
      if (action.seek !== undefined) expect(10 - action.seek).toBeGreaterThan(changes.wait);
    }
  });

  it('does not jump again soon after a jump', () => {
    const keepUp = new KeepUp('smooth');
    expect(keepUp.decide(playback({ currentTime: 8 })).seek).toBeDefined();
    expect(keepUp.decide(playback({ currentTime: 8, nowMs: 10_300, seeking: true })).seek).toBeUndefined();
    expect(keepUp.decide(playback({ currentTime: 8, nowMs: 10_800 })).seek).toBeDefined();
  });

  it('resets the rate when it jumps', () => {
    expect(new KeepUp('smooth').decide(playback({ currentTime: 8, rate: 1.1 }))).toMatchObject({ rate: 1 });
  });

  it('is all that Safari gets, and sooner', () => {
    const keepUp = new KeepUp('jumps');
    for (let at = 0; at < 20; at++) keepUp.arrived(8000 + at * 33, 0.2, 1);
    expect(keepUp.decide(playback({ currentTime: 9.8 }))).toEqual({});
    expect(keepUp.decide(playback({ currentTime: 9.6 })).seek).toBeDefined();
  });
});

/** Plays `seconds` of a stream whose fragments come each `frame` and `jitter(n)` seconds late; gives the delay after each second. */
function simulate(
  behind: number,
  seconds: number,
  jitter: (n: number) => number,
  hurry = false,
  frame = FRAME,
) {
  const keepUp = new KeepUp('smooth');
  const delays: number[] = [];
  const rates = new Set<number>();
  let [rate, changes, dry] = [1, 0, 0];
  let currentTime = 10 - behind;
  let end = 10;
  if (hurry) keepUp.start(0);
  for (let n = 0, ms = 0; ms < seconds * 1000; ms++) {
    const played = Math.min(currentTime + rate / 1000, end);
    if (played === end) dry++;
    currentTime = played;
    while (ms >= (n + 1) * frame * 1000 + jitter(n) * 1000) {
      keepUp.arrived(ms, end - currentTime, rate);
      end += frame;
      n++;
      const action = keepUp.decide({
        nowMs: ms,
        currentTime,
        ranges: [[0, end]],
        frame,
        wait: frame,
        rate,
        seeking: false,
      });
      if (action.seek !== undefined) currentTime = action.seek;
      if (action.rate !== undefined && action.rate !== rate) {
        rate = action.rate;
        rates.add(rate);
        changes++;
      }
    }
    if (ms % 1000 === 999) delays.push(10 + (ms + 1) / 1000 - currentTime);
  }
  return { delays, rates: [...rates], changes, dry };
}

describe('over time', () => {
  it('catches up 300 ms in a few seconds, never faster than 1.1', () => {
    const { delays, rates } = simulate(0.3, 8, () => 0);
    expect(Math.max(...rates)).toBe(1.1);
    expect(delays[4]).toBeLessThan(0.1);
    expect(delays.at(-1)).toBeLessThan(0.08);
  });

  it.each([0.25, 0.5, 1, 1.5])('follows what comes every %s s', (frame) => {
    const { delays, dry } = simulate(frame + 0.3, 40, () => 0, false, frame);
    expect(delays.at(-1)).toBeLessThan(frame + 0.1);
    expect(dry).toBeLessThan(200); // the rate changes when something arrives
  });

  it('plays faster at the start', () => {
    const { delays } = simulate(0.3, 3, () => 0, true);
    expect(delays[1]).toBeLessThan(0.1);
  });

  it('settles and then keeps the rate', () => {
    const { changes, dry } = simulate(0.06, 60, () => 0);
    expect(changes).toBeLessThan(6);
    expect(dry).toBe(0);
  });

  it('keeps more slack on a network with jitter', () => {
    const noise = (n: number) => (((n * 7919) % 13) / 13) * 0.06;
    const { delays, dry } = simulate(0.05, 20, noise);
    expect(delays.at(-1)).toBeGreaterThan(0.06);
    expect(delays.at(-1)).toBeLessThan(0.16);
    expect(dry).toBeLessThan(600);
  });

  it('jumps when it is a second behind', () => {
    expect(simulate(1, 2, () => 0).delays[0]).toBeLessThan(0.15);
  });
});

describe('trimming', () => {
  it.each([
    ['nothing is old', [0, 2, 4], 5, 10, null],
    ['the newest keyframe that is old enough', [0, 2, 4, 6, 8, 20], 16, 10, 6],
    ['one endless GOP stays whole', [0], 300, 10, 0],
    ['no keyframe known', [], 300, 10, null],
  ])('%s', (_name, keys, currentTime, keep, expected) => {
    expect(trimPoint(keys, currentTime, keep)).toBe(expected);
  });
});
