// What the connection makes of servers, proxies and guards: one row a kind of trouble. Time is injected.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from '../src/wire/connection';

const STATE = JSON.stringify([{ type: 'hello', camera: 'a', server: 'Lenscast' }]);
const camera = () => new Response(STATE, { headers: { 'content-type': 'application/json' } });
const status =
  (code: number, text = '', type = 'text/html') =>
  () =>
    new Response(text, { status: code, headers: { 'content-type': type } });

/** What a WebSocket does: it opens and speaks, closes at once, hangs, opens and closes, or opens and stays silent. */
type Dial = 'works' | 'refused' | 'hangs' | 'opens and closes' | 'opens and is silent';

class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static dials: Dial = 'works';
  static count = 0;
  readyState = FakeSocket.CONNECTING;
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  constructor() {
    FakeSocket.count++;
    const { dials } = FakeSocket;
    if (dials === 'hangs') return;
    setTimeout(() => {
      if (dials === 'refused') return this.close();
      this.readyState = FakeSocket.OPEN;
      this.onopen?.();
      if (dials === 'works') this.onmessage?.({ data: '{"type":"hello"}' });
      if (dials === 'opens and closes') this.close();
    }, 5);
  }
  send(): void {}
  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    setTimeout(() => this.onclose?.({ code: 1006, reason: '' }));
  }
}

describe('a connection', () => {
  const events: string[] = [];
  let connection: Connection;
  let answer: () => Response | Promise<Response>;
  let requests = 0;

  /** Runs for `ms` with these dials and answers. */
  const run = async (dials: Dial, plain: () => Response | Promise<Response>, ms: number) => {
    FakeSocket.dials = dials;
    answer = plain;
    connection.start();
    await vi.advanceTimersByTimeAsync(ms);
  };
  const last = () => events[events.length - 1];

  beforeEach(() => {
    vi.useFakeTimers();
    events.length = requests = FakeSocket.count = 0;
    vi.stubGlobal('location', { origin: 'http://host' });
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('fetch', async () => {
      requests++;
      return answer();
    });
    connection = new Connection('ws://host/cam/a/ws/live', null, {
      opened: () => events.push('opened'),
      text: () => undefined,
      binary: () => undefined,
      ended: (end, reason) => events.push(reason ? `${end}: ${reason}` : end),
    });
  });
  afterEach(() => {
    connection.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const nobody = () => Promise.reject(new TypeError('refused'));
  it.each<[string, Dial, () => Response | Promise<Response>, string | undefined]>([
    ['works', 'works', camera, 'opened'],
    ['a proxy refuses WebSockets', 'refused', camera, 'blocked'],
    ['a proxy never answers the handshake', 'hangs', camera, 'blocked'],
    ['a proxy opens and closes WebSockets', 'opens and closes', camera, 'blocked'],
    ['a proxy opens WebSockets and passes nothing', 'opens and is silent', camera, 'blocked'],
    ['nobody answers', 'refused', nobody, 'gone'],
    ['a proxy has no server behind it', 'refused', status(502), 'gone'],
    ['a proxy of Cloudflare has none', 'refused', status(522), 'gone'],
    ['a password is asked for', 'refused', status(401), 'password'],
    ['a proxy asks for a password', 'refused', status(407), 'password'],
    ['a captive portal asks for one', 'refused', status(511), 'password'],
    ['access is refused', 'refused', status(403), 'denied'],
    ['too many requests', 'refused', status(429), 'denied: the server got too many requests'],
    ['a broken proxy', 'refused', status(500), 'denied: the server answers with status 500'],
    [
      'a wrong camera',
      'refused',
      status(404, 'There is no such camera: the server has a and b\n', 'text/plain'),
      'missing: There is no such camera: the server has a and b',
    ],
    ['a wrong path', 'refused', status(404, '<html>'), 'missing: there is no camera at this address'],
    [
      'another program',
      'refused',
      () => new Response('<html>hello'),
      'missing: something other than a camera of Lenscast answers at this address',
    ],
  ])('where %s', async (_name, dials, plain, says) => {
    await run(dials, plain, 9000);
    expect(new Set(events)).toEqual(new Set([says]));
  });

  it.each<[string, () => Response, number, number]>([
    ['401', status(401), 20_000, 4],
    ['403', status(403), 20_000, 4],
    ['429', status(429), 20_000, 4],
    ['404', status(404), 20_000, 8],
    ['401 for ten minutes', status(401), 600_000, 12],
    ['403 for ten minutes', status(403), 600_000, 12],
  ])('asks a server slowly that answers %s', async (_name, plain, ms, most) => {
    await run('refused', plain, ms);
    expect(requests + FakeSocket.count).toBeLessThanOrEqual(most);
  });

  it('does not ask sooner because the page becomes visible again and again', async () => {
    await run('refused', status(401), 1000);
    for (let turn = 0; turn < 50; turn++) {
      connection.retryNow();
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(requests + FakeSocket.count).toBeLessThanOrEqual(3);
  });

  it('dials a blocked WebSocket again, slowly, and stays when it opens', async () => {
    await run('refused', camera, 100_000);
    expect(FakeSocket.count).toBeGreaterThan(3);
    expect(FakeSocket.count).toBeLessThan(8);
    await run('works', camera, 300_000);
    expect(last()).toBe('opened');
  });

  it('comes back within a second when the server does', async () => {
    await run('refused', nobody, 30_000);
    await run('works', camera, 1000);
    expect(last()).toBe('opened');
    expect(events).not.toContain('blocked');
  });

  it('does not take a server that starts for a proxy', async () => {
    await run('refused', nobody, 3000);
    FakeSocket.dials = 'works';
    answer = camera;
    await vi.advanceTimersByTimeAsync(1000);
    expect(events).not.toContain('blocked');
  });

  it('comes in when the password was given', async () => {
    await run('refused', status(401), 2000);
    await run('works', camera, 10_000);
    expect(events).toEqual(['password', 'opened']);
  });

  it('of another origin that it may not read says so, and asks slowly', async () => {
    vi.stubGlobal('location', { origin: 'http://elsewhere' });
    vi.stubGlobal('fetch', async (_address: URL, { mode }: RequestInit) => {
      requests++;
      if (mode !== 'no-cors') throw new TypeError('CORS');
      return new Response('');
    });
    await run('refused', camera, 20_000);
    expect(new Set(events).size).toBe(1);
    expect(last()).toMatch(/^denied: something answers that this page may not read/);
    expect(requests + FakeSocket.count).toBeLessThanOrEqual(9);
  });
});
