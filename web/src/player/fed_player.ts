// Base class of the players with a connection of their own: when it is opened, closed and opened again. The page's own
// connection to `ws/live` stays open beside it, paused.

import type { PlayerKind } from './kinds';
import type { Player, PlayerHost, PlayerStats } from './player';

/** A player's own connection. It reconnects while the player may play. */
export interface Feed {
  readonly running: boolean;
  /** Whether the connection may be dead. `nowMs` is on `performance.now()`'s scale. */
  maybeDead(nowMs: number): boolean;
  /** Connects; closes the connection before, if any. */
  start(): void;
  stop(): void;
}

export abstract class FedPlayer implements Player {
  abstract readonly kind: PlayerKind;
  abstract readonly transport: string;
  abstract readonly surface: HTMLCanvasElement | HTMLVideoElement;
  readonly takesFrames = false;
  protected abstract readonly feed: Feed;
  protected paused = false;
  protected closed = false;
  private linked = false;

  constructor(protected readonly host: PlayerHost) {}

  abstract stats(): PlayerStats;

  /** Whether the player has loaded what it needs. */
  protected isReady(): boolean {
    return true;
  }

  /** Whether a lost connection is opened again. */
  protected readonly mayRetry = (): boolean => this.linked && !this.paused && !this.closed;

  start(): void {
    if (this.isReady()) this.feed.start();
  }

  linkOpened(): void {
    this.linked = true;
    if (this.paused || !this.isReady()) return;
    if (!this.feed.running || this.feed.maybeDead(performance.now())) this.feed.start();
  }

  linkEnded(): void {
    this.linked = false;
  }

  config(): void {}
  skip(): void {}
  frame(): void {}

  pause(): void {
    this.paused = true;
    this.feed.stop();
  }

  resume(): void {
    this.paused = false;
    this.start();
  }

  close(): void {
    this.closed = true;
    this.feed.stop();
  }
}
