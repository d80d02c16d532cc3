// The contract of all players: one way to get the camera's picture onto a surface.
//
//   session ──frames, config, skips──► Player ──pictures──► surface (canvas or video)
//      ▲───────picture shown, failed, tap needed──┘
//
// A player never decides what the person sees besides the picture, and never outlives a `close()`.

import type { ClockSync } from '../wire/clock';
import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import type { PlayerKind } from './kinds';

/** What a latency figure counts from. Never called capture when the capture time is unknown. */
export type LatencyFrom = 'capture' | 'received';

export interface Latency {
  ms: number;
  from: LatencyFrom;
}

/** Figures of the last seconds, for the info panel and tests. */
export interface PlayerStats {
  latency: Latency | null;
  /** Pictures shown each second. */
  fps: number;
  width: number;
  height: number;
  codec: string;
  /** Bits of video received each second. */
  bitRate: number;
  /** Frames this viewer did not get, or had to throw away undecoded. */
  skipped: number;
  /** Decoded pictures that a newer one replaced before they were shown. */
  replaced: number;
  /** Seconds of video waiting to be shown; null where nothing waits by design. */
  bufferedMs: number | null;
  /** What the player is doing to stay live, for the curious. */
  detail: string;
}

/** What a player may ask of the session. */
export interface PlayerHost {
  readonly clock: ClockSync;
  requestKeyframe(): void;
  /** A new picture is on the surface. */
  pictureShown(): void;
  /** This player cannot go on; the reason completes the sentence "… failed: ". */
  failed(reason: string): void;
  /** The browser wants a tap before it plays. Null: no longer. */
  tapNeeded(play: (() => void) | null): void;
  /** The player's own connection was refused. Null: it stands again. */
  refused(reason: string | null): void;
}

export interface Player {
  readonly kind: PlayerKind;
  /** Where the pictures come from, for the info panel. */
  readonly transport: string;
  readonly surface: HTMLCanvasElement | HTMLVideoElement;
  /** Whether it plays the frames of `ws/live`. */
  readonly takesFrames: boolean;
  /** Begins; `pause` is called instead where no pictures are wanted at first. */
  start(): void;
  /** The page's connection to the server stands (again). */
  linkOpened(): void;
  linkEnded(): void;
  config(config: ConfigMessage): void;
  skip(): void;
  frame(frame: Frame, bytes: number): void;
  pause(): void;
  resume(): void;
  stats(): PlayerStats;
  close(): void;
}

/** What an exception says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
