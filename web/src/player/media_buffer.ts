// A queue before a SourceBuffer, which can do only one operation at a time.
//
//   restart, changeInit, append, trim ──► queue ──► SourceBuffer ──updateend──► next operation, and `updated()`
//
// Appends that wait are joined into one. The queue is bounded: when it is full, the caller continues at a keyframe.

import { messageOf } from './player';

/** More than a joining burst of a camera with a high bit rate. */
const QUEUE_LIMIT_BYTES = 24 * 1024 * 1024;

type Step =
  | { kind: 'append'; bytes: ArrayBuffer[]; size: number }
  | { kind: 'remove'; start: number; end: number }
  | { kind: 'type'; mime: string };

export interface MediaBufferEvents {
  updated(): void;
  /** The browser's memory for media is full. The last append is lost. */
  full(): void;
  failed(reason: string): void;
}

export class MediaBuffer {
  private buffer: SourceBuffer | null = null;
  private steps: Step[] = [];
  private queued = 0;

  constructor(
    private mime: string,
    private readonly events: MediaBufferEvents,
  ) {}

  /** The media source is open: the queue starts. */
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

  /** Drops everything buffered and queued, then appends another init segment. */
  restart(mime: string, init: ArrayBuffer): void {
    this.steps = [{ kind: 'remove', start: 0, end: Infinity }];
    this.queued = 0;
    this.changeInit(mime, init);
  }

  /** Appends another init segment after the queue. */
  changeInit(mime: string, init: ArrayBuffer): void {
    if (mime !== this.mime) this.steps.push({ kind: 'type', mime });
    this.mime = mime;
    this.steps.push({ kind: 'append', bytes: [init], size: init.byteLength });
    this.queued += init.byteLength;
    this.next();
  }

  /** Appends a fragment; false if the queue is full. */
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

  /** Removes the video before `time`, in seconds. */
  trim(time: number): void {
    this.steps.push({ kind: 'remove', start: 0, end: time });
    this.next();
  }

  /** The buffered ranges in order: [start, end] in seconds. */
  ranges(): [number, number][] {
    try {
      const buffered = this.buffer?.buffered;
      return Array.from({ length: buffered?.length ?? 0 }, (_, at) => [
        buffered?.start(at) ?? 0,
        buffered?.end(at) ?? 0,
      ]);
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
        else if (error instanceof DOMException && error.name === 'InvalidStateError')
          return; // its media source is gone
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
