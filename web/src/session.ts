// A session shows one camera: its connection, its player, pause, hidden pages, and the state that the page shows.
//
//   LiveLink ──messages──► facts ──deriveState──► changed()  ──► ui/
//      └──────frames─────► Player ──pictures────► facts
//                            └─failed─► the next player; each is tried once
//
// It owns no element except the player's surface, which it passes to `surfaceChanged`.

import { SoundBeside } from './player/audio/beside';
import {
  choosePlayers,
  NO_WEBSOCKET,
  probeBrowser,
  type BrowserAbilities,
  type Choice,
  type Choices,
} from './player/choose';
import { createPlayer } from './player/create';
import { PLAYER_NAMES } from './player/kinds';
import { messageOf, type Player, type PlayerHost } from './player/player';
import { playsSound, soundFirst } from './player/sound';
import { deriveState, MedianInterval, type Facts, type State } from './state';
import type { Frame } from './wire/frame';
import { LiveLink } from './wire/live_link';
import type { ConfigMessage, ServerMessage } from './wire/message';
import { socketAddress } from './wire/socket';

/** After this time a hidden page receives no video. */
const HIDDEN_MS = 10_000;
/** How often the state is derived again, for stalls and countdowns. */
const TICK_MS = 100;
/** Frames kept until the player is there; more than the longest joining burst. */
const EARLY_LIMIT = 2000;

export interface SessionEvents {
  changed(state: State): void;
  surfaceChanged(surface: HTMLCanvasElement | HTMLVideoElement): void;
  /** The browser plays only after a tap, from which `play` is to be called. Null: no tap is needed any more. */
  tapNeeded(play: (() => void) | null): void;
  notice(text: string): void;
  /** The sound that was turned on is off again. */
  soundFailed?(reason: string): void;
}

export interface SessionOptions {
  /** The address of the camera's tree. */
  base: URL;
  /** The value of `?player=`. */
  requestedPlayer: string | null;
  /** Whether the picture is visible although the page is hidden, as in picture in picture. */
  visibleElsewhere(): boolean;
}

export class Session {
  readonly link: LiveLink;
  player: Player | null = null;
  choice: Choice | null = null;
  camera = '';
  server = '';
  viewers: number | null = null;
  /** Whether the camera has sound. */
  hasSound = false;
  /** From 0 to 1; null while muted. */
  volume: number | null = null;
  /** Milliseconds from the opening of the connection to the first picture on the page. */
  firstPictureMs: number | null = null;
  state: State = { name: 'connecting', detail: '', seconds: null };

  private abilities: BrowserAbilities | null = null;
  private choices: Choices | null = null;
  private failures: string[] = [];
  /** No WebSocket passes: only plain requests do. */
  private overHttp = false;
  /** Counts the players, so that calls from one that was replaced are ignored. */
  private generation = 0;
  private configuration: ConfigMessage | null = null;
  private earlyFrames: { frame: Frame; bytes: number }[] = [];
  /** Paused or hidden, as the player and the server last heard. */
  private suspended = false;
  private hiddenTimer: ReturnType<typeof setTimeout> | null = null;
  private pageHidden = false;
  private outOfView = false;
  readonly beside: SoundBeside;
  private readonly closing = new AbortController();
  private readonly medianInterval = new MedianInterval();
  private readonly facts: Facts = {
    link: 'connecting',
    linkReason: '',
    camera: null,
    pictureAtMs: null,
    expectingSinceMs: performance.now(),
    pictureEveryMs: 40,
    paused: false,
    hidden: false,
    tapNeeded: false,
    remark: '',
    unplayable: null,
  };

  constructor(
    readonly options: SessionOptions,
    private readonly events: SessionEvents,
  ) {
    this.beside = new SoundBeside(options.base, (reason) => {
      this.volume = null;
      events.soundFailed?.(reason);
    });
    this.link = new LiveLink(socketAddress('ws/live', options.base), {
      opened: (overHttp) => this.onOpen(overHttp),
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
    void probeBrowser().then((abilities) => {
      this.abilities = abilities;
      if (!signal.aborted) this.retryPlayers();
    });
    const ticker = setInterval(() => this.update(), TICK_MS);
    signal.addEventListener('abort', () => clearInterval(ticker));
    addEventListener('online', () => this.link.retryNow(), { signal });
    document.addEventListener('visibilitychange', () => this.onVisibility(), { signal });
    addEventListener('pageshow', () => this.onVisibility(), { signal });
    if (document.hidden) this.onVisibility();
  }

  /** Closes the connection and the player and stops all timers. */
  close(): void {
    this.closing.abort();
    if (this.hiddenTimer) clearTimeout(this.hiddenTimer);
    this.generation++;
    this.link.stop();
    this.beside.close();
    this.player?.close();
    this.player = null;
  }

  /** Receives no video while the picture is out of view. */
  setOutOfView(outOfView: boolean): void {
    if (outOfView === this.outOfView) return;
    this.outOfView = outOfView;
    this.facts.hidden = this.pageHidden || this.outOfView;
    if (!outOfView) this.facts.expectingSinceMs = performance.now();
    this.applyPause();
  }

  /** Tries all players again, best first. */
  retryPlayers(): void {
    if (!this.abilities) return;
    const choices = this.bestChoices(this.abilities);
    this.choices = this.volume === null || this.hasBeside ? choices : soundFirst(choices);
    this.failures = [];
    this.facts.unplayable = null;
    this.facts.expectingSinceMs = performance.now();
    this.nextPlayer();
  }

  private bestChoices(abilities: BrowserAbilities): Choices {
    return choosePlayers(abilities, this.options.requestedPlayer, this.overHttp);
  }

  /** Whether sound can be played beside a player that has none. */
  private get hasBeside(): boolean {
    return this.abilities?.audioDecoderOpus === true && !this.overHttp;
  }

  /** Whether there is sound, and this browser plays it. */
  get canListen(): boolean {
    const { abilities } = this;
    if (!this.hasSound || !abilities) return false;
    return this.hasBeside || (abilities.mediaSourceOpus && playsSound(this.bestChoices(abilities)));
  }

  /** Sound on, from 0 to 1, or off with null. A player that has no sound and gets none beside it makes way, and comes back. */
  setVolume(volume: number | null): void {
    const changes = (volume === null) !== (this.volume === null);
    this.volume = volume;
    if (!this.abilities) return;
    const first = this.bestChoices(this.abilities).players[0]?.kind;
    const makesWay = volume === null ? this.player?.kind !== first : !this.player?.setVolume;
    if (changes && makesWay && !this.hasBeside) this.retryPlayers();
    else this.applyVolume();
  }

  private applyVolume(): void {
    const { player, volume, suspended } = this;
    player?.setVolume?.(volume);
    this.beside.update(player && !player.setVolume && this.hasBeside ? volume : null, suspended);
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

  /** Creates the best player that was not tried yet, with the reason why those before it do not play. */
  private nextPlayer(): void {
    const generation = ++this.generation;
    this.player?.close();
    this.player = null;
    this.earlyFrames = [];
    const choice = this.choices?.players.shift();
    if (!choice) {
      this.facts.unplayable = [this.choices?.missing ?? '', ...this.failures].join(' ').trim();
      this.applyPause();
      return;
    }
    const reason = this.failures.length > 0 ? this.failures.join(' ') : choice.reason;
    this.choice = { kind: choice.kind, reason };
    const isCurrent = () => this.generation === generation;
    const host: PlayerHost = {
      clock: this.link.clock,
      requestKeyframe: () => this.link.requestKeyframe(),
      pictureShown: () => isCurrent() && this.onPicture(),
      failed: (why) => isCurrent() && this.onFailed(choice, why),
      tapNeeded: (play) => {
        if (!isCurrent()) return;
        this.facts.tapNeeded = play !== null;
        this.events.tapNeeded(play);
        this.update();
      },
      refused: (why) => {
        if (!isCurrent()) return;
        if (why !== null) Object.assign(this.facts, { link: 'full', linkReason: why });
        else if (this.facts.link === 'full' && this.link.openedAt !== null) this.facts.link = 'open';
        this.update();
      },
      remark: (text, everyMs) => {
        if (!isCurrent()) return;
        this.facts.remark = text;
        if (everyMs !== null) this.facts.pictureEveryMs = everyMs;
        this.update();
      },
    };
    createPlayer(choice.kind, host, this.options.base).then(
      (player) => (isCurrent() ? this.install(player) : player.close()),
      (error: unknown) => isCurrent() && this.onFailed(choice, messageOf(error)),
    );
  }

  private install(player: Player): void {
    this.player = player;
    this.events.surfaceChanged(player.surface);
    this.applyVolume();
    if (this.suspended) player.pause();
    else player.start();
    this.applyPause();
    if (this.facts.link === 'open') player.linkOpened();
    if (player.takesFrames && this.configuration) {
      const { earlyFrames } = this;
      if (earlyFrames.length === 0) this.link.restartAtKeyframe();
      player.config(this.configuration);
      for (const { frame, bytes } of earlyFrames) if (this.player === player) player.frame(frame, bytes);
    }
    this.earlyFrames = [];
    this.update();
  }

  private onFailed(choice: Choice, why: string): void {
    const name = PLAYER_NAMES[choice.kind];
    this.failures.push(`${name} failed: ${why.replace(/\.$/, '')}.`);
    const next = this.choices?.players[0];
    if (next) this.events.notice(`${name} failed. Trying ${PLAYER_NAMES[next.kind]}.`);
    this.facts.tapNeeded = false;
    this.facts.remark = '';
    this.events.tapNeeded(null);
    this.nextPlayer();
  }

  private onOpen(overHttp: boolean): void {
    const transportChanged = overHttp !== this.overHttp;
    this.overHttp = overHttp;
    Object.assign(this.facts, {
      link: 'open',
      linkReason: '',
      camera: null,
      expectingSinceMs: performance.now(),
    });
    this.configuration = null;
    this.earlyFrames = [];
    if (transportChanged && overHttp) this.events.notice(NO_WEBSOCKET);
    if (transportChanged || this.facts.unplayable !== null) return this.retryPlayers(); // another way, server or stream may play
    this.player?.linkOpened();
    this.update();
  }

  private onMessage(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.camera = message.camera;
        this.server = message.server;
        this.hasSound = message.hasSound;
        break;
      case 'state': {
        const now = performance.now();
        if (this.facts.camera?.state !== message.state && message.state === 'live')
          this.facts.expectingSinceMs = now;
        const retryAtMs = message.retryMs === null ? null : now + message.retryMs;
        this.facts.camera = { state: message.state, message: message.message, retryAtMs };
        break;
      }
      case 'config':
        this.configuration = message;
        this.earlyFrames = [];
        if (this.player?.takesFrames) this.player.config(message);
        break;
      case 'skip':
        this.player?.skip();
        break;
      case 'viewers':
        this.viewers = message.count;
        break;
      case 'sound':
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
    if (frame.key || this.earlyFrames.length >= EARLY_LIMIT) this.earlyFrames = [];
    if (frame.key || this.earlyFrames.length > 0) this.earlyFrames.push({ frame, bytes });
  }

  private onPicture(): void {
    const now = performance.now();
    const before = this.facts.pictureAtMs;
    if (before === null && this.link.openedAt !== null) this.firstPictureMs = now - this.link.openedAt;
    else if (before !== null) this.facts.pictureEveryMs = this.medianInterval.add(now - before);
    this.facts.pictureAtMs = now;
    if (this.state.name !== 'live') this.update();
  }

  private onVisibility(): void {
    if (this.hiddenTimer) clearTimeout(this.hiddenTimer);
    this.hiddenTimer = null;
    if (document.hidden) {
      this.hiddenTimer = setTimeout(() => {
        if (this.options.visibleElsewhere()) return this.onVisibility();
        this.pageHidden = this.facts.hidden = true;
        this.applyPause();
      }, HIDDEN_MS);
      return;
    }
    this.pageHidden = false;
    this.facts.hidden = this.outOfView;
    this.facts.expectingSinceMs = performance.now();
    this.link.retryNow();
    this.applyPause();
  }

  private applyPause(): void {
    const suspended = this.facts.paused || this.facts.hidden;
    const changed = suspended !== this.suspended;
    this.suspended = suspended;
    const ownConnection = this.player !== null && !this.player.takesFrames;
    this.link.setPaused(suspended || ownConnection || this.facts.unplayable !== null);
    if (changed) {
      this.facts.expectingSinceMs = performance.now();
      if (suspended) this.player?.pause();
      else this.player?.resume();
      this.applyVolume();
    }
    this.update();
  }

  private update(): void {
    const state = deriveState(this.facts, performance.now());
    if (state.name === 'stalled' && document.hidden) return; // a hidden page draws nothing
    const { name, detail, seconds } = this.state;
    if (state.name === name && state.detail === detail && state.seconds === seconds) return;
    this.state = state;
    this.events.changed(state);
  }
}
