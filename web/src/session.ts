// One camera being watched: the connection, the player of choice, pause and hidden pages, and the state of it all.
//
//   LiveLink ──messages──► facts ──deriveState──► changed()  ──► ui/
//      └──────frames─────► Player ──pictures────► facts
//                            └─failed─► the next of the choices; each is tried once
//
// It owns no element except the player's surface, which it hands to `surfaceChanged`.

import { choosePlayers, probeBrowser, type BrowserAbilities, type Choice, type Choices } from './player/choose';
import { createPlayer } from './player/create';
import { PLAYER_NAMES } from './player/kinds';
import { messageOf, type Player, type PlayerHost } from './player/player';
import { deriveState, UsualInterval, type Facts, type State } from './state';
import type { Frame } from './wire/frame';
import { LiveLink } from './wire/live_link';
import type { ConfigMessage, ServerMessage } from './wire/message';
import { socketAddress } from './wire/socket';

/** A hidden page takes no video after this long. */
const HIDDEN_MS = 10_000;
/** How often time alone may change the state: stalls, countdowns. */
const TICK_MS = 100;
/** Frames kept while the browser is still being asked what it can do; more than the longest burst. */
const EARLY_LIMIT = 2000;

export interface SessionEvents {
  changed(state: State): void;
  surfaceChanged(surface: HTMLCanvasElement | HTMLVideoElement): void;
  /** The browser wants a tap; `play` is to be called from it. */
  tapNeeded(play: (() => void) | null): void;
  notice(text: string): void;
}

export interface SessionOptions {
  /** Address of the camera's tree. */
  base: URL;
  /** Value of `?player=`. */
  asked: string | null;
  /** Whether the picture is watched although the page is hidden. */
  watchedElsewhere(): boolean;
}

export class Session {
  readonly link: LiveLink;
  player: Player | null = null;
  choice: Choice | null = null;
  camera = '';
  server = '';
  viewers: number | null = null;
  /** Milliseconds from the connection's opening to the first picture drawn on the page. */
  firstPictureMs: number | null = null;
  state: State = { name: 'connecting', detail: '', seconds: null };

  private can: BrowserAbilities | null = null;
  private choices: Choices | null = null;
  private failures: string[] = [];
  /** Counts the players, so that one that was given up cannot speak any more. */
  private turn = 0;
  private configuration: ConfigMessage | null = null;
  private early: { frame: Frame; bytes: number }[] = [];
  /** Paused or hidden: what the player and the server were last told. */
  private still = false;
  private hiddenTimer: ReturnType<typeof setTimeout> | null = null;
  private unseen = false;
  private resting = false;
  private readonly closing = new AbortController();
  private readonly usualInterval = new UsualInterval();
  private readonly facts: Facts = {
    link: 'connecting', linkReason: '', camera: null, pictureAtMs: null, expectingSinceMs: performance.now(),
    pictureEveryMs: 40, paused: false, hidden: false, tapNeeded: false, unplayable: null,
  };

  constructor(private readonly options: SessionOptions, private readonly events: SessionEvents) {
    this.link = new LiveLink(socketAddress('ws/live', options.base), {
      opened: () => this.onOpen(),
      ended: (end, reason) => {
        Object.assign(this.facts, { link: end, linkReason: reason });
        this.player?.linkEnded();
        this.update();
      },
      message: (message) => this.onMessage(message),
      frame: (frame, bytes) => this.onFrame(frame, bytes),
    });
  }

  start(): void {
    const { signal } = this.closing;
    this.link.start();
    void probeBrowser().then((can) => {
      this.can = can;
      if (!signal.aborted) this.chooseAnew();
    });
    const ticker = setInterval(() => this.update(), TICK_MS);
    signal.addEventListener('abort', () => clearInterval(ticker));
    addEventListener('online', () => this.link.retryNow(), { signal });
    document.addEventListener('visibilitychange', () => this.onVisibility(), { signal });
    addEventListener('pageshow', () => this.onVisibility(), { signal });
    if (document.hidden) this.onVisibility();
  }

  /** Ends it all; nothing is left behind. */
  close(): void {
    this.closing.abort();
    if (this.hiddenTimer) clearTimeout(this.hiddenTimer);
    this.turn++;
    this.link.stop();
    this.player?.close();
    this.player = null;
  }

  /** Takes no video while `resting`: the picture is out of view. */
  setResting(resting: boolean): void {
    if (resting === this.resting) return;
    this.resting = resting;
    this.facts.hidden = this.unseen || this.resting;
    if (!resting) this.facts.expectingSinceMs = performance.now();
    this.applyPause();
  }

  /** Tries all players once more, from the best on. */
  chooseAnew(): void {
    if (!this.can) return;
    this.choices = choosePlayers(this.can, this.options.asked);
    this.failures = [];
    this.facts.unplayable = null;
    this.facts.expectingSinceMs = performance.now();
    this.nextPlayer();
  }

  get paused(): boolean {
    return this.facts.paused;
  }

  pause(): void {
    this.facts.paused = true;
    this.applyPause();
  }

  /** Back to live. */
  resume(): void {
    this.facts.paused = false;
    this.applyPause();
  }

  /** Takes the best player left, with the reason why the ones before it are not playing. */
  private nextPlayer(): void {
    const turn = ++this.turn;
    this.player?.close();
    this.player = null;
    this.early = [];
    const choice = this.choices?.players.shift();
    if (!choice) {
      this.facts.unplayable = [this.choices?.missing ?? '', ...this.failures].join(' ').trim();
      this.applyPause();
      return;
    }
    const reason = this.failures.length > 0 ? this.failures.join(' ') : choice.reason;
    this.choice = { kind: choice.kind, reason };
    const ours = () => this.turn === turn;
    const host: PlayerHost = {
      clock: this.link.clock,
      requestKeyframe: () => this.link.requestKeyframe(),
      pictureShown: () => ours() && this.onPicture(),
      failed: (why) => ours() && this.onFailed(choice, why),
      tapNeeded: (play) => {
        if (!ours()) return;
        this.facts.tapNeeded = play !== null;
        this.events.tapNeeded(play);
        this.update();
      },
      refused: (why) => {
        if (!ours()) return;
        if (why !== null) Object.assign(this.facts, { link: 'full', linkReason: why });
        else if (this.facts.link === 'full' && this.link.openedAt !== null) this.facts.link = 'open';
        this.update();
      },
    };
    createPlayer(choice.kind, host, this.options.base).then(
      (player) => (ours() ? this.install(player) : player.close()),
      (error: unknown) => ours() && this.onFailed(choice, messageOf(error)),
    );
  }

  private install(player: Player): void {
    this.player = player;
    this.events.surfaceChanged(player.surface);
    if (this.still) player.pause();
    else player.start();
    this.applyPause();
    if (this.facts.link === 'open') player.linkOpened();
    if (player.takesFrames && this.configuration) {
      const { early } = this;
      if (early.length === 0) this.link.restartAtKeyframe();
      player.config(this.configuration);
      for (const { frame, bytes } of early) if (this.player === player) player.frame(frame, bytes);
    }
    this.early = [];
    this.update();
  }

  private onFailed(choice: Choice, why: string): void {
    const name = PLAYER_NAMES[choice.kind];
    this.failures.push(`${name} failed: ${why.replace(/\.$/, '')}.`);
    const next = this.choices?.players[0];
    if (next) this.events.notice(`${name} failed. Trying ${PLAYER_NAMES[next.kind]}.`);
    this.facts.tapNeeded = false;
    this.events.tapNeeded(null);
    this.nextPlayer();
  }

  private onOpen(): void {
    Object.assign(this.facts, { link: 'open', linkReason: '', camera: null, expectingSinceMs: performance.now() });
    this.configuration = null;
    this.early = [];
    if (this.facts.unplayable !== null) return this.chooseAnew(); // another server, another stream: it may play now
    this.player?.linkOpened();
    this.update();
  }

  private onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.camera = message.camera;
        this.server = message.server;
        break;
      case 'state': {
        const now = performance.now();
        if (this.facts.camera?.state !== message.state && message.state === 'live') this.facts.expectingSinceMs = now;
        const retryAtMs = message.retryMs === null ? null : now + message.retryMs;
        this.facts.camera = { state: message.state, message: message.message, retryAtMs };
        break;
      }
      case 'config':
        this.configuration = message;
        this.early = [];
        if (this.player?.takesFrames) this.player.config(message);
        break;
      case 'skip':
        this.player?.skip();
        break;
      case 'viewers':
        this.viewers = message.count;
        break;
      case 'clock':
        break;
    }
    this.update();
  }

  private onFrame(frame: Frame, bytes: number): void {
    if (this.player) {
      if (this.player.takesFrames) this.player.frame(frame, bytes);
      return;
    }
    if (frame.key || this.early.length >= EARLY_LIMIT) this.early = [];
    if (frame.key || this.early.length > 0) this.early.push({ frame, bytes });
  }

  private onPicture(): void {
    const now = performance.now();
    const before = this.facts.pictureAtMs;
    if (before === null && this.link.openedAt !== null) this.firstPictureMs = now - this.link.openedAt;
    else if (before !== null) this.facts.pictureEveryMs = this.usualInterval.learn(now - before);
    this.facts.pictureAtMs = now;
    if (this.state.name !== 'live') this.update();
  }

  private onVisibility(): void {
    if (this.hiddenTimer) clearTimeout(this.hiddenTimer);
    this.hiddenTimer = null;
    if (document.hidden) {
      this.hiddenTimer = setTimeout(() => {
        if (this.options.watchedElsewhere()) return this.onVisibility();
        this.unseen = this.facts.hidden = true;
        this.applyPause();
      }, HIDDEN_MS);
      return;
    }
    this.unseen = false;
    this.facts.hidden = this.resting;
    this.facts.expectingSinceMs = performance.now();
    this.link.retryNow();
    this.applyPause();
  }

  private applyPause(): void {
    const still = this.facts.paused || this.facts.hidden;
    const changed = still !== this.still;
    this.still = still;
    const elsewhere = this.player !== null && !this.player.takesFrames;
    this.link.setPaused(still || elsewhere || this.facts.unplayable !== null);
    if (changed) {
      this.facts.expectingSinceMs = performance.now();
      if (still) this.player?.pause();
      else this.player?.resume();
    }
    this.update();
  }

  private update(): void {
    const state = deriveState(this.facts, performance.now());
    if (state.name === 'stalled' && document.hidden) return; // nothing is drawn on a page that nobody sees
    const { name, detail, seconds } = this.state;
    if (state.name === name && state.detail === detail && state.seconds === seconds) return;
    this.state = state;
    this.events.changed(state);
  }
}
