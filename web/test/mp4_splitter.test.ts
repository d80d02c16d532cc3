// Splits the body of stream.mp4, however it was cut.
import { describe, expect, it } from 'vitest';
import { codecOfInit, Mp4Splitter, spsOfFragment } from '../src/player/mp4_splitter';

const text = (letters: string) => [...letters].map((letter) => letter.charCodeAt(0));
const box = (type: string, content: number[] = []) => [
  0,
  0,
  0,
  8 + content.length,
  ...text(type),
  ...content,
];
const AVCC = box('avcC', [1, 0x42, 0xc0, 0x1f, 0xff]);
const INIT = [...box('ftyp', text('isom')), ...box('moov', [...text('avc3'), ...AVCC])];
const FRAGMENTS = [1, 2, 3].map((number) => [...box('moof', [number]), ...box('mdat', [number, number])]);
const BODY = new Uint8Array([
  ...INIT,
  ...FRAGMENTS[0]!,
  ...box('free', [9]),
  ...FRAGMENTS[1]!,
  ...FRAGMENTS[2]!,
]);

describe('a body of fragmented MP4', () => {
  it('is split into the same segments at every cut', () => {
    for (let cut = 0; cut <= BODY.length; cut++) {
      const splitter = new Mp4Splitter();
      const segments = [...splitter.push(BODY.subarray(0, cut)), ...splitter.push(BODY.subarray(cut))];
      expect(segments.map(({ kind }) => kind)).toEqual(['init', 'fragment', 'fragment', 'fragment']);
      expect(segments.map(({ bytes }) => [...bytes])).toEqual([INIT, ...FRAGMENTS]);
    }
  });

  it.each([
    ['HTML', text('<!doctype html>')],
    ['a box without a size', [0, 0, 0, 0, ...text('mdat')]],
    ['a box of 2 GiB', [0x7f, 0, 0, 0, ...text('mdat')]],
  ])('%s is an error', (_name, bytes) => {
    expect(() => new Mp4Splitter().push(new Uint8Array(bytes))).toThrow('not fragmented MP4');
  });

  it('gives the parameter set of a keyframe', () => {
    const unit = (type: number, ...more: number[]) => [0, 0, 0, 1 + more.length, type, ...more];
    const fragment = (...units: number[][]) =>
      new Uint8Array([...box('moof', [1]), ...box('mdat', units.flat())]);
    expect(spsOfFragment(fragment(unit(9, 1), unit(0x67, 66, 31), unit(0x68), unit(0x65)))).toBe('103,66,31');
    expect(spsOfFragment(fragment(unit(0x41, 1)))).toBeNull();
    expect(spsOfFragment(fragment([0, 0, 9, 9, 1]))).toBeNull();
    expect(spsOfFragment(new Uint8Array([0, 0]))).toBeNull();
  });

  it('names its codec', () => {
    expect(codecOfInit(new Uint8Array(INIT))).toBe('avc3.42c01f');
    expect(codecOfInit(new Uint8Array(box('moov', text('hvc1'))))).toBeNull();
    expect(codecOfInit(new Uint8Array([...text('avc1avcC'), 1, 2]))).toBeNull();
  });
});
