// When a new connection races against one whose frames come late.
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
    ['late for a short time', [40, 900, 900], false],
    ['late for a long time', [40, 900, 900, 900, 900], true],
    ['late, but once in time', [900, 900, 900, 40, 900], false],
    ['an unknown latency', [900, 900, 900, null], false],
    ['exactly at the limit', [500, 500, 500, 500, 500], false],
  ] as const)('%s: %s', (_, latencies, wanted) => {
    const { lateness, nowMs } = after(...latencies);
    expect(lateness.shouldRace(nowMs, -5000)).toBe(wanted);
  });

  it('not on a connection that may still receive its joining burst', () => {
    const { lateness, nowMs } = after(900, 900, 900, 900, 900);
    expect(lateness.shouldRace(nowMs, nowMs - 999)).toBe(false);
    expect(lateness.shouldRace(nowMs, nowMs - 1000)).toBe(true);
  });

  it('after a back-off on a full link, at once if the new connection was only too slow', () => {
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
  const events: string[] = [];
  let connection: Connection;
  const socket = (index: number): FakeSocket => {
    const found = FakeSocket.all[index];
    if (!found) throw new Error(`there is no connection ${index}`);
    return found;
  };
  const race = () =>
    connection.race(
      (message) => message === 'new',
      (end) => events.push(end),
    );

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    connection = new Connection('ws://host/ws/live', null, {
      opened: (sameServer) => events.push(sameServer ? 'opened again' : 'opened'),
      text: (message) => events.push(message),
      binary: () => {},
      ended: (end) => events.push(`ended ${end}`),
    });
    connection.start();
    vi.advanceTimersByTime(100);
    socket(0).open();
    socket(0).says('old');
    race();
    events.length = 0;
  });
  afterEach(() => {
    connection.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('is won by the connection that is ahead; its earlier messages are not lost', () => {
    socket(1).open();
    socket(1).says('hello', 'older');
    socket(0).says('old');
    socket(1).says('new');
    socket(0).says('too late');
    socket(1).says('newer');
    expect(events).toEqual(['old', 'opened again', 'hello', 'older', 'new', 'ahead', 'newer']);
    expect(socket(0).closed).toBe(true);
  });

  it('is lost by the new connection if it is not ahead in time', () => {
    socket(1).open();
    vi.advanceTimersByTime(overtakeLimitMs(100) - 1);
    expect(events).toEqual([]);
    vi.advanceTimersByTime(1);
    socket(1).says('new');
    socket(0).says('old');
    expect(events).toEqual(['behind', 'old']);
    expect(socket(1).closed).toBe(true);
  });

  it('finds a full link when the handshake takes too long', () => {
    vi.advanceTimersByTime(openLimitMs(100));
    expect(events).toEqual(['full']);
    expect(socket(1).closed).toBe(true);
  });

  it('ends when the viewer limit is reached', () => {
    socket(1).onclose?.({ code: 1013, reason: 'full' });
    expect(events).toEqual(['full']);
  });

  it('does not run twice at a time', () => {
    race();
    expect(FakeSocket.all).toHaveLength(2);
  });

  it.each([
    ['cancelled', () => connection.cancelRace()],
    ['stopped', () => connection.stop()],
    ['over when the present connection ends', () => socket(0).onclose?.({ code: 1006, reason: '' })],
  ])('is %s', (_, act) => {
    socket(1).open();
    act();
    expect(socket(1).closed).toBe(true);
    socket(1).says('new');
    vi.advanceTimersByTime(300);
    expect(events).not.toContain('new');
    expect(events).not.toContain('behind');
  });
});
