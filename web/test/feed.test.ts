// A player's own connection: what it does when the server says no.
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
  const said: string[] = [];
  let wanted = true;
  let feed: SocketFeed;
  let answer: () => Promise<Response>;

  beforeEach(() => {
    vi.useFakeTimers();
    FakeSocket.all = [];
    said.length = 0;
    wanted = true;
    answer = async () => new Response('', { status: 426 });
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('fetch', vi.fn(() => answer()));
    feed = new SocketFeed('ws://host/cam/a/ws/jsmpeg', {
      text: (message) => said.push(`text ${message}`),
      binary: (message, first) => said.push(`${first ? 'first ' : ''}${message.byteLength}`),
      refused: (reason) => said.push(`refused ${reason}`),
      failed: (reason) => said.push(`failed ${reason}`),
    }, () => wanted);
    feed.start();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('passes messages on and knows the first', () => {
    newest()?.onopen?.();
    for (const data of ['hello', new ArrayBuffer(3), new ArrayBuffer(4)]) newest()?.onmessage?.({ data });
    expect(said).toEqual(['text hello', 'refused null', 'first 3', '4']);
  });

  it('comes back by itself while it is wanted', async () => {
    newest()?.onopen?.();
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(FakeSocket.all).toHaveLength(2);
    wanted = false;
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(2);
    expect(said).toEqual([]);
  });

  it('is told that all places are taken, and tries later', async () => {
    newest()?.onclose?.({ code: 1013, reason: 'all places are taken' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(said).toEqual(['refused all places are taken']);
    expect(FakeSocket.all).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(6000);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('gives up when the server has a fault, with its words', async () => {
    newest()?.onopen?.();
    newest()?.onclose?.({ code: 1011, reason: 'ffmpeg is not installed' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual(['failed ffmpeg is not installed']);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it.each([
    ['503 with a sentence', () => new Response('install ffmpeg\nmore', { status: 503, headers: { 'content-type': 'text/plain' } }), 'failed install ffmpeg'],
    ['404', () => new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } }), 'failed this server has no ws/jsmpeg'],
    ['405', () => new Response('', { status: 405 }), 'failed ws/jsmpeg answers with status 405'],
  ])('gives up when the address says %s', async (_name, make, says) => {
    answer = async () => make();
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual([says]);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it.each([
    ['is there', () => Promise.resolve(new Response('', { status: 426 }))],
    ['is behind a proxy without a server', () => Promise.resolve(new Response('', { status: 502 }))],
    ['does not answer', () => Promise.reject(new TypeError('no'))],
  ])('tries on when the address %s', async (_name, make) => {
    answer = make;
    newest()?.onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(said).toEqual([]);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('does not knock for ever at an address that is there and refuses', async () => {
    for (let refusal = 0; refusal < 50 && said.length === 0; refusal++) {
      newest()?.onclose?.({ code: 1006, reason: '' });
      await vi.advanceTimersByTimeAsync(1000);
    }
    expect(said).toEqual(['failed the server refuses the connection']);
    expect(FakeSocket.all.length).toBeLessThan(10);
    expect(await probeRefusal('http://host/ws/jsmpeg')).toBe('reachable');
  });

  it('leaves nothing behind when it is stopped', async () => {
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
