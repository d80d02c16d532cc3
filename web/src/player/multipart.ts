// Splits an endless multipart body (RFC 2046 section 5.1.1, as MJPEG servers write it) into its parts. Pure.
//
//   --boundary CRLF  header: value CRLF …  CRLF  body  CRLF --boundary …
//
// A part ends as its Content-Length says, else at the next boundary. The parts do not depend on how the body was cut.
// Headers and parts beyond their limits are errors.

import { BodyBuffer } from './body_buffer';

const HEADERS_LIMIT_BYTES = 8 * 1024;
const PART_LIMIT_BYTES = 16 * 1024 * 1024;

export interface Part {
  /** Names in lower case. */
  headers: Map<string, string>;
  body: Uint8Array<ArrayBuffer>;
}

/** The boundary in a Content-Type; null if there is none. */
export function boundaryOf(contentType: string): string | null {
  const match = /^multipart\/[^;]*;.*\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  return match?.[1] ?? match?.[2] ?? null;
}

export class MultipartReader {
  private readonly buffer = new BodyBuffer();
  private headers: Map<string, string> | null = null;
  /** Up to here there is no boundary. */
  private searched = 0;
  private readonly delimiter: Uint8Array;

  /** Some servers include the delimiter's two hyphens in the boundary parameter. */
  constructor(boundary: string) {
    this.delimiter = new TextEncoder().encode(`--${boundary.replace(/^--/, '')}`);
  }

  /** Adds the next piece. Returns the parts that are complete now. Throws if this is not a multipart body. */
  push(piece: Uint8Array): Part[] {
    this.buffer.append(piece);
    const parts: Part[] = [];
    for (let part = this.next(); part; part = this.next()) parts.push(part);
    return parts;
  }

  private next(): Part | null {
    if (!this.headers && !this.readHeaders()) return null;
    const headers = this.headers ?? new Map<string, string>();
    const contentLength = Number.parseInt(headers.get('content-length') ?? '', 10);
    const body = contentLength >= 0 ? this.takeKnown(contentLength) : this.takeToBoundary();
    if (!body) return null;
    this.headers = null;
    return { headers, body };
  }

  private readHeaders(): boolean {
    const start = find(this.buffer.bytes, this.delimiter, 0, this.buffer.length);
    const end = start < 0 ? -1 : find(this.buffer.bytes, EMPTY_LINE, start, this.buffer.length);
    if (end < 0) {
      if (this.buffer.length > HEADERS_LIMIT_BYTES)
        throw new Error('the picture stream has no valid part header');
      return false;
    }
    const text = new TextDecoder('latin1').decode(this.buffer.bytes.subarray(start, end));
    this.headers = new Map();
    for (const line of text.split('\r\n').slice(1)) {
      const colon = line.indexOf(':');
      if (colon > 0)
        this.headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    }
    this.drop(end + EMPTY_LINE.length);
    return true;
  }

  private takeKnown(length: number): Uint8Array<ArrayBuffer> | null {
    if (length > PART_LIMIT_BYTES) throw new Error(`a picture of ${length} bytes is too large`);
    if (this.buffer.length < length) return null;
    const body = this.buffer.bytes.slice(0, length);
    this.drop(length);
    return body;
  }

  private takeToBoundary(): Uint8Array<ArrayBuffer> | null {
    const at = find(this.buffer.bytes, this.delimiter, this.searched, this.buffer.length);
    if (at < 0) {
      if (this.buffer.length > PART_LIMIT_BYTES) throw new Error('a picture of the stream is too large');
      this.searched = Math.max(0, this.buffer.length - this.delimiter.length);
      return null;
    }
    const hasLineBreak = at >= 2 && this.buffer.bytes[at - 2] === 13 && this.buffer.bytes[at - 1] === 10;
    const body = this.buffer.bytes.slice(0, hasLineBreak ? at - 2 : at);
    this.drop(at);
    return body;
  }

  private drop(count: number): void {
    this.buffer.drop(count);
    this.searched = 0;
  }
}

const EMPTY_LINE = new Uint8Array([13, 10, 13, 10]);

/** Index of `wanted` in `bytes` between `from` and `to`; -1 if it is not there. */
function find(bytes: Uint8Array, wanted: Uint8Array, from: number, to: number): number {
  const [first = 0] = wanted;
  for (
    let at = bytes.indexOf(first, from);
    at >= 0 && at + wanted.length <= to;
    at = bytes.indexOf(first, at + 1)
  ) {
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}
