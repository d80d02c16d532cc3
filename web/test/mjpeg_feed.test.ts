// Which way the pictures of the MJPEG player come: at most four bodies a page, an <img> where fetch gives no body.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BodyBudget } from '../src/player/body_budget';
import { MjpegFeed } from '../src/player/mjpeg_feed';

const PART = '--edge\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\n\r\nJPEG\r\n';
const MULTIPART = { 'content-type': 'multipart/x-mixed-replace; boundary=edge' };
/** A body that has one part and stays open. */
const open = () =>
  new Response(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode(PART)) }), {
    headers: MULTIPART,
  });

class FakeImage {
  static all: FakeImage[] = [];
  src: string | null = null;
  naturalWidth = 0;
  onload: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    FakeImage.all.push(this);
  }
  removeAttribute(): void {
    this.src = null;
  }
}

describe('the budget of endless bodies', () => {
  it('gives so many permits, and each back once', () => {
    const budget = new BodyBudget(2);
    const [first, second] = [budget.take(), budget.take()];
    expect([first, second, budget.take()].map(Boolean)).toEqual([true, true, false]);
    first?.release();
    first?.release();
    expect([budget.take(), budget.take()].map(Boolean)).toEqual([true, false]);
  });
});

describe('the pictures of the MJPEG player', () => {
  let origin = 0;
  let requests: { path: string; signal: AbortSignal }[];
  let stream: () => Response | Promise<Response>;
  const feeds: MjpegFeed[] = [];
  const events: string[] = [];

  const make = () => {
    const at = feeds.length;
    const feed = new MjpegFeed(
      new URL(`http://host${origin}/cam/${at}/`),
      {
        failed: (why) => events.push(`${at} failed: ${why}`),
        refused: () => undefined,
        remark: (text) => events.push(`${at} ${text ? 'snapshots' : 'stream'}`),
      },
      () => true,
      { arrived: () => undefined, part: () => undefined, image: () => events.push(`${at} image`) },
    );
    feeds.push(feed);
    feed.start();
    return feed;
  };
  const opened = (name: string) =>
    requests.filter(({ path, signal }) => path.endsWith(name) && !signal.aborted).length;

  beforeEach(() => {
    vi.useFakeTimers();
    origin++; // a budget of its own
    requests = [];
    feeds.length = events.length = FakeImage.all.length = 0;
    stream = open;
    vi.stubGlobal('window', { createImageBitmap: true, ReadableStream: true });
    vi.stubGlobal('location', { origin: 'http://elsewhere' });
    vi.stubGlobal('document', {
      createElement: (name: string) =>
        name === 'img'
          ? new FakeImage()
          : { getContext: () => ({ drawImage: () => undefined, getImageData: () => ({ data: [1] }) }) },
    });
    vi.stubGlobal('fetch', async (address: string, { signal }: { signal: AbortSignal }) => {
      requests.push({ path: address, signal });
      return address.endsWith('snapshot.jpg') ? new Response('JPEG') : stream();
    });
  });
  afterEach(() => {
    for (const feed of feeds) feed.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('come by four bodies, and by snapshots for the others until one is free', async () => {
    for (let at = 0; at < 6; at++) make();
    await vi.advanceTimersByTimeAsync(2500);
    expect(opened('stream.mjpg')).toBe(4);
    expect(events).toEqual(['0 stream', '1 stream', '2 stream', '3 stream', '4 snapshots', '5 snapshots']);
    expect(requests.filter(({ path }) => path.endsWith('snapshot.jpg'))).toHaveLength(2 * 3);
    feeds[1]?.stop();
    await vi.advanceTimersByTimeAsync(1100);
    expect(events.slice(6)).toEqual(['4 stream']);
    expect(opened('stream.mjpg')).toBe(4);
    for (const feed of feeds) feed.stop();
    await vi.advanceTimersByTimeAsync(5000);
    expect(opened('')).toBe(0);
  });

  it.each<[string, () => Response | Promise<Response>]>([
    ['has another type', () => new Response('JPEG', { headers: { 'content-type': 'image/jpeg' } })],
    ['ends at once', () => new Response('', { headers: MULTIPART })],
    ['breaks off', () => Promise.reject(new TypeError('Load failed'))],
  ])('come by an <img> where the body %s, and no request stays open', async (_name, answer) => {
    stream = answer;
    make();
    await vi.advanceTimersByTimeAsync(5000);
    expect(FakeImage.all).toHaveLength(1);
    expect(opened('stream.mjpg')).toBe(0);
    FakeImage.all[0]?.onload?.();
    expect(events.slice(-1)).toEqual(['0 image']);
    feeds[0]?.stop();
    expect(FakeImage.all[0]?.src, 'its request is aborted').toBeNull();
  });

  it('come by an <img> at once on old iPhones', () => {
    vi.stubGlobal('window', {});
    make();
    expect(FakeImage.all[0]?.src).toBe(`http://host${origin}/cam/0/stream.mjpg`);
    expect(requests).toEqual([]);
  });

  it('fail when the <img> fails, too', async () => {
    vi.stubGlobal('window', {});
    make();
    for (let error = 0; error < 3; error++) {
      FakeImage.all[FakeImage.all.length - 1]?.onerror?.();
      await vi.advanceTimersByTimeAsync(1100);
    }
    expect(events.slice(-1)).toEqual(['0 failed: the browser cannot show stream.mjpg']);
    expect(FakeImage.all).toHaveLength(3);
  });

  it("fail with the server's sentence, which no <img> would show", async () => {
    stream = () =>
      new Response('no more renditions', { status: 503, headers: { 'content-type': 'text/plain' } });
    make();
    await vi.advanceTimersByTimeAsync(100);
    expect(events.slice(-1)).toEqual(['0 failed: no more renditions']);
    expect(FakeImage.all).toHaveLength(0);
  });
});
