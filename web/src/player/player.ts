// The contract of all players. A player gets the camera's pictures onto a surface.
//
//   session ──frames, config, skips──► Player ──pictures──► surface (canvas or video)
//      ▲───────picture shown, failed, tap needed──┘
//
// The session decides what the page shows besides the picture. A player does nothing after `close()`.

import type { ClockSync } from '../wire/clock';
import type { Frame } from '../wire/frame';
import type { ConfigMessage } from '../wire/message';
import type { PlayerKind } from './kinds';

/** The start of a latency measurement: 'capture' only if the source gives the capture time. */
export type LatencyFrom = 'capture' | 'received';

export interface Latency {
  ms: number;
  from: LatencyFrom;
}

/** Figures of the last seconds, for the information panel and tests. */
export interface PlayerStats {
  latency: Latency | null;
  /** Pictures shown per second. */
  fps: number;
  width: number;
  height: number;
  codec: string;
  /** Bits of video received per second. */
  bitRate: number;
  /** Frames that this viewer skipped: not received, or dropped before decoding. */
  skipped: number;
  /** Decoded pictures that were never shown, since a newer one replaced them. */
  replaced: number;
  /** Milliseconds of video that wait to be shown; null for players that buffer nothing. */
  bufferedMs: number | null;
  /** The player's inner state as text, for tests and for debugging. */
  detail: string;
}

/** What the session offers to a player. */
export interface PlayerHost {
  readonly clock: ClockSync;
  requestKeyframe(): void;
  /** A new picture is on the surface. */
  pictureShown(): void;
  /** This player gives up. The reason completes the sentence "WebCodecs failed: ". */
  failed(reason: string): void;
  /** The browser plays only after a tap, from which `play` is to be called. Null: no tap is needed any more. */
  tapNeeded(play: (() => void) | null): void;
  /** The server refused the player's own connection. Null: it is open again. */
  refused(reason: string | null): void;
  /** A sentence about how it plays now; '' for none. `everyMs` is the time between pictures, if it is known. */
  remark(text: string, everyMs: number | null): void;
}

export interface Player {
  readonly kind: PlayerKind;
  /** The transport, for the information panel. */
  readonly transport: string;
  readonly surface: HTMLCanvasElement | HTMLVideoElement;
  /** Whether the session passes it the frames of `ws/live`. */
  readonly takesFrames: boolean;
  /** Starts to play. A player that starts paused gets `pause()` instead. */
  start(): void;
  /** The page's connection to the server is open, possibly after a reconnect. */
  linkOpened(): void;
  linkEnded(): void;
  config(config: ConfigMessage): void;
  skip(): void;
  frame(frame: Frame, bytes: number): void;
  pause(): void;
  resume(): void;
  /** From 0 to 1; null: muted, and no sound is received. Only for players that play sound. */
  setVolume?(volume: number | null): void;
  stats(): PlayerStats;
  close(): void;
}

/** The message of an exception. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
