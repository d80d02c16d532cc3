// The parts of a motion JPEG body, at every split point.
import { describe, expect, it } from 'vitest';
import { momentsOf } from '../src/player/mjpeg';
import { boundaryOf, MultipartReader, type Part } from '../src/player/multipart';

const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const text = (part: Part) => String.fromCharCode(...part.body);

const WITH_LENGTH =
  '--b\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\nX-Timestamp: 12.5\r\n\r\nfirst\r\n' +
  '--b\r\nContent-Type: image/jpeg\r\nContent-Length: 8\r\n\r\n--b\r\n\r\n-\r\n--b\r\n';
const ADVANCED =
  '--b\r\nContent-Type: image/jpeg\r\n\r\nfirst\r\n--b\r\nContent-Type: image/jpeg\r\n\r\ns\r\n-\r\n--b\r\n';

describe('a multipart body', () => {
  it.each([
    ['with lengths', WITH_LENGTH, ['first', '--b\r\n\r\n-']],
    ['without lengths, ended by the next boundary', ADVANCED, ['first', 's\r\n-']],
  ])('%s, cut anywhere', (_name, body, expected) => {
    const bytes = latin1(body);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new MultipartReader('b');
      const parts = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
      expect(parts.map(text), `cut at ${cut}`).toEqual(expected);
    }
    const reader = new MultipartReader('b');
    expect([...bytes].flatMap((byte) => reader.push(Uint8Array.of(byte))).map(text)).toEqual(expected);
  });

  it('ends a part when the next boundary arrives', () => {
    const reader = new MultipartReader('--b');
    const [first] = reader.push(latin1(ADVANCED.slice(0, ADVANCED.indexOf('first') + 'first\r\n--b'.length)));
    expect(first && text(first)).toBe('first');
  });

  it.each([
    ['headers without an end', '--b\r\n', 'x: y\r\n'],
    ['a length that cannot be', '--b\r\nContent-Length: 99999999\r\n\r\n', ''],
    ['no boundary at all', '', 'picture '],
  ])('refuses %s', (_name, start, filler) => {
    const reader = new MultipartReader('b');
    expect(() => reader.push(latin1(start + filler.repeat(4000)))).toThrow();
  });

  it.each([
    ['multipart/x-mixed-replace;boundary=boundarydonotcross0f', 'boundarydonotcross0f'],
    ['multipart/x-mixed-replace; boundary="a b"', 'a b'],
    ['Multipart/X-Mixed-Replace; charset=x; boundary=frame', 'frame'],
    ['image/jpeg', null],
    ['', null],
  ])('%j', (type, boundary) => expect(boundaryOf(type)).toBe(boundary));

  it('gives the time of its pictures', () => {
    const [part] = new MultipartReader('b').push(latin1(WITH_LENGTH));
    expect(part && momentsOf(part)).toEqual({ capturedAtUs: null, receivedAtUs: 12_500_000 });
    expect(momentsOf({ headers: new Map(), body: new Uint8Array() })).toBeNull();
  });
});
