// When to reconnect.
import { describe, expect, it } from 'vitest';
import {
  linkEndOf,
  probeTimeoutMs,
  retryDelayMs,
  isServerStatus,
  dialsWithoutProbe,
} from '../src/wire/retry';

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

describe('whether an answer comes from the server', () => {
  it.each([
    [426, true],
    [200, true],
    [404, true],
    [401, true],
    [0, true],
    [502, false],
    [503, false],
    [504, false],
  ])('%i: %s', (status, there) => {
    expect(isServerStatus(status)).toBe(there);
  });
});
