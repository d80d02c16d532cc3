// Binary message of kind 1 on `ws/live`: one frame with its timestamps (docs/player-wire.md).
//
//   0    1      2     3     4        8        16  20   24          32          40       48
//   kind header track flags duration sequence PTS      captured_at received_at ready_at payload…
//
// All numbers are big-endian, all times are microseconds on the server's clock. They stay below 2^53, so a number holds
// them exactly. The header says where the payload begins, so that later versions may append fields.

const KIND_FRAME = 1;
const HEADER_BYTES = 48;
const FLAG_KEY = 1;
const FLAG_DISPOSABLE = 2;
const FLAG_CAPTURED = 4;

/** One frame of `ws/live`. */
export interface Frame {
  track: number;
  /** A keyframe, with its parameter sets. */
  key: boolean;
  /** No other frame refers to it. */
  disposable: boolean;
  durationUs: number;
  sequence: number;
  ptsUs: number;
  /** Null when the source does not give it. */
  capturedAtUs: number | null;
  receivedAtUs: number;
  readyAtUs: number;
  /** H.264 access unit, Annex B. A view into the message, not a copy. */
  payload: Uint8Array<ArrayBuffer>;
}

/** Parses a binary message. Null for an unknown kind or a broken header: the caller ignores it. */
export function parseFrame(message: ArrayBuffer): Frame | null {
  if (message.byteLength < HEADER_BYTES) return null;
  const view = new DataView(message);
  const headerBytes = view.getUint8(1);
  if (view.getUint8(0) !== KIND_FRAME || headerBytes < HEADER_BYTES || headerBytes > message.byteLength)
    return null;
  const flags = view.getUint8(3);
  return {
    track: view.getUint8(2),
    key: (flags & FLAG_KEY) !== 0,
    disposable: (flags & FLAG_DISPOSABLE) !== 0,
    durationUs: view.getUint32(4),
    sequence: unsigned64(view, 8),
    ptsUs: signed64(view, 16),
    capturedAtUs: flags & FLAG_CAPTURED ? unsigned64(view, 24) : null,
    receivedAtUs: unsigned64(view, 32),
    readyAtUs: unsigned64(view, 40),
    payload: new Uint8Array(message, headerBytes),
  };
}

function unsigned64(view: DataView, offset: number): number {
  return view.getUint32(offset) * 2 ** 32 + view.getUint32(offset + 4);
}

function signed64(view: DataView, offset: number): number {
  return view.getInt32(offset) * 2 ** 32 + view.getUint32(offset + 4);
}
