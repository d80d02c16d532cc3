// A player's own connection, and what it does when the server refuses it.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketFeed } from '../src/player/socket_feed';
import { probeRefusal } from '../src/player/refusal';

class FakeSocket {
  static readonly CONNECTING = 0;
  static all: FakeSocket[] = [];
  readyState = FakeSocket.CONNECTING;
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  closed = false;
  constructor(readonly address: string) {
    FakeSocket.all.push(this);
  }
  close(): void {
    this.closed = true;
  }
}

const newest = () => FakeSocket.all[FakeSocket.all.length - 1];

describe('the connection of a player', () => {
  const events: string[] = [];
  let mayRetry = true;
  let feed: SocketFeed;
  let answer: () => Promise<Response>;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    events.length = 0;
    mayRetry = true;
    answer = async () => new Response('', { status: 426 });
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal(
      'fetch',
      vi.fn(() => answer()),
    );
    const host = {
      refused: (reason: string | null) => events.push(`refused ${reason}`),
      failed: (reason: string) => events.push(`failed ${reason}`),
    };
    feed = new SocketFeed('ws://host/cam/a/ws/jsmpeg', host, () => mayRetry, {
      text: (message) => events.push(`text ${message}`),
      binary: (message, first) => events.push(`${first ? 'first ' : ''}${message.byteLength}`),
    });
    feed.start();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('passes messages on and marks the first', () => {
    newest()?.onopen?.();
    for (const data of ['hello', new ArrayBuffer(3), new ArrayBuffer(4)]) newest()?.onmessage?.({ data });
    expect(events).toEqual(['text hello', 'refused null', 'first 3', '4']);
  });

  it('reconnects while mayRetry is true', async () => {
    newest()?.onopen?.();
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeSocket.all).toHaveLength(2);
    mayRetry = false;
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(2);
    expect(events).toEqual([]);
  });

  it('reports that the viewer limit is reached, and retries later', async () => {
    newest()?.onclose?.({ code: 1013, reason: 'all places are taken' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual(['refused all places are taken']);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(6000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it("fails with the server's reason when the server reports an internal error", async () => {
    newest()?.onopen?.();
    newest()?.onclose?.({ code: 1011, reason: 'ffmpeg is not installed' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual(['failed ffmpeg is not installed']);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it.each([
    [
      '503 with a sentence',
      () => new Response('install ffmpeg\nmore', { status: 503, headers: { 'content-type': 'text/plain' } }),
      'failed install ffmpeg',
    ],
    [
      '404',
      () => new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } }),
      'failed this server has no ws/jsmpeg',
    ],
    ['405', () => new Response('', { status: 405 }), 'failed ws/jsmpeg answers with status 405'],
  ])('fails when the address answers %s', async (_name, make, says) => {
    answer = async () => make();
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events).toEqual([says]);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it.each([
    ['is reachable', () => Promise.resolve(new Response('', { status: 426 }))],
    ['is behind a proxy without a server', () => Promise.resolve(new Response('', { status: 502 }))],
    ['does not answer', () => Promise.reject(new TypeError('no'))],
  ])('retries when the address %s', async (_name, make) => {
    answer = make;
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).toEqual([]);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('fails after several refusals of a reachable address', async () => {
    for (let refusal = 0; refusal < 50 && events.length === 0; refusal++) {
      newest()?.onclose?.({ code: 1006, reason: '' });
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(events).toEqual(['failed the server refuses the connection']);
    expect(FakeSocket.all.length).toBeLessThan(10);
    expect(await probeRefusal('http://host/ws/jsmpeg')).toBe('reachable');
  });

  it('leaves no timer and no socket when it is stopped', async () => {
    newest()?.onclose?.({ code: 1006, reason: '' });
    feed.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
    feed.start();
    const socket = newest();
    feed.stop();
    expect(feed.running).toBe(false);
    // Browsers log a warning when a handshake is broken off.
    expect(socket?.closed).toBe(false);
    socket?.onopen?.();
    expect(socket?.closed).toBe(true);
  });
});
