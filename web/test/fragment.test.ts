// MP4 boxes as the server and other muxers write them.
import { describe, expect, it } from 'vitest';
import { waitFor, readFragment, readInitSegment } from '../src/player/fragment';

const u32 = (...values: number[]) =>
  values.flatMap((v) => [(v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255]);
const box = (type: string, ...content: number[][]): number[] => {
  const body = content.flat();
  return [...u32(body.length + 8), ...[...type].map((c) => c.charCodeAt(0)), ...body];
};
const bytes = (...boxes: number[][]) => new Uint8Array(boxes.flat()).buffer;

const init = (version: number, trex: number[] = []) =>
  bytes(
    box('ftyp', u32(1)),
    box(
      'moov',
      box('mvhd', u32(0)),
      box(
        'trak',
        box('tkhd', u32(0)),
        box('mdia', box('mdhd', version === 1 ? u32(0x1000000, 0, 0, 0, 0, 90_000) : u32(0, 0, 0, 1000))),
      ),
      trex,
    ),
  );
const fragment = (tfhd: number[], tfdt: number[], trun: number[]) =>
  bytes(
    box('moof', box('mfhd', u32(0, 7)), box('traf', box('tfhd', tfhd), box('tfdt', tfdt), box('trun', trun))),
    box('mdat', [1, 2]),
  );
const times = { timescale: 1000, defaultDuration: 40, defaultFlags: 0x10000, soundTimescale: 0 };

describe('the init segment', () => {
  it.each([
    ['version 0', init(0), { timescale: 1000, defaultDuration: 0, defaultFlags: 0 }],
    ['version 1', init(1), { timescale: 90_000 }],
    ['defaults', init(0, box('mvex', box('trex', u32(0, 1, 1, 40, 0, 0x10000)))), times],
  ])('%s', (_name, segment, expected) => {
    expect(readInitSegment(segment)).toMatchObject(expected);
  });

  it.each([
    ['nothing', bytes()],
    ['no moov', bytes(box('ftyp', []))],
    ['cut short', init(0).slice(0, 30)],
  ])('not: %s', (_name, segment) => {
    expect(readInitSegment(segment)).toBeNull();
  });
});

describe('sound', () => {
  const trak = (timescale: number) => box('trak', box('mdia', box('mdhd', u32(0, 0, 0, timescale))));
  const both = readInitSegment(bytes(box('moov', trak(90_000), trak(48_000))));
  const packet = (track: number, time: number, duration: number) =>
    fragment(u32(0x020000, track), u32(0x1000000, 0, time), u32(0x701, 1, 0, duration, 9, 0x2000000));

  it('is the second track, with a timescale of its own', () => {
    expect(both).toMatchObject({ timescale: 90_000, soundTimescale: 48_000 });
    expect(both && readFragment(packet(2, 48_000, 960), both)).toMatchObject({
      isSound: true,
      start: 1,
      end: 1.02,
    });
    expect(both && readFragment(packet(1, 90_000, 3000), both)).toMatchObject({ isSound: false, start: 1 });
  });

  it('is none in a stream with one track', () => {
    expect(readFragment(packet(2, 1000, 40), times)).toMatchObject({ isSound: false, start: 1 });
  });
});

describe('a fragment', () => {
  it.each([
    [
      'all in the run, a keyframe',
      fragment(u32(0x020000, 1), u32(0x1000000, 0, 5000), u32(0x701, 1, 0, 33, 9, 0x2000000)),
      { number: 7, start: 5, end: 5.033, samples: 1, key: true },
    ],
    [
      'all in the run, not a keyframe',
      fragment(u32(0x020000, 1), u32(0, 5000), u32(0x701, 1, 0, 33, 9, 0x1010000)),
      { key: false, start: 5 },
    ],
    [
      'defaults of the fragment',
      fragment(u32(0x38, 1, 20, 0, 0), u32(0, 1000), u32(0x205, 3, 0, 0x2000000, 1, 1, 1)),
      { end: 1.06, samples: 3, key: true },
    ],
    [
      'defaults of the init segment',
      fragment(u32(0, 1), u32(0, 1000), u32(0x201, 2, 0, 1, 1)),
      { end: 1.08, key: false },
    ],
    [
      'a B frame',
      fragment(u32(0, 1), u32(0, 1000), u32(0xb01, 1, 0, 33, 9, 66)),
      { offset: 0.066, start: 1 },
    ],
    [
      'an offset before the decode time',
      fragment(u32(0, 1), u32(0, 1000), u32(0x1000b01, 1, 0, 33, 9, -33)),
      { offset: -0.033 },
    ],
    [
      'a time beyond 32 bits',
      fragment(u32(0, 1), u32(0x1000000, 1, 0), u32(0x201, 1, 0, 1)),
      { start: 4_294_967.296 },
    ],
  ])('%s', (_name, data, expected) => {
    const read = readFragment(data, times);
    expect(read).toMatchObject({
      ...expected,
      ...('end' in expected ? { end: expect.closeTo(expected.end, 6) } : {}),
    });
  });

  it('is not anything else', () => {
    expect(readFragment(init(0), times)).toBeNull();
    expect(readFragment(bytes(box('moof', [])), times)).toBeNull();
  });
});

describe('the wait for the next picture', () => {
  it.each([
    ['one frame', { start: 2, end: 2.5, offset: 0, samples: 1 }, 0.5],
    ['a keyframe of a stream that reorders one frame', { start: 2, end: 2.5, offset: 0.5, samples: 1 }, 1],
    ['a P frame and the two B frames before it', { start: 2, end: 3.5, offset: 1.5, samples: 3 }, 2],
    ['the GOP so far, which has no duration', { start: 2, end: 2, offset: 0, samples: 40 }, 0],
  ])('%s', (_name, fragment, seconds) => {
    expect(waitFor({ number: 0, key: false, isSound: false, ...fragment })).toBe(seconds);
  });
});
