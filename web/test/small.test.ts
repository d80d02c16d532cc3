// Meters, media times, file names, figures and keyboard shortcuts.
import { describe, expect, it } from 'vitest';
import { Meter } from '../src/player/meter';
import { mediaTimeOf } from '../src/player/video_pictures';
import { formatBitRate, formatError } from '../src/ui/info';
import { shortcutFor, shortcutOf, type ControlName } from '../src/ui/shortcuts';
import { snapshotName } from '../src/ui/snapshot';

it.each([
  ['said, where the clock is at the picture', 7.83, 7.87, 7.83],
  ['said, where the clock is ahead of a slow decoder', 7, 7.9, 7],
  ['the position, where it is counted from the last seek', 4.15, 7.87, 7.87],
  ['the position, where it is of before a seek backwards', 20, 7.87, 7.87],
])("a picture's media time is %s", (_name, said, position, is) =>
  expect(mediaTimeOf(said, position)).toBe(is),
);

describe('a meter', () => {
  it('sums per second', () => {
    const meter = new Meter(2000);
    for (let at = 0; at <= 4000; at += 40) meter.add(at);
    expect(meter.perSecond(4000)).toBeCloseTo(25, 0);
    expect(meter.perSecond(7000)).toBe(0);
  });

  it('sums correctly before its window is full', () => {
    const meter = new Meter(2000);
    for (let at = 0; at < 500; at += 50) meter.add(at, 8);
    expect(meter.perSecond(500)).toBe(160);
  });

  it('gives means and counts', () => {
    const meter = new Meter(1000);
    expect(meter.mean(0)).toBeNull();
    meter.add(0, 10);
    meter.add(900, 20);
    expect([meter.mean(950), meter.count(950)]).toEqual([15, 2]);
    expect([meter.mean(1500), meter.count(1500)]).toEqual([20, 1]);
  });

  it('is bounded', () => {
    const meter = new Meter(1000, 3);
    for (let at = 0; at < 10; at++) meter.add(at);
    expect(meter.count(10)).toBe(3);
  });
});

describe('names and figures', () => {
  it('names a snapshot', () => {
    expect(snapshotName('door', new Date(2026, 0, 2, 3, 4, 5))).toBe('door-2026-01-02-03-04-05.jpg');
    expect(snapshotName('', new Date(2026, 10, 20, 13, 14, 15))).toBe('camera-2026-11-20-13-14-15.jpg');
  });

  it.each([
    [840_000, '840 kbit/s'],
    [4_230_000, '4.2 Mbit/s'],
  ])('%i bit/s', (rate, text) => {
    expect(formatBitRate(rate)).toBe(text);
  });

  it.each([
    [420, '0.4 ms'],
    [12_400, '12 ms'],
  ])('%i µs', (errorUs, text) => {
    expect(formatError(errorUs)).toBe(text);
  });
});

describe('keys', () => {
  const press = (key: string, held = {}) =>
    shortcutFor({ key, ctrlKey: false, altKey: false, metaKey: false, ...held });
  it.each([
    [' ', 'pause'],
    ['f', 'fullscreen'],
    ['F', 'fullscreen'],
    ['s', 'snapshot'],
    ['p', 'pip'],
    ['i', 'info'],
    ['?', 'help'],
    ['Escape', 'close'],
  ])('%j', (key, control) => expect(press(key)?.control).toBe(control));
  it.each<[ControlName, string]>([
    ['pause', ' '],
    ['grid', 'g'],
    ['snapshot', 's'],
    ['pip', 'p'],
    ['info', 'i'],
    ['help', '?'],
    ['fullscreen', 'f'],
  ])('the control %s has the key %j', (control, key) => expect(shortcutOf(control)?.key).toBe(key));
  it.each([
    ['x', {}],
    ['s', { ctrlKey: true }],
    ['f', { metaKey: true }],
    ['p', { altKey: true }],
  ])('not %j with %j', (key, held) => expect(press(key, held)).toBeNull());
});
