// Text messages of `ws/live` (docs/player-wire.md): JSON objects with a `type`. Unknown types and broken JSON give null
// and are ignored; unknown keys are ignored, too.

/** The matrix coefficients: the weights of red, green and blue in luma. */
export type Matrix = 'bt601' | 'bt709' | 'bt2020';
/** How the stream's samples map to colours, as the stream declares it. */
export interface Colours {
  matrix: Matrix;
  /** Luma from 0 to 255 instead of 16 to 235. */
  fullRange: boolean;
}

export type Pair = readonly [number, number];

export type CameraStateName = 'starting' | 'live' | 'waiting' | 'offline' | 'ended';

export interface HelloMessage {
  type: 'hello';
  camera: string;
  server: string;
  /** Whether the camera has sound. */
  hasSound: boolean;
}
export interface StateMessage {
  type: 'state';
  state: CameraStateName;
  message: string;
  retryMs: number | null;
}
export interface ConfigMessage {
  type: 'config';
  track: number;
  codec: string;
  width: number;
  height: number;
  /** How many frames the decoder holds back to reorder B frames. */
  reorderDepth: number;
  colours: Colours;
  /** Width and height of a pixel; 1 and 1 when it is square. */
  pixelAspect: Pair;
  /** Pixels that the stream crops at the left side and at the top. */
  crop: Pair;
}
export interface SkipMessage {
  type: 'skip';
  track: number;
  frames: number;
}
export interface ViewersMessage {
  type: 'viewers';
  count: number;
}
/** How the sound of the camera is; in `state.json` only. */
export interface SoundMessage {
  type: 'sound';
  /** Why there is silence, or empty. */
  message: string;
  /** The clock of the microphone; null if it has that of the server, or has not begun. */
  clock: SoundClock | null;
}
export interface SoundClock {
  /** How late sound comes before that is corrected. */
  offsetMs: number;
  /** By how many samples in a million it is fast. */
  driftPpm: number;
  gaps: number;
  /** How long they are in all. */
  gapMs: number;
}
export interface ClockMessage {
  type: 'clock';
  t0: number;
  t1: number;
  t2: number;
}

export type ServerMessage =
  HelloMessage | StateMessage | ConfigMessage | SkipMessage | ViewersMessage | SoundMessage | ClockMessage;

/** What the page sends to the server. */
export type ClientMessage =
  | { type: 'keyframe'; track: number }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'clock'; t0: number };

const MATRICES: readonly string[] = ['bt601', 'bt709', 'bt2020'];
const CAMERA_STATES: readonly string[] = ['starting', 'live', 'waiting', 'offline', 'ended'];

/** Parses one text message. Null when it is unknown or breaks the protocol. */
export function parseMessage(text: string): ServerMessage | null {
  const json = parseObject(text);
  return json && messageFrom(json);
}

/** Parses the list of messages in a camera's `state.json`; without those that are unknown. Empty for anything else. */
export function parseMessages(text: string): ServerMessage[] {
  try {
    const json: unknown = JSON.parse(text);
    if (!Array.isArray(json)) return [];
    return json.flatMap((entry: unknown) => (isObject(entry) ? (messageFrom(entry) ?? []) : []));
  } catch {
    return [];
  }
}

function messageFrom(json: Record<string, unknown>): ServerMessage | null {
  switch (json['type']) {
    case 'hello':
      return {
        type: 'hello',
        camera: string(json['camera']),
        server: string(json['server']),
        hasSound: hasSound(json['tracks']),
      };
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
      const colours = coloursOf(json);
      const pixelAspect = pair(json['pixel_aspect'], (side) => side > 0) ?? [1, 1];
      const crop = pair(json['crop'], (pixels) => pixels >= 0) ?? [0, 0];
      return { type: 'config', track, codec, width, height, reorderDepth, colours, pixelAspect, crop };
    }
    case 'skip':
      return { type: 'skip', track: number(json['track']) ?? 0, frames: number(json['frames']) ?? 0 };
    case 'viewers': {
      const count = number(json['count']);
      return count === null ? null : { type: 'viewers', count };
    }
    case 'sound':
      return { type: 'sound', message: string(json['message']), clock: soundClockOf(json['clock']) };
    case 'clock': {
      const [t0, t1, t2] = [number(json['t0']), number(json['t1']), number(json['t2'])];
      return t0 === null || t1 === null || t2 === null ? null : { type: 'clock', t0, t1, t2 };
    }
    default:
      return null;
  }
}

/** The JSON object in a text message, or null. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function hasSound(tracks: unknown): boolean {
  return Array.isArray(tracks) && tracks.some((track) => isObject(track) && track['kind'] === 'opus');
}

function soundClockOf(json: unknown): SoundClock | null {
  if (!isObject(json)) return null;
  const [offsetMs, driftPpm] = [number(json['offset_ms']), number(json['drift_ppm'])];
  const [gaps, gapMs] = [number(json['gaps']), number(json['gap_ms'])];
  if (offsetMs === null || driftPpm === null || gaps === null || gapMs === null) return null;
  return { offsetMs, driftPpm, gaps, gapMs };
}

/** An unknown matrix counts as absent. */
function coloursOf(json: Record<string, unknown>): Colours {
  const matrix = string(json['matrix']);
  return {
    matrix: MATRICES.includes(matrix) ? (matrix as Matrix) : 'bt709',
    fullRange: json['full_range'] === true,
  };
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function number(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function pair(value: unknown, fits: (number: number) => boolean): Pair | null {
  if (!Array.isArray(value) || value.length !== 2) return null;
  const [first, second] = [number(value[0]), number(value[1])];
  return first !== null && second !== null && fits(first) && fits(second) ? [first, second] : null;
}
