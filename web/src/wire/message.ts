// The text messages of the player's wire, from the server (docs/player-wire.md): JSON objects with a `type`.
// Unknown types, unknown keys and broken JSON give null and are ignored, as the wire asks of both sides.

/** What red, green and blue have in luma. */
export type Matrix = 'bt601' | 'bt709' | 'bt2020';
/** What the samples of the stream mean; the server has it from the stream. */
export interface Colours {
  matrix: Matrix;
  /** Black is 0 and white 255, instead of 16 and 235. */
  fullRange: boolean;
}

export type CameraStateName = 'starting' | 'live' | 'waiting' | 'offline' | 'ended';

export interface HelloMessage { type: 'hello'; camera: string; server: string }
export interface StateMessage { type: 'state'; state: CameraStateName; message: string; retryMs: number | null }
export interface ConfigMessage {
  type: 'config'; track: number; codec: string; width: number; height: number;
  /** Frames that B frames hold back. */
  reorderDepth: number;
  colours: Colours;
}
export interface SkipMessage { type: 'skip'; track: number; frames: number }
export interface ViewersMessage { type: 'viewers'; count: number }
export interface ClockMessage { type: 'clock'; t0: number; t1: number; t2: number }

export type ServerMessage =
  | HelloMessage | StateMessage | ConfigMessage | SkipMessage | ViewersMessage | ClockMessage;

/** What the page says to the server. */
export type ClientMessage =
  | { type: 'keyframe'; track: number }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'clock'; t0: number };

const MATRICES: readonly string[] = ['bt601', 'bt709', 'bt2020'];
const CAMERA_STATES: readonly string[] = ['starting', 'live', 'waiting', 'offline', 'ended'];

/** Parses one text message. Null when it is unknown or not what the wire says. */
export function parseMessage(text: string): ServerMessage | null {
  const json = parseObject(text);
  if (!json) return null;
  switch (json['type']) {
    case 'hello':
      return { type: 'hello', camera: string(json['camera']), server: string(json['server']) };
    case 'state': {
      const state = string(json['state']);
      if (!CAMERA_STATES.includes(state)) return null;
      const retryMs = number(json['retry_ms']);
      return { type: 'state', state: state as CameraStateName, message: string(json['message']), retryMs };
    }
    case 'config': {
      const codec = string(json['codec']);
      const width = number(json['width']);
      const height = number(json['height']);
      if (!codec || !width || !height) return null;
      const track = number(json['track']) ?? 0;
      const reorderDepth = number(json['reorder_depth']) ?? 0;
      return { type: 'config', track, codec, width, height, reorderDepth, colours: coloursOf(json) };
    }
    case 'skip':
      return { type: 'skip', track: number(json['track']) ?? 0, frames: number(json['frames']) ?? 0 };
    case 'viewers': {
      const count = number(json['count']);
      return count === null ? null : { type: 'viewers', count };
    }
    case 'clock': {
      const [t0, t1, t2] = [number(json['t0']), number(json['t1']), number(json['t2'])];
      return t0 === null || t1 === null || t2 === null ? null : { type: 'clock', t0, t1, t2 };
    }
    default:
      return null;
  }
}

/** The object a text message holds, or null. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A matrix that is not known counts as unsaid. */
function coloursOf(json: Record<string, unknown>): Colours {
  const matrix = string(json['matrix']);
  return { matrix: MATRICES.includes(matrix) ? (matrix as Matrix) : 'bt709', fullRange: json['full_range'] === true };
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
