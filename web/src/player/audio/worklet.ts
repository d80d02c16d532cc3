// The audio thread: packets in by messages, samples out, and now and then how loud they are.

import { Playout, RATE } from './playout';

/** What lib.dom does not know of the audio thread. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: { channels: number } }) => AudioWorkletProcessor,
): void;

/** Samples between two reports: ten a second. */
const REPORT_EVERY = RATE / 10;

class LivePlayout extends AudioWorkletProcessor {
  private readonly playout: Playout;
  private loudest = 0;
  private untilReport = REPORT_EVERY;

  constructor(options: { processorOptions: { channels: number } }) {
    super();
    this.playout = new Playout(options.processorOptions.channels);
    this.port.onmessage = (event: MessageEvent<Float32Array[]>) => this.playout.push(event.data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const planes = outputs[0] ?? [];
    this.loudest = Math.max(this.loudest, this.playout.pull(planes));
    this.untilReport -= planes[0]?.length ?? 0;
    if (this.untilReport > 0) return true;
    const { waiting, gaps } = this.playout;
    this.port.postMessage({ level: this.loudest, waiting: Math.round(waiting), gaps });
    this.loudest = 0;
    this.untilReport = REPORT_EVERY;
    return true;
  }
}

registerProcessor('live-playout', LivePlayout);
