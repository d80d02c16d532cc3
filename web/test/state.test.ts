// The state that follows from the facts, and its texts.
import { describe, expect, it } from 'vitest';
import { deriveState, MedianInterval, type Facts } from '../src/state';
import { stateText } from '../src/ui/state_text';

const NOW = 100_000;
const live = { state: 'live', message: '', retryAtMs: null } as const;
const facts = (changes: Partial<Facts>): Facts => ({
  link: 'open',
  linkReason: '',
  camera: live,
  pictureAtMs: NOW - 20,
  expectingSinceMs: NOW - 10_000,
  pictureEveryMs: 33,
  paused: false,
  hidden: false,
  tapNeeded: false,
  remark: '',
  unplayable: null,
  ...changes,
});

describe('the state', () => {
  it.each<[string, Partial<Facts>, string, number | null]>([
    ['all is well', {}, 'live', null],
    ['before the first connection', { link: 'connecting' }, 'connecting', null],
    ['before the first message', { camera: null }, 'connecting', null],
    ['the source is being started', { camera: { ...live, state: 'starting' } }, 'starting', null],
    ['live, no picture yet', { pictureAtMs: null, expectingSinceMs: NOW - 500 }, 'starting', null],
    ['live, no picture for seconds', { pictureAtMs: null, expectingSinceMs: NOW - 4200 }, 'stalled', 4],
    ['waiting for a keyframe', { camera: { ...live, state: 'waiting' }, pictureAtMs: null }, 'waiting', null],
    ['waiting, but pictures come', { camera: { ...live, state: 'waiting' } }, 'live', null],
    ['a picture 550 ms old', { pictureAtMs: NOW - 550 }, 'live', null],
    ['a picture 650 ms old', { pictureAtMs: NOW - 650 }, 'stalled', 1],
    ['a picture 3.4 s old', { pictureAtMs: NOW - 3400 }, 'stalled', 3],
    ['one picture a second', { pictureAtMs: NOW - 1500, pictureEveryMs: 1000 }, 'live', null],
    ['one picture a second, frozen', { pictureAtMs: NOW - 3100, pictureEveryMs: 1000 }, 'stalled', 3],
    [
      'one picture a minute, frozen',
      { pictureAtMs: NOW - 11_000, expectingSinceMs: 0, pictureEveryMs: 60_000 },
      'stalled',
      11,
    ],
    [
      'back from a pause, the old picture on the screen',
      { pictureAtMs: NOW - 9000, expectingSinceMs: NOW - 50 },
      'starting',
      null,
    ],
    ['paused', { paused: true, pictureAtMs: NOW - 60_000 }, 'paused', null],
    ['hidden', { hidden: true }, 'hidden', null],
    ['a tap is needed', { tapNeeded: true, pictureAtMs: null }, 'tap', null],
    [
      'offline, with the next try',
      { camera: { state: 'offline', message: 'x', retryAtMs: NOW + 1900 } },
      'offline',
      2,
    ],
    [
      'offline, the try is due',
      { camera: { state: 'offline', message: 'x', retryAtMs: NOW - 5 } },
      'offline',
      0,
    ],
    ['ended', { camera: { state: 'ended', message: 'x', retryAtMs: null } }, 'ended', null],
    ['the server is gone', { link: 'gone' }, 'gone', null],
    ['gone while paused', { link: 'gone', paused: true }, 'gone', null],
    ['too many viewers', { link: 'full', linkReason: 'x' }, 'full', null],
    ['refused', { link: 'refused', linkReason: 'x' }, 'refused', null],
    ['nothing can play', { unplayable: 'x', link: 'gone' }, 'unplayable', null],
    ['nothing can play without a password', { unplayable: 'x', link: 'password' }, 'password', null],
    ['nothing can play for want of the right', { unplayable: 'x', link: 'denied' }, 'denied', null],
    ['nothing can play of a wrong camera', { unplayable: 'x', link: 'missing' }, 'missing', null],
  ])('%s', (_name, changes, name, seconds) => {
    expect(deriveState(facts(changes), NOW)).toMatchObject({ name, seconds });
  });
});

describe('the texts', () => {
  it.each([
    ['a stall counts its seconds', { name: 'stalled', detail: '', seconds: 3 }, 'No new picture for 3 s', ''],
    [
      'offline says why and when',
      { name: 'offline', detail: 'No camera', seconds: 4 },
      'Camera offline',
      'No camera. Next try in 4 s.',
    ],
    [
      'offline, trying',
      { name: 'offline', detail: 'No camera.', seconds: 0 },
      'Camera offline',
      'No camera. Trying again.',
    ],
    [
      'a server that was stopped',
      { name: 'gone', detail: 'the server stops', seconds: null },
      'Server not reachable',
      'The server stops. The picture returns when the server answers again.',
    ],
    [
      'a server that is gone',
      { name: 'gone', detail: '', seconds: null },
      'Server not reachable',
      'The picture returns when the server answers again.',
    ],
    [
      'too many viewers',
      { name: 'full', detail: 'the limit is 1', seconds: null },
      'Too many viewers',
      'The limit is 1. Trying again automatically.',
    ],
    ['live says nothing', { name: 'live', detail: '', seconds: null }, '', ''],
  ] as const)('%s', (_name, state, headline, detail) => {
    expect(stateText(state)).toMatchObject({ headline, detail });
  });
});

describe('the median interval', () => {
  it('is not changed by one long interval', () => {
    const usual = new MedianInterval();
    for (let frame = 0; frame < 20; frame++) usual.add(33);
    expect(usual.add(30_000)).toBe(33);
  });

  it('follows a slower camera', () => {
    const usual = new MedianInterval();
    for (let frame = 0; frame < 9; frame++) usual.add(33);
    const learnt = Array.from({ length: 6 }, () => usual.add(1000));
    expect(learnt[5]).toBe(1000);
  });
});
