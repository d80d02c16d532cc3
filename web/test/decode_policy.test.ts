// Whether the next frame is decoded.
import { describe, expect, it } from 'vitest';
import { chooseDecode, QUEUE_BUSY, QUEUE_LIMIT } from '../src/player/decode_policy';

const calm = { waitingForKey: false, queue: 0, overloadedMs: 0, behindMs: 0, inBurst: false };
const key = { key: true, disposable: false };
const delta = { key: false, disposable: false };
const disposable = { key: false, disposable: true };

describe('the next frame', () => {
  it.each([
    ['a frame', delta, calm, 'decode'],
    ['a keyframe', key, calm, 'decode'],
    ['a disposable frame', disposable, calm, 'decode'],
    ['a frame that refers to a skipped one', delta, { ...calm, waitingForKey: true }, 'drop'],
    ['a keyframe while waiting for one', key, { ...calm, waitingForKey: true }, 'decode'],
    ['a disposable frame before a busy decoder', disposable, { ...calm, queue: QUEUE_BUSY }, 'drop'],
    ['a needed frame before a busy decoder', delta, { ...calm, queue: QUEUE_BUSY }, 'decode'],
    ['a short overload', delta, { ...calm, queue: 40, overloadedMs: 200 }, 'decode'],
    ['a decoder that cannot keep up', delta, { ...calm, queue: QUEUE_LIMIT, overloadedMs: 600 }, 'resync'],
    ['a joining burst', delta, { ...calm, queue: 200, overloadedMs: 1500, inBurst: true }, 'decode'],
    ['a burst that never ends', delta, { ...calm, queue: 200, overloadedMs: 3100, inBurst: true }, 'resync'],
    ['a disposable frame of a burst', disposable, { ...calm, queue: 40, inBurst: true }, 'decode'],
    ['a frame of a decoder that is behind', delta, { ...calm, queue: 5, behindMs: 250 }, 'resync'],
    ['a frame of one that was behind for a moment', delta, { ...calm, queue: 5, behindMs: 150 }, 'decode'],
    ['a keyframe of one that is behind', key, { ...calm, queue: 5, behindMs: 250 }, 'restart'],
    ['a frame of a burst', delta, { ...calm, queue: 5, behindMs: 250, inBurst: true }, 'decode'],
    ['a keyframe behind a long queue', key, { ...calm, queue: QUEUE_LIMIT }, 'restart'],
  ])('%s', (_name, frame, view, choice) => {
    expect(chooseDecode(frame, view)).toBe(choice);
  });
});
