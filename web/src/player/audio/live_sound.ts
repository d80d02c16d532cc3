// Sound beside a player that has none: Opus of `ws/live?audio=only`, decoded by WebCodecs and played in the audio thread. On
// secure pages only, as browsers hide both elsewhere.
//
//   SocketFeed ──packets──► AudioDecoder ──samples──► worklet (Playout) ──► GainNode ──► loudspeaker
//                                                        └─ level
//
// A connection of its own, so that a picture never waits for sound, and turning sound on or off does not touch the pictures.

import { parseFrame } from '../../wire/frame';
import { socketAddress } from '../../wire/socket';
import { SocketFeed } from '../socket_feed';
import { RATE } from './playout';
import workletAddress from './worklet.ts?worker&url';

const CHANNELS = 2;
/** More packets in the decoder are too late to be heard. */
const QUEUE_LIMIT = 10;

/** What the audio thread says. */
export interface SoundReport {
  /** The loudest sample since the last report, from 0 to 1. */
  level: number;
  /** Samples that wait to be played. */
  waiting: number;
  /** How often nothing was there to be played. */
  gaps: number;
}

export class LiveSound {
  private readonly context = new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  private readonly gain = new GainNode(this.context);
  private readonly feed: SocketFeed;
  private node: AudioWorkletNode | null = null;
  private decoder: AudioDecoder | null = null;
  private closed = false;
  report: SoundReport | null = null;

  /** `base` is the address of the camera's tree. `failed` hears why there is no sound. */
  constructor(
    base: URL,
    private readonly failed: (reason: string) => void,
  ) {
    this.feed = new SocketFeed(
      socketAddress('ws/live?audio=only', base),
      { refused: () => undefined, failed },
      () => !this.closed,
      { binary: (message) => this.onMessage(message) },
    );
    void this.open();
  }

  setVolume(volume: number): void {
    this.gain.gain.value = volume;
  }

  /** Receives nothing and is silent until `resume()`. */
  pause(): void {
    this.feed.stop();
    void this.context.suspend();
  }

  resume(): void {
    void this.context.resume();
    if (this.node && !this.feed.running) this.feed.start();
  }

  close(): void {
    this.closed = true;
    this.feed.stop();
    this.closeDecoder();
    void this.context.close();
  }

  private async open(): Promise<void> {
    try {
      await this.context.audioWorklet.addModule(workletAddress);
    } catch {
      if (!this.closed) this.failed('the audio thread does not start');
      return;
    }
    if (this.closed) return;
    this.node = new AudioWorkletNode(this.context, 'live-playout', {
      numberOfInputs: 0,
      outputChannelCount: [CHANNELS],
      processorOptions: { channels: CHANNELS },
    });
    this.node.port.onmessage = (event: MessageEvent<SoundReport>) => (this.report = event.data);
    this.node.connect(this.gain).connect(this.context.destination);
    this.feed.start();
  }

  private onMessage(message: ArrayBuffer): void {
    const frame = parseFrame(message);
    if (!frame || this.closed) return;
    const decoder = this.decoder ?? this.openDecoder();
    if (decoder.decodeQueueSize > QUEUE_LIMIT) return;
    decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: frame.ptsUs, data: frame.payload }));
  }

  private openDecoder(): AudioDecoder {
    const decoder: AudioDecoder = new AudioDecoder({
      output: (data) => this.onData(data),
      error: () => this.decoder === decoder && (this.decoder = null), // the next packet opens another
    });
    decoder.configure({ codec: 'opus', sampleRate: RATE, numberOfChannels: CHANNELS });
    this.decoder = decoder;
    return decoder;
  }

  private onData(data: AudioData): void {
    const planes = Array.from({ length: data.numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(data.numberOfFrames);
      data.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    data.close();
    this.node?.port.postMessage(
      planes,
      planes.map((plane) => plane.buffer),
    );
  }

  private closeDecoder(): void {
    const decoder = this.decoder;
    this.decoder = null;
    if (decoder && decoder.state !== 'closed') decoder.close();
  }
}
