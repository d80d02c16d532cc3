/**
 * `new jsmpeg(webSocket, { canvas })`: the constructor of the jsmpg.js of 2013 with the decoder of today's jsmpeg.
 *
 *   "jsmp" | width | height      first message, 8 bytes, big-endian
 *   MPEG-1 video, cut anywhere   all others
 *
 * A picture is decoded in the same task in which the start code after it arrives. Pages draw "Loading…" on the canvas
 * before they create the player, so the canvas has a 2D context already.
 */
import JSMpeg from '@cycjimmy/jsmpeg-player';

const MAGIC = 0x6a736d70; // "jsmp"
const HEADER_BYTES = 8;
const PICTURE = 0x00;
/** A sequence header, a group header and the picture. */
const MAX_HEADERS = 3;
/** Start codes that end a picture: the next picture, sequence header, sequence end, group of pictures. */
const ENDS = new Set([PICTURE, 0xb3, 0xb7, 0xb8]);

class jsmpeg {
  constructor(from, options = {}) {
    const isSocket = typeof WebSocket !== 'undefined' && from instanceof WebSocket;
    if (!isSocket && !/^wss?:/.test(String(from))) throw new Error('this jsmpg.js plays a WebSocket only');
    this.canvas = options.canvas ?? document.createElement('canvas');
    this.renderer = new JSMpeg.Renderer.Canvas2D({ canvas: this.canvas });
    this.decoder = new JSMpeg.Decoder.MPEG1Video({ streaming: true, decodeFirstFrame: false });
    this.decoder.connect(this.renderer);
    this.ends = new PictureEnds();
    this.client = isSocket ? from : new WebSocket(from);
    this.client.binaryType = 'arraybuffer';
    this.client.addEventListener('message', ({ data }) => this.receive(data));
    if (options.onload) this.client.addEventListener('open', () => options.onload(this));
  }

  stop() {
    this.client.close();
  }

  receive(data) {
    if (!(data instanceof ArrayBuffer)) return;
    if (!this.started) {
      this.started = true;
      const header = new DataView(data);
      if (data.byteLength === HEADER_BYTES && header.getUint32(0) === MAGIC) {
        this.width = this.canvas.width = header.getUint16(4);
        this.height = this.canvas.height = header.getUint16(6);
        return;
      }
    }
    const bytes = new Uint8Array(data);
    this.decoder.write(0, [bytes]);
    for (let pictures = this.ends.count(bytes); pictures > 0; pictures--) this.decode();
  }

  /** Decodes a complete picture. The decoder handles one start code per call, and headers may precede the picture. */
  decode() {
    for (let code = 0; code < MAX_HEADERS && !this.decoder.decode(); code++);
  }
}

/** Counts the completed pictures; a start code may span messages. */
class PictureEnds {
  constructor() {
    this.last = 0xffffff;
    this.inPicture = false;
  }

  count(bytes) {
    let pictures = 0;
    for (const byte of bytes) {
      if (this.last === 0x000001 && ENDS.has(byte)) {
        if (this.inPicture) pictures++;
        this.inPicture = byte === PICTURE;
      }
      this.last = ((this.last << 8) | byte) & 0xffffff;
    }
    return pictures;
  }
}

globalThis.jsmpeg = jsmpeg;
