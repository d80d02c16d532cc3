// A session's players, one after the other: each is tried once, and the page shows the reasons.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BrowserAbilities } from '../src/player/choose';
import type { PlayerKind } from '../src/player/kinds';
import type { PlayerHost } from '../src/player/player';
import { Session } from '../src/session';
import type { State } from '../src/state';
import type { LiveLinkEvents } from '../src/wire/live_link';

const made: { kind: PlayerKind; host: PlayerHost; closed: boolean; frames: number }[] = [];
const link = { events: null as LiveLinkEvents | null, paused: false, renewed: 0 };
let missing: PlayerKind[] = [];

vi.mock('../src/player/create', () => ({
  createPlayer: async (kind: PlayerKind, host: PlayerHost) => {
    if (missing.includes(kind)) throw new Error('its file is not there');
    const entry = { kind, host, closed: false, frames: 0 };
    made.push(entry);
    const nothing = () => undefined;
    return {
      kind,
      surface: {},
      transport: '',
      takesFrames: kind === 'webcodecs' || kind === 'broadway',
      start: nothing,
      linkOpened: nothing,
      linkEnded: nothing,
      config: nothing,
      skip: nothing,
      pause: nothing,
      resume: nothing,
      stats: nothing,
      frame: () => entry.frames++,
      close: () => (entry.closed = true),
    };
  },
}));
vi.mock('../src/wire/live_link', () => ({
  LiveLink: class {
    clock = {};
    openedAt = 0;
    constructor(_address: string, events: LiveLinkEvents) {
      link.events = events;
    }
    start() {}
    stop() {}
    retryNow() {}
    requestKeyframe() {}
    restartAtKeyframe() {
      link.renewed++;
    }
    setPaused(paused: boolean) {
      link.paused = paused;
    }
  },
}));

const all: BrowserAbilities = {
  secure: true,
  videoDecoder: true,
  videoDecoderH264: true,
  mediaSource: 'MediaSource',
  mediaSourceH264: true,
  mediaSourceOpus: true,
  audioDecoderOpus: false,
  webAssembly: true,
};
let can = all;
vi.mock('../src/player/choose', async (original) => ({
  ...(await original<object>()),
  probeBrowser: async () => can,
}));

const later = () => new Promise((done) => setTimeout(done));
const newest = () => made[made.length - 1];

describe('the players of a session', () => {
  let states: State[];
  let notices: string[];
  let session: Session;
  const begin = async (requestedPlayer: string | null = null) => {
    states = [];
    notices = [];
    session = new Session(
      { base: new URL('http://host/'), requestedPlayer, visibleElsewhere: () => false },
      {
        changed: (state) => states.push(state),
        surfaceChanged: () => undefined,
        tapNeeded: () => undefined,
        notice: (text) => notices.push(text),
      },
    );
    session.start();
    await later();
    link.events?.opened(false);
  };

  beforeEach(() => {
    made.length = 0;
    missing = [];
    can = all;
    link.renewed = 0;
    vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }));
    vi.stubGlobal('addEventListener', () => undefined);
  });
  afterEach(() => {
    session.close();
    vi.unstubAllGlobals();
  });

  it('fall back one by one, each tried once, and the page shows the last reason', async () => {
    await begin();
    for (const kind of ['webcodecs', 'mse', 'broadway', 'jsmpeg', 'mjpeg']) {
      expect(newest()?.kind).toBe(kind);
      newest()?.host.failed(`no ${kind}`);
      await later();
    }
    expect(made).toHaveLength(5);
    expect(made.every((player) => player.closed)).toBe(true);
    expect(session.state).toMatchObject({
      name: 'unplayable',
      detail: expect.stringContaining('Motion JPEG failed: no mjpeg.'),
    });
    expect(notices).toEqual([
      'WebCodecs failed. Trying Media Source.',
      'Media Source failed. Trying Software H.264.',
      'Software H.264 failed. Trying MPEG-1.',
      'MPEG-1 failed. Trying Motion JPEG.',
    ]);
    await later();
    expect(made, 'no loop').toHaveLength(5);
  });

  it('give the reason why the first one does not play', async () => {
    await begin();
    newest()?.host.failed('this browser does not decode avc1.640028.');
    await later();
    expect(session.choice).toEqual({
      kind: 'mse',
      reason: 'WebCodecs failed: this browser does not decode avc1.640028.',
    });
  });

  it('are skipped if their file cannot be loaded', async () => {
    can = { ...all, videoDecoderH264: false, mediaSourceH264: false };
    missing = ['broadway'];
    await begin();
    await later();
    expect(newest()?.kind).toBe('jsmpeg');
    expect(session.choice?.reason).toBe('Software H.264 failed: its file is not there.');
  });

  it('are ignored once they were replaced', async () => {
    await begin();
    const [first] = made;
    first?.host.failed('broken');
    first?.host.failed('broken again');
    await later();
    expect(made.map((player) => player.kind)).toEqual(['webcodecs', 'mse']);
    first?.host.refused('too many');
    expect(session.state.name).not.toBe('full');
  });

  it('are only the requested one, which can be tried again', async () => {
    await begin('broadway');
    newest()?.host.failed('the stream is High');
    await later();
    expect(session.state).toMatchObject({
      name: 'unplayable',
      detail: 'Software H.264 failed: the stream is High.',
    });
    expect(link.paused, 'no frames without a player').toBe(true);
    session.retryPlayers();
    await later();
    expect(made).toHaveLength(2);
    expect(session.state.name).not.toBe('unplayable');
  });

  it('are tried again when the server is back', async () => {
    await begin('jsmpeg');
    newest()?.host.failed('install ffmpeg');
    await later();
    link.events?.ended('gone', '');
    link.events?.opened(false);
    await later();
    expect(made).toHaveLength(2);
  });

  it('are those that HTTP can carry where no WebSocket passes, and all again where one does', async () => {
    await begin();
    link.events?.opened(true);
    await later();
    expect(newest()?.kind).toBe('mp4');
    expect(session.choice?.reason).toMatch(/does not pass WebSockets/);
    expect(notices[notices.length - 1]).toMatch(/does not pass WebSockets/);
    newest()?.host.failed('no avc3');
    await later();
    expect(newest()?.kind).toBe('mjpeg');
    const before = made.length;
    link.events?.ended('gone', '');
    link.events?.opened(true);
    await later();
    expect(made, 'the same player goes on').toHaveLength(before);
    link.events?.opened(false);
    await later();
    expect(newest()?.kind).toBe('webcodecs');
  });

  it('start at the newest keyframe when they replace another', async () => {
    can = { ...all, mediaSourceH264: false };
    await begin();
    link.events?.message({
      type: 'config',
      track: 0,
      codec: 'avc1.42e01f',
      width: 16,
      height: 16,
      reorderDepth: 0,
      colours: { matrix: 'bt601', fullRange: false },
      pixelAspect: [1, 1],
      crop: [0, 0],
    });
    const renewedBefore = link.renewed;
    newest()?.host.failed('broken');
    await later();
    expect(newest()?.kind).toBe('broadway');
    expect(link.renewed).toBe(renewedBefore + 1);
  });

  it('are not created any more once the session is closed', async () => {
    await begin();
    session.close();
    made[0]?.host.failed('broken');
    await later();
    expect(made).toHaveLength(1);
    expect(made[0]?.closed).toBe(true);
  });
});
