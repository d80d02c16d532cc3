// Plays samples that arrive in packets at an even pace, as little late as their jitter allows. Pure: it runs in the audio
// thread, and a test can run it with its own pace.
//
//   packets ──push──► ring ──pull──► output, 128 samples at a time
//                      └─ least fill of a second ─► above the target: a little faster   empty: silence, until there is enough
//
// What waits is latency. The least that waits within a second is unneeded, but for a margin. It is played away at a rate that
// nobody hears. The same way the two clocks, the server's and the sound card's, are kept together.

/** Samples a second, as Opus decodes to. The audio context has the same rate. */
export const RATE = 48_000;
/** Samples that wait at least: 10 ms. After each time that nothing was there it grows, up to 50 ms. */
const TARGET = RATE / 100;
const TARGET_STEP = RATE / 100;
const TARGET_MAX = RATE / 20;
/** What waits before it begins: a packet of 20 ms and the target. */
const PACKET = RATE / 50;
/** Above the target by this much more, it jumps instead of playing faster: a tenth of a second. */
const JUMP = RATE / 10;
const CAPACITY = RATE;
/** How often the least fill is looked at, in samples: once a second. */
const WINDOW = RATE;
/** Half a percent is a twelfth of a semitone. */
const FASTER = 1.005;
const SLOWER = 0.995;
/** After this long without a time when nothing was there, the target shrinks again: half a minute. */
const CALM = 30 * RATE;

export class Playout {
  private readonly ring: Float32Array;
  /** Frames that were written, and the place in them that is read, since the beginning. */
  private written = 0;
  private read = 0;
  private target = TARGET;
  private rate = 1;
  private least = Infinity;
  private windowLeft = WINDOW;
  private calm = 0;
  private playing = false;
  /** How often nothing was there. */
  gaps = 0;

  constructor(private readonly channels: number) {
    this.ring = new Float32Array(CAPACITY * channels);
  }

  /** Frames that wait. */
  get waiting(): number {
    return this.written - this.read;
  }

  /** Adds a packet: one array a channel. */
  push(planes: readonly Float32Array[]): void {
    const length = planes[0]?.length ?? 0;
    for (let i = 0; i < length; i++) {
      const at = ((this.written + i) % CAPACITY) * this.channels;
      for (let channel = 0; channel < this.channels; channel++)
        this.ring[at + channel] = (planes[channel] ?? planes[0])?.[i] ?? 0;
    }
    this.written += length;
    const newest = PACKET + this.target;
    if (this.waiting > newest + JUMP) this.read = this.written - newest;
  }

  /** Fills one array a channel; gives the loudest sample of it. */
  pull(planes: readonly Float32Array[]): number {
    const length = planes[0]?.length ?? 0;
    if (!this.playing && this.waiting >= PACKET + this.target) this.begin();
    let loudest = 0;
    for (let i = 0; i < length; i++) {
      if (this.playing && this.waiting < 2) this.runDry();
      for (let channel = 0; channel < planes.length; channel++) {
        const value = this.playing ? this.value(Math.min(channel, this.channels - 1)) : 0;
        const plane = planes[channel];
        if (plane) plane[i] = value;
        loudest = Math.max(loudest, Math.abs(value));
      }
      if (this.playing) this.read += this.rate;
    }
    if (this.playing) this.steer(length);
    return loudest;
  }

  /** Out of silence it may begin anywhere. */
  private begin(): void {
    this.read = this.written - PACKET - this.target;
    this.playing = true;
  }

  private runDry(): void {
    this.playing = false;
    this.gaps++;
    this.target = Math.min(this.target + TARGET_STEP, TARGET_MAX);
    this.calm = 0;
    this.startWindow();
  }

  /** Between two frames, in proportion. At rate 1 it stays on a frame. */
  private value(channel: number): number {
    const whole = Math.floor(this.read);
    const part = this.read - whole;
    const here = this.ring[(whole % CAPACITY) * this.channels + channel] ?? 0;
    if (part === 0) return here;
    const next = this.ring[((whole + 1) % CAPACITY) * this.channels + channel] ?? 0;
    return here + (next - here) * part;
  }

  private steer(length: number): void {
    this.least = Math.min(this.least, this.waiting);
    this.windowLeft -= length;
    if (this.rate > 1 && this.waiting <= this.target) this.setRate(1);
    if (this.rate < 1 && this.waiting >= PACKET + this.target) this.setRate(1);
    if (this.windowLeft > 0) return;
    const excess = this.least - this.target;
    this.setRate(excess > this.target / 2 ? FASTER : excess < -this.target / 2 ? SLOWER : 1);
    this.calm += WINDOW;
    if (this.calm >= CALM && this.target > TARGET) {
      this.target -= TARGET_STEP;
      this.calm = 0;
    }
    this.startWindow();
  }

  private setRate(rate: number): void {
    this.rate = rate;
    if (rate === 1) this.read = Math.round(this.read);
  }

  private startWindow(): void {
    this.least = Infinity;
    this.windowLeft = WINDOW;
  }
}
