// Which player plays sound, how loud it was, and what is said of it.
import { describe, expect, it } from 'vitest';
import type { Choices } from '../src/player/choose';
import { keepVolume, keptVolume, playsSound, soundFirst } from '../src/player/sound';
import { soundText } from '../src/ui/sound_text';

const choices = (...kinds: string[]) =>
  ({ players: kinds.map((kind) => ({ kind, reason: 'because' })), missing: '' }) as Choices;
const kinds = ({ players }: Choices) => players.map(({ kind }) => kind);

describe('the players', () => {
  it.each([
    ['one with sound comes first', ['webcodecs', 'mse', 'mjpeg'], ['mse', 'webcodecs', 'mjpeg']],
    ['it is the first already', ['mse', 'broadway'], ['mse', 'broadway']],
    ['over HTTP', ['mp4', 'mjpeg'], ['mp4', 'mjpeg']],
    ['none has sound', ['broadway', 'mjpeg'], ['broadway', 'mjpeg']],
  ])('%s', (_name, before, after) => {
    expect(kinds(soundFirst(choices(...before)))).toEqual(after);
    expect(playsSound(choices(...before))).toBe(before.includes('mse') || before.includes('mp4'));
  });

  it('says why the first is another', () => {
    expect(soundFirst(choices('webcodecs', 'mse')).players[0]?.reason).toContain('sound');
    expect(soundFirst(choices('mse')).players[0]?.reason).toBe('because');
  });
});

describe('the volume', () => {
  const storage = (text: string | null) => ({ getItem: () => text });
  it.each([
    ['nothing kept', storage(null), 1],
    ['no storage', null, 1],
    ['kept', storage('0.3'), 0.3],
    ['nonsense', storage('loud'), 1],
    ['too loud', storage('7'), 1],
    ['silent', storage('0'), 1],
  ])('%s', (_name, kept, expected) => expect(keptVolume(kept)).toBe(expected));

  it('is kept, also by a browser whose storage is full', () => {
    let kept = '';
    keepVolume({ setItem: (_key, value) => void (kept = value) }, 0.4);
    expect(kept).toBe('0.4');
    const full = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    expect(() => keepVolume({ setItem: full }, 0.4)).not.toThrow();
  });
});

describe('what is said of the sound', () => {
  const clock = { offsetMs: -0.44, driftPpm: 12.3, gaps: 0, gapMs: 0 };
  it.each([
    ['gone', 'Gone', clock, true, 'Gone'],
    ['muted', '', clock, false, 'muted'],
    ['on the clock of the server', '', null, true, 'in time'],
    ['early and fast', '', clock, true, '0.4 ms early, clock 12 ppm fast'],
    [
      'late and slow',
      '',
      { offsetMs: 1, driftPpm: -3, gaps: 1, gapMs: 300.2 },
      true,
      '1.0 ms late, clock 3 ppm slow, 1 gap of 300 ms',
    ],
  ])('%s', (_name, message, clock, isOn, text) => expect(soundText({ message, clock }, isOn)).toBe(text));
});
