// When the server received a picture: by its decode time, and never after it arrived here.
import { describe, expect, it } from 'vitest';
import { FragmentTimes } from '../src/player/fragment_times';
import { ClockSync } from '../src/wire/clock';

const EPOCH_US = 5e6;
/** Our time at media time 0, and by how much the server's clock is ahead of ours. */
const ORIGIN_MS = 2000;
const hereUs = (ms: number) => (performance.timeOrigin + ms) * 1000;

function synced(): ClockSync {
  const clock = new ClockSync();
  const at = hereUs(ORIGIN_MS);
  clock.addAnswer(at, EPOCH_US, EPOCH_US, at);
  return clock;
}

/** Fragments as start, offset and arrival, all in ms of media time. */
function times(clock: ClockSync, fragments: number[][]): FragmentTimes {
  const times = new FragmentTimes(clock);
  for (const [start = 0, offset = 0, arrived = 0] of fragments)
    times.arrived({ start: start / 1000, offset: offset / 1000 }, ORIGIN_MS + arrived);
  return times;
}

describe('when the server received a picture', () => {
  it.each([
    [
      'arrived behind its decode time',
      [
        [0, 0, 2],
        [33, 0, 40],
        [66, 0, 70],
      ],
      33,
      33,
    ],
    [
      'a decode time that runs ahead of its arrival',
      [
        [0, 0, 2],
        [33, 0, 13],
        [66, 0, 14],
      ],
      33,
      13,
    ],
    [
      'the newest of a burst',
      [
        [0, 0, 1],
        [33, 0, 1],
        [66, 0, 1],
      ],
      66,
      1,
    ],
    [
      'a position inside of a picture',
      [
        [0, 0, 2],
        [33, 0, 13],
        [66, 0, 70],
      ],
      60,
      13,
    ],
    [
      'a media time that the browser has rounded down',
      [
        [0, 0, 2],
        [33, 0, 13],
      ],
      32.9999,
      13,
    ],
    [
      'a B frame: its decode time',
      [
        [0, 66, 2],
        [33, 66, 40],
      ],
      99,
      33,
    ],
    [
      'a B frame that runs ahead',
      [
        [0, 66, 2],
        [33, 66, 20],
        [66, 66, 21],
      ],
      99,
      21,
    ],
    ['older than all that is remembered', [[33, 0, 1]], 20, 20],
    ['nothing arrived', [], 20, 20],
  ])('%s', (_, fragments, mediaTimeMs, expectedMs) => {
    const receivedUs = times(synced(), fragments).receivedAtUs(mediaTimeMs / 1000, EPOCH_US);
    expect((receivedUs - EPOCH_US) / 1000).toBeCloseTo(expectedMs, 2);
  });

  it('is its decode time until the clock is known', () => {
    const receivedUs = times(new ClockSync(), [[33, 0, 13]]).receivedAtUs(0.033, EPOCH_US);
    expect(receivedUs).toBe(EPOCH_US + 33_000);
  });

  it('forgets the arrivals of another stream', () => {
    const forgetful = times(synced(), [[33, 0, 13]]);
    forgetful.clear();
    expect(forgetful.receivedAtUs(0.033, EPOCH_US)).toBe(EPOCH_US + 33_000);
  });

  it('remembers a bounded number', () => {
    const fragments = Array.from({ length: 1000 }, (_, number) => [number * 10, 0, 0]);
    const many = times(synced(), fragments);
    expect((many.receivedAtUs(5, EPOCH_US) - EPOCH_US) / 1000).toBeCloseTo(5000, 2);
    expect((many.receivedAtUs(9.99, EPOCH_US) - EPOCH_US) / 1000).toBeCloseTo(0, 2);
  });
});
