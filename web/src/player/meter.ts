// Statistics over a sliding window of time: count, sum per second, mean. Pure; the time is an argument.

interface Sample {
  atMs: number;
  value: number;
}

/** Samples of the last `windowMs` milliseconds, at most `limit` of them. */
export class Meter {
  private samples: Sample[] = [];
  private startedMs: number | null = null;

  constructor(
    private readonly windowMs = 2000,
    private readonly limit = 1000,
  ) {}

  add(nowMs: number, value = 1): void {
    this.startedMs ??= nowMs;
    this.samples.push({ atMs: nowMs, value });
    if (this.samples.length > this.limit) this.samples.shift();
    this.expire(nowMs);
  }

  /** Number of samples in the window. */
  count(nowMs: number): number {
    this.expire(nowMs);
    return this.samples.length;
  }

  /** Sum of the values per second. Until the window is full it counts from the first sample. */
  perSecond(nowMs: number): number {
    this.expire(nowMs);
    if (this.startedMs === null) return 0;
    const spanMs = Math.min(this.windowMs, Math.max(nowMs - this.startedMs, 250));
    return (this.samples.reduce((sum, sample) => sum + sample.value, 0) * 1000) / spanMs;
  }

  /** Mean of the values; null without samples. */
  mean(nowMs: number): number | null {
    this.expire(nowMs);
    if (this.samples.length === 0) return null;
    return this.samples.reduce((sum, sample) => sum + sample.value, 0) / this.samples.length;
  }

  clear(): void {
    this.samples = [];
    this.startedMs = null;
  }

  private expire(nowMs: number): void {
    const oldest = nowMs - this.windowMs;
    let gone = 0;
    while (gone < this.samples.length && (this.samples[gone]?.atMs ?? Infinity) <= oldest) gone++;
    if (gone > 0) this.samples.splice(0, gone);
  }
}
