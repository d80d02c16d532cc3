// What the players with a connection of their own share: when it is opened, and when it is made anew. The page's own
// connection stays open beside it, paused; what that brings is not for them.

import type { PlayerKind } from './kinds';
import type { Player, PlayerHost, PlayerStats } from './player';

/** A connection that brings what is to be played, and is tried again while that makes sense. */
export interface Feed {
  readonly running: boolean;
  /** Whether the connection may be dead. Time on `performance.now()`'s scale. */
  suspect(nowMs: number): boolean;
  /** Begins anew. */
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

  /** Whether the player can take anything yet. */
  protected isReady(): boolean {
    return true;
  }

  /** Whether a connection that was lost is to be tried again. */
  protected readonly retries = (): boolean => this.linked && !this.paused && !this.closed;

  start(): void {
    if (this.isReady()) this.feed.start();
  }

  linkOpened(): void {
    this.linked = true;
    if (this.paused || !this.isReady()) return;
    if (!this.feed.running || this.feed.suspect(performance.now())) this.feed.start();
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
