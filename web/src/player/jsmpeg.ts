// MPEG-1 with the demuxer and the WebAssembly decoder of jsmpeg: a transport stream of `ws/jsmpeg` onto our canvas.
//
//   SocketFeed ──► TS ──► MPEG1VideoWASM ──► newest planes ──► RGBA ──► MeasuredCanvas
//
// jsmpeg's own player decodes one picture per repaint, so a burst stays as latency. Here all received pictures are decoded
// at once and the newest is drawn. The stream's timestamps are not on the server's clock, so no latency is shown.

import JSMpeg, { type Decoder, type TransportStream, type WasmModule } from '@cycjimmy/jsmpeg-player';
import { socketAddress } from '../wire/socket';
import { pictureOfImageData } from './canvas_painter';
import { FedPlayer } from './fed_player';
import { MeasuredCanvas } from './measured_canvas';
import { mpeg1SizeOf } from './parameter_sets';
import { messageOf, type PlayerHost, type PlayerStats } from './player';
import { SocketFeed } from './socket_feed';
import { MPEG1_COLOURS, toRgba } from './yuv';

const VIDEO_STREAM = 0xe0;
/** More than the server's largest burst. */
const BUFFER_BYTES = 2 * 1024 * 1024;
/** A message holds fewer pictures. */
const PICTURES_LIMIT = 64;

interface Decoding {
  stream: TransportStream;
  decoder: Decoder;
}

export class JsmpegPlayer extends FedPlayer {
  readonly kind = 'jsmpeg';
  readonly transport = 'WebSocket, ws/jsmpeg';
  private readonly canvas = new MeasuredCanvas(this.host);
  readonly surface = this.canvas.surface;

  protected readonly feed: SocketFeed;
  private wasm: WasmModule | null = null;
  private decoding: Decoding | null = null;
  private size = '';
  private newest: { y: Uint8Array; cb: Uint8Array; cr: Uint8Array } | null = null;
  private width = 0;
  private height = 0;
  private skipped = 0;

  constructor(host: PlayerHost, base: URL) {
    super(host);
    this.feed = new SocketFeed(socketAddress('ws/jsmpeg', base), host, this.mayRetry, {
      binary: (bytes, first) => this.onMessage(bytes, first),
    });
    const wasm = new JSMpeg.WASMModule();
    wasm.loadFromBuffer(JSMpeg.Base64ToArrayBuffer(JSMpeg.WASM_BINARY_INLINED), (loaded) => {
      if (this.closed) return;
      this.wasm = loaded;
      if (!loaded) host.failed('the decoder cannot be loaded');
      else if (!this.paused) this.feed.start();
    });
  }

  protected override isReady(): boolean {
    return this.wasm !== null;
  }

  override pause(): void {
    super.pause();
    this.canvas.restart();
  }

  stats(): PlayerStats {
    return {
      ...this.canvas.figures(),
      width: this.width,
      height: this.height,
      codec: this.width > 0 ? 'MPEG-1' : '',
      skipped: this.skipped,
      detail: '',
    };
  }

  override close(): void {
    super.close();
    this.canvas.restart();
    this.decoding?.decoder.destroy();
    this.decoding = null;
  }

  private onMessage(message: ArrayBuffer, first: boolean): void {
    this.canvas.measure.arrived(performance.now(), message.byteLength);
    // The decoder keeps the size of its first sequence header, so another size needs another decoder.
    const size = mpeg1SizeOf(new Uint8Array(message));
    if (first || (size !== null && size !== this.size)) this.openDecoder();
    if (size !== null) this.size = size;
    try {
      this.decoding?.stream.write(message);
      this.decodeAll();
    } catch (error) {
      this.host.failed(messageOf(error));
    }
  }

  private openDecoder(): void {
    this.decoding?.decoder.destroy();
    this.decoding = null;
    this.newest = null;
    if (!this.wasm) return;
    const decoder = new JSMpeg.Decoder.MPEG1VideoWASM({
      streaming: true,
      wasmModule: this.wasm,
      videoBufferSize: BUFFER_BYTES,
      decodeFirstFrame: false,
    });
    decoder.connect({
      resize: (width, height) => Object.assign(this, { width, height }),
      render: (y, cr, cb) => (this.newest = { y, cb, cr }),
    });
    const stream = new JSMpeg.Demuxer.TS({});
    stream.connect(VIDEO_STREAM, decoder);
    this.decoding = { stream, decoder };
  }

  private decodeAll(): void {
    let decoded = 0;
    while (decoded < PICTURES_LIMIT && this.decoding?.decoder.decode()) decoded++;
    if (!this.newest || decoded === 0 || this.width === 0) return;
    this.skipped += decoded - 1;
    const picture = new ImageData(this.width, this.height);
    const planes = { ...this.newest, stride: (this.width + 15) & ~15 };
    toRgba(planes, this.width, this.height, picture.data, MPEG1_COLOURS);
    this.newest = null;
    this.canvas.painter.offer(pictureOfImageData(picture), null);
  }
}
