// A player's own connection to `stream.mjpg`: when it is opened again, and when not.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MultipartFeed } from '../src/player/multipart_feed';

const PART = '--edge\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\nJPEG\r\n';

/** A body of this text, which then ends. */
const stream = (text: string) => async () =>
  new Response(text, { headers: { 'content-type': 'multipart/x-mixed-replace; boundary=edge' } });
const refused = (status: number, sentence: string) => async () =>
  new Response(sentence, { status, headers: { 'content-type': 'text/plain' } });

describe('the picture stream of a player', () => {
  const events: string[] = [];
  /** One a request. */
  const signals: AbortSignal[] = [];
  let mayRetry: boolean;
  let answers: (() => Promise<Response>)[];
  let requests: number;
  let feed: MultipartFeed;

  /** The last answer is repeated. */
  const begin = (...list: (() => Promise<Response>)[]) => {
    answers = list;
    feed.start();
  };

  beforeEach(() => {
    vi.useFakeTimers();
    events.length = signals.length = requests = 0;
    mayRetry = true;
    vi.stubGlobal(
      'fetch',
      vi.fn((_address: string, { signal }: { signal: AbortSignal }) => {
        signals.push(signal);
        return answers[Math.min(requests++, answers.length - 1)]!();
      }),
    );
    const host = {
      failed: (reason: string) => events.push(`failed: ${reason}`),
      refused: (reason: string | null) => reason && events.push(`refused: ${reason}`),
    };
    feed = new MultipartFeed('http://host/cam/a/stream.mjpg', host, () => mayRetry, {
      arrived: (bytes) => events.push(`${bytes} bytes`),
      part: (part) => events.push(new TextDecoder().decode(part.body)),
    });
  });
  afterEach(() => {
    feed.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('gives parts, and is fetched again when it ends', async () => {
    begin(stream(PART));
    await vi.advanceTimersByTimeAsync(499);
    expect(events).toEqual([`${PART.length} bytes`, 'JPEG']);
    expect(requests).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(requests).toBe(2);
  });

  it('is not fetched again when mayRetry is false', async () => {
    mayRetry = false;
    begin(stream(PART));
    await vi.advanceTimersByTimeAsync(60_000);
    expect([requests, feed.running]).toEqual([1, false]);
  });

  it('is not fetched again once it is stopped', async () => {
    begin(stream(PART));
    await vi.advanceTimersByTimeAsync(100);
    feed.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([requests, feed.running]).toEqual([1, false]);
  });

  it('fails when it keeps ending without a picture', async () => {
    const empty = stream('');
    begin(...Array<typeof empty>(3).fill(empty), stream(PART), empty);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toBe(4 + 4);
    expect(events.slice(-1)).toEqual(['failed: the stream keeps ending without a picture']);
  });

  const ends = [
    ['there is no answer', async () => Promise.reject(new TypeError('refused')), null],
    ['a proxy answers', refused(502, 'bad gateway'), null],
    ['the server says why not', refused(503, 'no more renditions'), 'no more renditions'],
    [
      'there is no such address',
      async () => new Response('', { status: 404 }),
      'this server has no a/stream.mjpg',
    ],
    ['it is something else', async () => new Response('hello'), 'stream.mjpg is not a multipart stream'],
  ] as const;
  for (const [name, answer, reason] of ends) {
    it(`${reason === null ? 'retries' : 'fails'} when ${name}`, async () => {
      begin(answer);
      await vi.advanceTimersByTimeAsync(600);
      expect(requests).toBe(reason === null ? 2 : 1);
      expect(events).toEqual(reason === null ? [] : [`failed: ${reason}`]);
      expect(signals[0]?.aborted, 'its request does not stay open').toBe(true);
    });
  }

  it('aborts each request that it gives up', async () => {
    const open = () =>
      Promise.resolve(
        new Response(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode(PART)) }), {
          headers: { 'content-type': 'multipart/x-mixed-replace; boundary=edge' },
        }),
      );
    begin(open);
    await vi.advanceTimersByTimeAsync(10);
    feed.start();
    await vi.advanceTimersByTimeAsync(10);
    feed.stop();
    await vi.advanceTimersByTimeAsync(10);
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  });

  it('waits while the viewer limit is reached', async () => {
    begin(refused(503, 'The viewer limit (2) is reached'), stream(PART));
    await vi.advanceTimersByTimeAsync(3900);
    expect([requests, events]).toEqual([1, ['refused: The viewer limit (2) is reached']]);
    await vi.advanceTimersByTimeAsync(1200);
    expect(requests).toBeGreaterThan(1);
  });

  it('does not fail while a proxy ends the bodies of a silent camera', async () => {
    const ended = () =>
      new Promise<Response>((done) => setTimeout(() => void stream('')().then(done), 12_000));
    begin(ended);
    await vi.advanceTimersByTimeAsync(20 * 12_500);
    expect(requests).toBeGreaterThan(15);
    expect(events).toEqual([]);
  });

  it('may be dead after a second of silence', () => {
    begin(() => new Promise<Response>(() => undefined));
    const now = performance.now();
    expect([feed.maybeDead(now + 1000), feed.maybeDead(now + 1001)]).toEqual([false, true]);
  });
});
