// The pure parts of the players that do not use the browser's video decoder.
import { describe, expect, it } from 'vitest';
import { softwareObstacle } from '../src/player/baseline';
import { Pace } from '../src/player/pace';
import { mpeg1SizeOf, spsOf } from '../src/player/parameter_sets';
import { MPEG1_COLOURS, planesOf, toRgba } from '../src/player/yuv';
import type { Colours, Matrix } from '../src/wire/message';

describe('a software decoder', () => {
  it.each([
    ['Constrained Baseline', 'avc1.42e01f', 0],
    ['Baseline', 'avc1.42001e', 0],
    ['Main that keeps to Baseline', 'avc1.4d801f', 0],
    ['upper case', 'avc1.42C01F', 0],
  ])('plays %s', (_name, codec, reorderDepth) => expect(softwareObstacle(codec, reorderDepth)).toBeNull());

  it.each([
    ['Main', 'avc1.4d401f', 0, 'is Main (avc1.4d401f); set the camera or encoder to the Baseline profile'],
    ['High', 'avc1.640028', 0, 'is High (avc1.640028)'],
    ['an unknown profile', 'avc1.f40028', 0, 'is profile 244'],
    ['B frames', 'avc1.42e01f', 2, 'has B frames'],
    ['another codec', 'hvc1.1.6.L93.B0', 0, 'plays only H.264, and the stream is hvc1'],
    ['rubbish', 'avc1', 0, 'is avc1'],
  ])('does not play %s, and names the remedy', (_name, codec, reorderDepth, sentence) => {
    expect(softwareObstacle(codec, reorderDepth)).toContain(sentence);
  });
});

describe('YCbCr', () => {
  /** One colour, as 16x16 planes, converted to a picture of 5x3. */
  const colour = (y: number, cb: number, cr: number, colours: Colours) => {
    const [stride, rows, height] = [16, 16, 3];
    const buffer = new Uint8Array((stride * rows * 3) / 2);
    buffer
      .fill(y, 0, stride * rows)
      .fill(cb, stride * rows, (stride * rows * 5) / 4)
      .fill(cr, (stride * rows * 5) / 4);
    const rgba = new Uint8ClampedArray(5 * height * 4);
    toRgba(planesOf(buffer, stride, rows), 5, height, rgba, colours);
    return rgba;
  };
  const limited = (matrix: Matrix): Colours => ({ matrix, fullRange: false });
  const full = (matrix: Matrix): Colours => ({ matrix, fullRange: true });
  it.each([
    ['black', limited('bt601'), [16, 128, 128], [0, 0, 0]],
    ['white', limited('bt709'), [235, 128, 128], [255, 255, 255]],
    ['grey', limited('bt2020'), [126, 128, 128], [128, 128, 128]],
    ['red', limited('bt601'), [81, 90, 240], [254, 0, 0]],
    ['red', limited('bt709'), [63, 102, 240], [255, 1, 0]],
    ['red', limited('bt2020'), [74, 97, 240], [255, 0, 0]],
    ['blue', limited('bt601'), [41, 240, 110], [0, 0, 255]],
    ['green', limited('bt709'), [173, 42, 26], [0, 255, 1]],
    ['beyond white', limited('bt601'), [255, 255, 255], [255, 125, 255]],
    ['black', full('bt601'), [0, 128, 128], [0, 0, 0]],
    ['grey', full('bt709'), [77, 128, 128], [77, 77, 77]],
    ['white', full('bt601'), [255, 128, 128], [255, 255, 255]],
    ['red', full('bt601'), [76, 85, 255], [254, 0, 0]],
    ['green', full('bt709'), [182, 30, 12], [0, 255, 0]],
    ['MPEG-1, which declares no colours', MPEG1_COLOURS, [81, 90, 240], [254, 0, 0]],
  ])('%s, %o', (_name, colours, [y = 0, cb = 0, cr = 0], rgb) => {
    const rgba = colour(y, cb, cr, colours);
    for (let at = 0; at < rgba.length; at += 4) {
      expect(
        [...rgba.subarray(at, at + 3)].map((value, channel) => Math.abs(value - (rgb[channel] ?? 0)) <= 1),
      ).toEqual([true, true, true]);
      expect(rgba[at + 3]).toBe(255);
    }
  });
});

describe('frame durations', () => {
  it.each([
    [25, 40],
    [30, 1000 / 30],
    [60, 1000 / 60],
    [10, 100],
  ])('at %i fps the durations add up to the time', (_rate, everyMs) => {
    const pace = new Pace();
    let given = 0;
    for (let frame = 0; frame < 300; frame++)
      given += frame < 20 ? pace.next(frame * everyMs) * 0 : pace.next(frame * everyMs);
    expect(Math.abs(given - 280 * everyMs)).toBeLessThan(everyMs);
  });

  it('start again after a pause of the source', () => {
    const pace = new Pace();
    for (let frame = 0; frame < 50; frame++) pace.next(frame * 40);
    expect(pace.next(60_000)).toBeLessThan(80);
    expect(pace.next(60_040)).toBeLessThan(80);
  });

  it('are positive in a burst', () => {
    const pace = new Pace();
    for (let frame = 0; frame < 100; frame++) expect(pace.next(0)).toBeGreaterThan(0);
  });
});

describe('another stream', () => {
  const unit = (...bytes: number[]) => new Uint8Array(bytes);
  it.each([
    ['an SPS and what follows', unit(0, 0, 0, 1, 0x67, 66, 1, 2, 0, 0, 0, 1, 0x68, 3), '103 66 1 2'],
    ['behind a delimiter', unit(0, 0, 0, 1, 9, 16, 0, 0, 1, 0x67, 77), '103 77'],
    ['no SPS before the slice', unit(0, 0, 0, 1, 0x41, 1, 0, 0, 0, 1, 0x67, 66), null],
    ['nothing', unit(), null],
    ['cut', unit(0, 0, 1), null],
  ])('H.264: %s', (_name, bytes, sps) => expect(spsOf(bytes)).toBe(sps));

  it.each([
    ['a header', unit(9, 0, 0, 1, 0xb3, 0x28, 0x01, 0xe0, 0x13), '640x480'],
    ['another start code', unit(0, 0, 1, 0xb8, 0x28, 0x01, 0xe0), null],
    ['no start code', unit(1, 0, 1, 0xb3, 0x28, 0x01, 0xe0), null],
    ['cut', unit(0, 0, 1, 0xb3, 0x28), null],
  ])('MPEG-1: %s', (_name, bytes, size) => expect(mpeg1SizeOf(bytes)).toBe(size));
});
