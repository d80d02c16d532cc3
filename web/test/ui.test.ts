// Small pure parts of the page: names of codecs, gestures, the rows of the help, the texts of each state.
import { describe, expect, it } from 'vitest';
import { isAnswering, type StateName } from '../src/state';
import { codecName } from '../src/ui/codec_name';
import { gestureOf } from '../src/ui/pointer';
import { GRID_SHORTCUTS, shortcutFor, SHORTCUTS } from '../src/ui/shortcuts';
import { stateText } from '../src/ui/state_text';

describe('the name of a codec', () => {
  it.each([
    ['avc1.42c01f', 'H.264 Baseline 3.1 (avc1.42c01f)'],
    ['avc3.42E01E', 'H.264 Baseline 3.0 (avc3.42E01E)'],
    ['avc1.4d0028', 'H.264 Main 4.0 (avc1.4d0028)'],
    ['avc1.640034', 'H.264 High 5.2 (avc1.640034)'],
    ['avc1.42100b', 'H.264 Baseline 1b (avc1.42100b)'],
    ['avc1.640009', 'H.264 High 1b (avc1.640009)'],
    ['avc1.42000b', 'H.264 Baseline 1.1 (avc1.42000b)'],
    ['avc1.f40028', 'H.264 High 4:4:4 4.0 (avc1.f40028)'],
    ['avc1.070028', 'H.264 profile 7 4.0 (avc1.070028)'],
    ['hvc1.1.6.L93.B0', 'hvc1.1.6.L93.B0'],
    ['JPEG', 'JPEG'],
    ['avc1.42c01f,Opus', 'H.264 Baseline 3.1 (avc1.42c01f), Opus'],
    ['', ''],
  ])('%s', (codec, name) => expect(codecName(codec)).toBe(name));
});

describe('a touch', () => {
  const touch = (x: number, y: number, atMs: number) => ({ x, y, atMs });
  const start = touch(200, 200, 0);
  it.each([
    ['to the left', touch(100, 210, 200), null, 'next'],
    ['to the right', touch(300, 180, 200), null, 'previous'],
    ['too slow', touch(100, 200, 900), null, null],
    ['too short', touch(160, 200, 100), null, null],
    ['down, as one that scrolls', touch(120, 300, 200), null, null],
    ['a tap', touch(203, 198, 80), null, null],
    ['a tap behind another', touch(203, 198, 80), touch(205, 200, -150), 'double tap'],
    ['a tap long behind another', touch(203, 198, 80), touch(205, 200, -500), null],
    ['a tap elsewhere', touch(203, 198, 80), touch(20, 20, -100), null],
  ])('%s', (_name, end, before, gesture) => expect(gestureOf(start, end, before)).toBe(gesture));
});

describe('the keys', () => {
  const press = (key: string) => ({ key, ctrlKey: false, altKey: false, metaKey: false });
  it('are told apart by page, and each has one meaning', () => {
    for (const list of [SHORTCUTS, GRID_SHORTCUTS])
      expect(new Set(list.map(({ key }) => key)).size).toBe(list.length);
    expect(shortcutFor(press('ArrowRight'))?.control).toBe('next');
    expect(shortcutFor(press('ArrowRight'), GRID_SHORTCUTS)).toBeNull();
    expect(['f', 'i', '?', 'Escape'].map((key) => shortcutFor(press(key), GRID_SHORTCUTS)?.control)).toEqual([
      'fullscreen',
      'info',
      'help',
      'close',
    ]);
  });
});

describe('what a refusal says', () => {
  it.each<[StateName, string, string]>([
    ['password', '', 'This address asks for a password | Load the page again to give it.'],
    ['denied', '', 'Access is refused | Trying again from time to time.'],
    [
      'denied',
      'the server answers with status 500',
      'Access is refused | The server answers with status 500. Trying again from time to time.',
    ],
    [
      'missing',
      'There is no such camera: the server has a and b',
      'There is no such camera | The server has a and b.',
    ],
    [
      'missing',
      'there is no camera at this address',
      'There is no such camera | There is no camera at this address.',
    ],
  ])('%s: %s', (name, detail, says) => {
    const text = stateText({ name, detail, seconds: null });
    expect(`${text.headline} | ${text.detail}`).toBe(says);
    expect(isAnswering(name), 'the grid is not looked for').toBe(false);
  });
});
