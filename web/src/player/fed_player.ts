// What the players with a connection of their own share: when it is opened, and when it is made anew. The page's own
// connection stays open beside it, paused; what that brings is not for them.

import type { PlayerKind } from './kinds';
import type { Player, PlayerStats } from './player';
import type { SocketFeed } from './socket_feed';

export abstract class FedPlayer implements Player {
  abstract readonly kind: PlayerKind;
  abstract readonly transport: string;
  abstract readonly surface: HTMLCanvasElement | HTMLVideoElement;
  readonly takesFrames = false;
  protected abstract readonly feed: SocketFeed;
  protected paused = false;
  protected closed = false;
  private linked = false;

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
