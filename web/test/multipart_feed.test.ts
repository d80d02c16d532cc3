// A player's own picture stream: when it is read again, and when it is not.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MultipartFeed } from '../src/player/multipart_feed';

const PART = '--edge\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\nJPEG\r\n';

/** A body of this text, which then ends. */
const stream = (text: string) => async () =>
  new Response(text, { headers: { 'content-type': 'multipart/x-mixed-replace; boundary=edge' } });
const refused = (status: number, sentence: string) => async () =>
  new Response(sentence, { status, headers: { 'content-type': 'text/plain' } });

describe('the picture stream of a player', () => {
  const said: string[] = [];
  let wanted: boolean;
  let answers: (() => Promise<Response>)[];
  let asked: number;
  let feed: MultipartFeed;

  /** The last answer is given again and again. */
  const begin = (...list: (() => Promise<Response>)[]) => {
    answers = list;
    feed.start();
  };

  beforeEach(() => {
    vi.useFakeTimers();
    said.length = asked = 0;
    wanted = true;
    vi.stubGlobal('fetch', vi.fn(() => answers[Math.min(asked++, answers.length - 1)]!()));
    feed = new MultipartFeed('http://host/cam/a/stream.mjpg', {
      arrived: (bytes) => said.push(`${bytes} bytes`),
      part: (part) => said.push(new TextDecoder().decode(part.body)),
      failed: (reason) => said.push(`failed: ${reason}`),
    }, () => wanted);
  });
  afterEach(() => {
    feed.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('brings parts, and is read again when it ends', async () => {
    begin(stream(PART));
    await vi.advanceTimersByTimeAsync(499);
    expect(said).toEqual([`${PART.length} bytes`, 'JPEG']);
    expect(asked).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toBe(2);
  });

  it('is left alone when it ends and nobody wants it', async () => {
    wanted = false;
    begin(stream(PART));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, feed.running]).toEqual([1, false]);
  });

  it('is left alone once it is stopped', async () => {
    begin(stream(PART));
    await vi.advanceTimersByTimeAsync(100);
    feed.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, feed.running]).toEqual([1, false]);
  });

  it('is given up when it ends again and again without a picture', async () => {
    const empty = stream('');
    begin(...Array<typeof empty>(9).fill(empty), stream(PART), empty);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(10 + 10);
    expect(said.slice(-1)).toEqual(['failed: the stream keeps ending without a picture']);
  });

  const ends = [
    ['nobody answers', async () => Promise.reject(new TypeError('refused')), null],
    ['a proxy answers', refused(502, 'bad gateway'), null],
    ['the server says why not', refused(503, 'no more renditions'), 'no more renditions'],
    ['there is no such address', async () => new Response('', { status: 404 }), 'this server has no a/stream.mjpg'],
    ['it is something else', async () => new Response('hello'), 'stream.mjpg is not a multipart stream'],
  ] as const;
  for (const [name, answer, reason] of ends) {
    it(`${reason === null ? 'tries again' : 'gives up'} when ${name}`, async () => {
      begin(answer);
      await vi.advanceTimersByTimeAsync(600);
      expect(asked).toBe(reason === null ? 2 : 1);
      expect(said).toEqual(reason === null ? [] : [`failed: ${reason}`]);
    });
  }

  it('is suspect after a second of silence', () => {
    begin(() => new Promise<Response>(() => undefined));
    const now = performance.now();
    expect([feed.maybeDead(now + 1000), feed.maybeDead(now + 1001)]).toEqual([false, true]);
  });
});
