// When to reconnect.
import { describe, expect, it } from 'vitest';
import { linkEndOf, probeTimeoutMs, retryDelayMs, dialsWithoutProbe } from '../src/wire/retry';

describe('the end of a connection', () => {
  it.each([
    [1006, 'gone'],
    [1001, 'gone'],
    [1011, 'gone'],
    [1000, 'gone'],
    [1013, 'full'],
    [1008, 'refused'],
  ] as const)('%i means %s', (code, end) => {
    expect(linkEndOf(code)).toBe(end);
  });
});

describe('the next try', () => {
  it('comes within half a second when the server is gone', () => {
    expect(retryDelayMs('gone', 0)).toBe(400);
    expect(retryDelayMs('gone', 1)).toBe(500);
  });

  it('comes after seconds when the server refused', () => {
    expect(retryDelayMs('full', 0)).toBeGreaterThanOrEqual(4000);
    expect(retryDelayMs('refused', 0)).toBeGreaterThanOrEqual(10_000);
  });

  it.each(['password', 'denied', 'missing', 'blocked'] as const)('is doubled after each %s', (end) => {
    const delays = Array.from({ length: 12 }, (_, before) => retryDelayMs(end, 0, before));
    expect(delays[0]).toBeGreaterThanOrEqual(5000);
    expect(delays[1]).toBe(2 * (delays[0] ?? 0));
    expect(delays[11]).toBe(delays[10]);
    expect(delays[11]).toBeGreaterThanOrEqual(30_000);
    expect(retryDelayMs(end, 0, 5000)).toBe(delays[11]);
  });

  it('has a long limit only for every fourth probe', () => {
    const timeouts = Array.from({ length: 8 }, (_, attempt) => probeTimeoutMs(attempt));
    expect(timeouts).toEqual([1000, 1000, 1000, 5000, 1000, 1000, 1000, 5000]);
  });

  it('probes before it dials, except every twelfth time', () => {
    expect(
      Array.from({ length: 24 }, (_, attempt) => dialsWithoutProbe(attempt)).filter(Boolean),
    ).toHaveLength(2);
  });
});
