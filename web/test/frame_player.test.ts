// FramePlayer with a decoder that only records its frames.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { QUEUE_LIMIT } from '../src/player/decode_policy';
import { FramePlayer } from '../src/player/frame_player';
import type { PlayerHost } from '../src/player/player';
import { ClockSync } from '../src/wire/clock';
import type { Frame } from '../src/wire/frame';
import type { ConfigMessage } from '../src/wire/message';

const CONFIG: ConfigMessage = {
  type: 'config',
  track: 0,
  codec: 'avc1.42e01f',
  width: 16,
  height: 16,
  reorderDepth: 0,
  colours: { matrix: 'bt709', fullRange: false },
  pixelAspect: [1, 1],
  crop: [0, 0],
};

class RecordingPlayer extends FramePlayer {
  readonly kind = 'webcodecs';
  protected override readonly unitLimitBytes = 10;
  readonly fed: number[] = [];
  opened = 0;
  isClosed = false;

  /** Frames that the decoder has not begun; all without a picture if it is not set. */
  queue: number | null = null;
  protected queueLength(): number {
    return this.queue ?? this.inDecoder.size;
  }
  endsBursts = true;
  protected burstIsOver(): boolean {
    return this.endsBursts;
  }
  protected idOf(frame: Frame): number {
    return frame.sequence;
  }
  protected feed(frame: Frame): void {
    this.fed.push(frame.sequence);
  }
  protected openDecoder(): void {
    this.opened++;
  }
  protected closeDecoder(): void {
    this.isClosed = true;
  }

  waiting(): number[] {
    return [...this.inDecoder.keys()];
  }

  /** The decoder gives the picture of `sequence`. */
  give(sequence: number): void {
    const moments = this.inDecoder.get(sequence) ?? null;
    this.inDecoder.delete(sequence);
    this.show({ width: 1, height: 1, draw: () => undefined, close: () => undefined }, moments);
  }
}

describe('a player of frames', () => {
  let player: RecordingPlayer;
  let requests = 0;
  let failures: string[] = [];

  const frame = (sequence: number, changes: Partial<Frame> = {}): void => {
    const defaults = {
      track: 0,
      key: false,
      disposable: false,
      durationUs: 40_000,
      sequence,
      ptsUs: sequence * 40_000,
    };
    const moments = { capturedAtUs: null, receivedAtUs: 1, readyAtUs: 2 };
    player.frame({ ...defaults, ...moments, payload: new Uint8Array(4), ...changes }, 52);
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.stubGlobal('document', {
      hidden: false,
      createElement: () => ({ hidden: false, width: 0, height: 0, getContext: () => ({}) }),
    });
    vi.stubGlobal('requestAnimationFrame', () => 1);
    vi.stubGlobal('cancelAnimationFrame', () => undefined);
    requests = 0;
    failures = [];
    const host: PlayerHost = {
      clock: new ClockSync(),
      requestKeyframe: () => requests++,
      pictureShown: () => undefined,
      failed: (reason) => failures.push(reason),
      tapNeeded: () => undefined,
      refused: () => undefined,
      remark: () => undefined,
    };
    player = new RecordingPlayer(host);
    player.config(CONFIG);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('starts at a keyframe, and requests one until it comes', () => {
    frame(1);
    frame(2, { key: true });
    frame(3);
    expect(player.fed).toEqual([2, 3]);
    expect([requests, player.stats().skipped]).toEqual([1, 1]);
  });

  it('counts the frames that the server skipped, and waits for a keyframe', () => {
    frame(1, { key: true });
    player.skip();
    frame(9);
    frame(10, { key: true });
    expect(player.fed).toEqual([1, 10]);
    expect(player.stats().skipped, '2 to 8, and 9').toBe(8);
  });

  it('drops an access unit that is too large, and all that refer to it', () => {
    frame(1, { key: true });
    frame(2, { payload: new Uint8Array(11) });
    frame(3);
    expect(player.fed).toEqual([1]);
    expect(requests).toBe(2);
  });

  it('drops the queue at a keyframe when too many frames wait', () => {
    for (let sequence = 0; sequence < QUEUE_LIMIT; sequence++) frame(sequence, { key: sequence === 0 });
    expect(player.opened).toBe(1);
    frame(QUEUE_LIMIT, { key: true });
    expect(player.opened).toBe(2);
    expect(player.fed).toHaveLength(QUEUE_LIMIT + 1);
    expect(player.stats().detail).toBe('1 in decoder');
  });

  /** Frames every 33 ms, of which the decoder gives every `nth` picture. Returns the longest lag, in ms. */
  const run = (frames: number, nth: number, keyEvery: number): number => {
    let worst = 0;
    let next = 0;
    for (let sequence = 0; sequence < frames; sequence++) {
      frame(sequence, { key: sequence % keyEvery === 0, receivedAtUs: sequence * 33_000 });
      if (sequence % nth === 0) {
        const [oldest] = player.waiting();
        if (oldest !== undefined) player.give((next = oldest));
      }
      if (player.waiting().length > 0) worst = Math.max(worst, (sequence - next) * 33);
      vi.advanceTimersByTime(33);
    }
    return worst;
  };

  it.each([
    ['a third of the frames', 3],
    ['a sixth', 6],
    ['half', 2],
  ])('skips within 0.8 s when the decoder keeps up with %s', (_name, nth) => {
    expect(run(300, nth, 15)).toBeLessThan(800);
    expect(requests + player.opened, 'a keyframe was requested, or used').toBeGreaterThan(1);
  });

  it('skips within 1.4 s of a burst that the decoder does not catch up with', () => {
    player.endsBursts = false;
    expect(run(60, 3, 1000)).toBeLessThan(1400);
    expect(requests).toBeGreaterThan(0);
  });

  it('skips nothing when the decoder keeps up, or holds frames of a slow camera', () => {
    run(100, 1, 15);
    for (let sequence = 100; sequence < 110; sequence++) {
      frame(sequence, { key: sequence === 100, receivedAtUs: sequence * 1e6 });
      if (sequence > 103) player.give(sequence - 4);
      vi.advanceTimersByTime(1000);
    }
    expect([requests, player.stats().skipped]).toEqual([0, 0]);
  });

  it('waits for a decoder that keeps pictures until they are whole, as at the start of an intra refresh', () => {
    player.queue = 0;
    for (let sequence = 0; sequence < 60; sequence++) {
      frame(sequence, { key: sequence % 30 === 0, receivedAtUs: sequence * 33_000 });
      vi.advanceTimersByTime(33);
    }
    expect([requests, player.opened, player.fed.length]).toEqual([0, 1, 60]);
  });

  it('fails when the decoder gives no picture for seconds', () => {
    frame(0, { key: true });
    for (let sequence = 1; sequence < 4; sequence++) {
      vi.advanceTimersByTime(1500);
      if (sequence < 2) player.give(0);
      frame(sequence);
    }
    expect(failures, 'a picture after 1.5 s').toEqual([]);
    vi.advanceTimersByTime(1500);
    frame(4);
    expect(failures).toEqual(['the decoder takes frames and gives no pictures']);
  });

  it('decodes nothing while it is paused, and continues at a keyframe', () => {
    frame(1, { key: true });
    player.pause();
    frame(2, { key: true });
    player.resume();
    frame(30);
    frame(31, { key: true });
    expect(player.fed).toEqual([1, 31]);
    expect(player.stats().skipped, 'a pause is no gap').toBe(1);
    expect(player.opened, 'frame 1 was dropped with its decoder').toBe(2);
  });

  it('does nothing once it is closed', () => {
    player.close();
    frame(1, { key: true });
    frame(2);
    expect([player.fed, requests, failures, player.isClosed]).toEqual([[], 0, [], true]);
  });
});
