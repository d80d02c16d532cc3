// When a fresh connection races against one whose frames come late.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from '../src/wire/connection';
import { openLimitMs, Lateness, overtakeLimitMs, type RaceEnd } from '../src/wire/lateness';

/** A frame every 100 ms with these latencies, from the time 0 on. */
function after(...latencies: (number | null)[]): { lateness: Lateness; nowMs: number } {
  const lateness = new Lateness();
  latencies.forEach((latency, index) => lateness.frame(latency, 100 * index));
  return { lateness, nowMs: 100 * (latencies.length - 1) };
}

describe('a race is wanted', () => {
  it.each([
    ['nothing has come', [], false],
    ['all in time', [40, 40, 40, 40, 40], false],
    ['late for a moment', [40, 900, 900], false],
    ['late for long', [40, 900, 900, 900, 900], true],
    ['late, but once not', [900, 900, 900, 40, 900], false],
    ['nobody knows how late', [900, 900, 900, null], false],
    ['exactly at the limit', [500, 500, 500, 500, 500], false],
  ] as const)('%s: %s', (_, latencies, wanted) => {
    const { lateness, nowMs } = after(...latencies);
    expect(lateness.shouldRace(nowMs, -5000)).toBe(wanted);
  });

  it('not on a connection that may still get what newcomers get', () => {
    const { lateness, nowMs } = after(900, 900, 900, 900, 900);
    expect(lateness.shouldRace(nowMs, nowMs - 999)).toBe(false);
    expect(lateness.shouldRace(nowMs, nowMs - 1000)).toBe(true);
  });

  it('not soon again on a link that is full, at once where it was only not fast enough', () => {
    const rests = (...ends: RaceEnd[]) => {
      const { lateness } = after(900);
      for (const end of ends) lateness.raceEnded(end, 10_000);
      for (let rest = 0; ; rest += 1000) if (lateness.shouldRace(10_000 + rest, 0)) return rest;
    };
    expect(rests('behind')).toBe(0);
    expect(rests('full')).toBe(0); // its answer may have been lost
    expect(rests('full', 'full')).toBe(1000);
    expect(rests('full', 'full', 'full')).toBe(2000);
    expect(rests('full', 'full', 'full', 'full', 'full', 'full', 'full')).toBe(10_000);
    expect(rests('full', 'behind', 'full')).toBe(0);
    expect(rests('full', 'ahead', 'full')).toBe(0);
  });
});

class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = FakeSocket.CONNECTING;
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    FakeSocket.all.push(this);
  }
  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }
  says(...messages: string[]): void {
    for (const data of messages) this.onmessage?.({ data });
  }
  close(): void {
    this.readyState = 3;
  }
  get closed(): boolean {
    return this.readyState === 3;
  }
}

describe('a race', () => {
  const told: string[] = [];
  let connection: Connection;
  const socket = (index: number): FakeSocket => {
    const found = FakeSocket.all[index];
    if (!found) throw new Error(`there is no connection ${index}`);
    return found;
  };
  const race = () => connection.race((message) => message === 'new', (end) => told.push(end));

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    connection = new Connection('ws://host/ws/live', null, {
      opened: (sameServer) => told.push(sameServer ? 'opened again' : 'opened'),
      text: (message) => told.push(message),
      binary: () => {},
      ended: (end) => told.push(`ended ${end}`),
    });
    connection.start();
    vi.advanceTimersByTime(100);
    socket(0).open();
    socket(0).says('old');
    race();
    told.length = 0;
  });
  afterEach(() => {
    connection.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('is won by who is ahead; what it had got before is not lost', () => {
    socket(1).open();
    socket(1).says('hello', 'older');
    socket(0).says('old');
    socket(1).says('new');
    socket(0).says('too late');
    socket(1).says('newer');
    expect(told).toEqual(['old', 'opened again', 'hello', 'older', 'new', 'ahead', 'newer']);
    expect(socket(0).closed).toBe(true);
  });

  it('is lost by who is not ahead in time', () => {
    socket(1).open();
    vi.advanceTimersByTime(overtakeLimitMs(100) - 1);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    socket(1).says('new');
    socket(0).says('old');
    expect(told).toEqual(['behind', 'old']);
    expect(socket(1).closed).toBe(true);
  });

  it('shows that the link is full when the answer waits', () => {
    vi.advanceTimersByTime(openLimitMs(100));
    expect(told).toEqual(['full']);
    expect(socket(1).closed).toBe(true);
  });

  it('is over when there is no place for a second one', () => {
    socket(1).onclose?.({ code: 1013, reason: 'full' });
    expect(told).toEqual(['full']);
  });

  it('is not run twice at once', () => {
    race();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([
    ['called off', () => connection.cancelRace()],
    ['over for good', () => connection.stop()],
    ['over when the present connection ends', () => socket(0).onclose?.({ code: 1006, reason: '' })],
  ])('is %s', (_, act) => {
    socket(1).open();
    act();
    expect(socket(1).closed).toBe(true);
    socket(1).says('new');
    vi.advanceTimersByTime(300);
    expect(told).not.toContain('new');
    expect(told).not.toContain('behind');
  });
});
