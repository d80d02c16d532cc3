// Splits an endless body of fragmented MP4 into its init segment and its fragments (ISO/IEC 14496-12 section 4.2). Pure.
//
//   ftyp moov ─► init      moof mdat ─► fragment      moof mdat ─► fragment …
//
// Other boxes are skipped. The segments do not depend on how the body was cut. A box beyond its limit is an error.

import { BodyBuffer } from './body_buffer';

const HEADER_BYTES = 8;
const BOX_LIMIT_BYTES = 16 * 1024 * 1024;

export interface Segment {
  kind: 'init' | 'fragment';
  bytes: Uint8Array<ArrayBuffer>;
}

export class Mp4Splitter {
  private readonly buffer = new BodyBuffer();
  /** The `ftyp` or `moof` that waits for the box behind it. */
  private front: Uint8Array | null = null;

  /** Adds the next piece. Returns the segments that are complete now. Throws if this is not MP4. */
  push(piece: Uint8Array): Segment[] {
    this.buffer.append(piece);
    const segments: Segment[] = [];
    for (let box = this.nextBox(); box; box = this.nextBox()) {
      const { type, bytes } = box;
      if (type === 'ftyp' || type === 'moof') this.front = bytes;
      else if (type === 'moov') segments.push({ kind: 'init', bytes: this.withFront(bytes) });
      else if (type === 'mdat' && this.front)
        segments.push({ kind: 'fragment', bytes: this.withFront(bytes) });
    }
    return segments;
  }

  private withFront(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const front = this.front ?? new Uint8Array(0);
    this.front = null;
    const whole = new Uint8Array(front.length + bytes.length);
    whole.set(front);
    whole.set(bytes, front.length);
    return whole;
  }

  private nextBox(): { type: string; bytes: Uint8Array } | null {
    const { buffer } = this;
    if (buffer.length < HEADER_BYTES) return null;
    const view = new DataView(buffer.bytes.buffer);
    const size = view.getUint32(0);
    if (size < HEADER_BYTES || size > BOX_LIMIT_BYTES) throw new Error('the stream is not fragmented MP4');
    if (buffer.length < size) return null;
    const bytes = buffer.bytes.slice(0, size);
    buffer.drop(size);
    return { type: String.fromCharCode(...bytes.subarray(4, 8)), bytes };
  }
}

/** A keyframe begins with its parameter sets, within so many NAL units. */
const SETS_WITHIN_UNITS = 6;
const NAL_SPS = 7;

/** The sequence parameter set in a fragment, as text for comparing; null if it begins with none. */
export function spsOfFragment(fragment: Uint8Array): string | null {
  const view = new DataView(fragment.buffer, fragment.byteOffset, fragment.byteLength);
  if (fragment.length < HEADER_BYTES) return null;
  let at = view.getUint32(0) + HEADER_BYTES; // behind moof and the header of mdat
  for (let unit = 0; unit < SETS_WITHIN_UNITS && at + 5 <= fragment.length; unit++) {
    const length = view.getUint32(at);
    const bytes = fragment.subarray(at + 4, at + 4 + length);
    if (((bytes[0] ?? 0) & 0x1f) === NAL_SPS) return bytes.join();
    at += 4 + length;
  }
  return null;
}

/** The codec of an init segment with H.264 (RFC 6381: `avc3.42c01f`), from its sample entry; null if there is none. */
export function codecOfInit(segment: Uint8Array): string | null {
  for (const entry of ['avc1', 'avc3']) {
    const at = find(segment, entry, 0);
    const avcC = at < 0 ? -1 : find(segment, 'avcC', at);
    if (avcC < 0 || avcC + 8 > segment.length) continue;
    const profile = [...segment.subarray(avcC + 5, avcC + 8)];
    return `${entry}.${profile.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }
  return null;
}

/** Whether an init segment has a track of Opus. */
export function hasOpus(segment: Uint8Array): boolean {
  return find(segment, 'dOps', 0) >= 0;
}

function find(bytes: Uint8Array, fourCc: string, from: number): number {
  const wanted = [...fourCc].map((letter) => letter.charCodeAt(0));
  for (let at = from; at + 4 <= bytes.length; at++)
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  return -1;
}
