// A SourceBuffer that takes one thing after the other: it can do only one at a time and says when it is done.
//
//   change, clear, append, trim ──► queue ──► SourceBuffer ──updateend──► next, and `updated()`
//
// Appends that wait are joined into one. The queue is bounded: beyond it the caller must begin again at a keyframe.

import { messageOf } from './player';

/** More than a joining burst of a generous camera. */
const QUEUE_LIMIT_BYTES = 24 * 1024 * 1024;

type Step =
  | { kind: 'append'; bytes: ArrayBuffer[]; size: number }
  | { kind: 'remove'; start: number; end: number }
  | { kind: 'type'; mime: string };

export interface MediaBufferEvents {
  updated(): void;
  /** The browser's memory for media is full. What was to be appended is lost. */
  full(): void;
  failed(reason: string): void;
}

export class MediaBuffer {
  private buffer: SourceBuffer | null = null;
  private steps: Step[] = [];
  private queued = 0;

  constructor(private mime: string, private readonly events: MediaBufferEvents) {}

  /** The media source is open: what waited goes in. */
  attach(source: MediaSource): void {
    try {
      const buffer = source.addSourceBuffer(this.mime);
      buffer.mode = 'segments';
      buffer.addEventListener('updateend', () => {
        this.next();
        this.events.updated();
      });
      buffer.addEventListener('error', () => this.events.failed('the browser could not read the video'));
      this.buffer = buffer;
      this.next();
    } catch (error) {
      this.events.failed(messageOf(error));
    }
  }

  /** Drops all that is buffered and queued and begins with another init segment. */
  begin(mime: string, init: ArrayBuffer): void {
    this.steps = [{ kind: 'remove', start: 0, end: Infinity }];
    this.queued = 0;
    this.change(mime, init);
  }

  /** Goes on with another init segment, after what is queued. */
  change(mime: string, init: ArrayBuffer): void {
    if (mime !== this.mime) this.steps.push({ kind: 'type', mime });
    this.mime = mime;
    this.steps.push({ kind: 'append', bytes: [init], size: init.byteLength });
    this.queued += init.byteLength;
    this.next();
  }

  /** Appends a fragment; false when too much waits already. */
  append(fragment: ArrayBuffer): boolean {
    if (this.queued > QUEUE_LIMIT_BYTES) return false;
    const last = this.steps[this.steps.length - 1];
    if (last?.kind === 'append') {
      last.bytes.push(fragment);
      last.size += fragment.byteLength;
    } else {
      this.steps.push({ kind: 'append', bytes: [fragment], size: fragment.byteLength });
    }
    this.queued += fragment.byteLength;
    this.next();
    return true;
  }

  /** Throws away what is older than `time` seconds. */
  trim(time: number): void {
    this.steps.push({ kind: 'remove', start: 0, end: time });
    this.next();
  }

  /** What is buffered, in order: [start, end] in seconds. */
  ranges(): [number, number][] {
    try {
      const buffered = this.buffer?.buffered;
      return Array.from({ length: buffered?.length ?? 0 }, (_, at) => [buffered?.start(at) ?? 0, buffered?.end(at) ?? 0]);
    } catch {
      return []; // removed from its media source
    }
  }

  get mimeType(): string {
    return this.mime;
  }

  private next(): void {
    const buffer = this.buffer;
    while (buffer && !buffer.updating && this.steps.length > 0) {
      const step = this.steps.shift();
      if (!step) return;
      try {
        if (step.kind === 'remove') {
          if (buffer.buffered.length > 0) buffer.remove(step.start, step.end);
        } else if (step.kind === 'type') {
          buffer.changeType(step.mime);
        } else {
          this.queued -= step.size;
          buffer.appendBuffer(join(step.bytes, step.size));
        }
      } catch (error) {
        if (error instanceof DOMException && error.name === 'QuotaExceededError') this.events.full();
        else if (error instanceof DOMException && error.name === 'InvalidStateError') return; // its media source is gone
        else this.events.failed(messageOf(error));
        return;
      }
    }
  }
}

function join(parts: ArrayBuffer[], size: number): ArrayBuffer {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return whole.buffer;
}
