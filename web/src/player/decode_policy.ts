// Decides whether the next frame is decoded. Pure, so that a table can test it.
//
// A decoder that cannot keep up must not add latency: first disposable frames are dropped, then all frames up to the
// next keyframe. A joining burst (the GOP so far) is decoded whole.

/** With this many frames in the decoder's queue, disposable frames are dropped. */
export const QUEUE_BUSY = 3;
/** With this many frames in its queue the decoder is overloaded, whatever their age. */
export const QUEUE_LIMIT = 12;
/** A decoder whose oldest frame is this much older than the newest is behind live. */
export const BEHIND_MS = 400;
/** More than these frames wait in a decoder that is behind, besides those that it holds for their order. */
export const BEHIND_FRAMES = 4;
/** After this time behind live only a keyframe helps. A shorter one follows a delay in the network or on the page. */
const BEHIND_FOR_MS = 200;
/** After this time of overload only a keyframe helps. A shorter one follows a delay in the network or on the page. */
const OVERLOAD_MS = 500;
/** The same during a joining burst. */
const OVERLOAD_IN_BURST_MS = 3000;

export interface DecoderLoad {
  waitingForKey: boolean;
  /** Frames that wait in the decoder's queue. */
  queue: number;
  /** For how long the queue has been at its limit; 0 if it is below. */
  overloadedMs: number;
  /** For how long the decoder has been behind live; 0 if it is not. */
  behindMs: number;
  /** A joining burst is being decoded. */
  inBurst: boolean;
}

/**
 * `decode`: decode the frame. `drop`: drop it. `restart`: drop the decoder's queue and decode the frame, a keyframe.
 * `resync`: drop this and all other frames until a keyframe, and request one.
 */
export type DecodeChoice = 'decode' | 'drop' | 'restart' | 'resync';

export function chooseDecode(frame: { key: boolean; disposable: boolean }, load: DecoderLoad): DecodeChoice {
  const behind = !load.inBurst && load.behindMs > BEHIND_FOR_MS;
  if (frame.key) return load.queue >= QUEUE_LIMIT || behind ? 'restart' : 'decode';
  if (load.waitingForKey) return 'drop';
  if (load.overloadedMs > (load.inBurst ? OVERLOAD_IN_BURST_MS : OVERLOAD_MS)) return 'resync';
  if (behind) return 'resync';
  return !load.inBurst && load.queue >= QUEUE_BUSY && frame.disposable ? 'drop' : 'decode';
}
