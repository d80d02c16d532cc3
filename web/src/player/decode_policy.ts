// What the WebCodecs player does with the next frame: pure, so that a table can test it.
//
// A decoder that cannot keep up must not collect delay: frames that nothing needs are dropped first, then everything
// up to the next keyframe. A newcomer's burst (the whole GOP so far) is decoded whole.

/** Frames waiting in the decoder from which on disposable ones are dropped. */
export const QUEUE_BUSY = 3;
/** Frames waiting in the decoder from which on it is overloaded. */
export const QUEUE_LIMIT = 12;
/** Overloaded for longer than this, only a keyframe helps. Shorter is a clump: the network or the page held frames up. */
const OVERLOAD_MS = 500;
/** The same in a joining burst. */
const OVERLOAD_IN_BURST_MS = 3000;

export interface DecoderView {
  waitingForKey: boolean;
  /** Frames handed to the decoder that it has not begun with. */
  queue: number;
  /** For how long the queue has been at its limit; 0 when it is not. */
  overloadedMs: number;
  /** A burst is being decoded. */
  catchingUp: boolean;
}

/**
 * `decode` it; `drop` it; `restart` the decoder with it, a keyframe, throwing away what waits; `resync`: drop it and
 * all others until a keyframe, and ask for one.
 */
export type DecodeChoice = 'decode' | 'drop' | 'restart' | 'resync';

export function chooseDecode(frame: { key: boolean; disposable: boolean }, view: DecoderView): DecodeChoice {
  if (frame.key) return view.queue >= QUEUE_LIMIT ? 'restart' : 'decode';
  if (view.waitingForKey) return 'drop';
  if (view.overloadedMs > (view.catchingUp ? OVERLOAD_IN_BURST_MS : OVERLOAD_MS)) return 'resync';
  return !view.catchingUp && view.queue >= QUEUE_BUSY && frame.disposable ? 'drop' : 'decode';
}
