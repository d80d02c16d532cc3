// The worker of the software player: tinyh264 decodes, and the newest picture is posted back as RGBA.
//
//   decode ─► decode ─► decode ─► (queue is empty) ─► convert the newest ─► picture
//
// Converting costs more than decoding, so it is queued behind all waiting messages: a burst costs one conversion.

import createModule, { type TinyH264Module } from 'tinyh264/es/TinyH264';
import TinyH264Decoder from 'tinyh264/es/TinyH264Decoder';
import type { Colours, Pair } from '../wire/message';
import { planesOf, toRgba } from './yuv';

export type ToWorker =
  | { type: 'begin'; generation: number; width: number; height: number; colours: Colours; crop: Pair }
  | { type: 'decode'; generation: number; id: number; unit: Uint8Array<ArrayBuffer> };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'failed'; reason: string }
  | { type: 'done'; generation: number; id: number }
  | {
      type: 'picture';
      generation: number;
      id: number;
      rgba: Uint8ClampedArray<ArrayBuffer>;
      width: number;
      height: number;
    };

interface Decoded {
  id: number;
  planes: Uint8Array;
  codedWidth: number;
  codedHeight: number;
}

const scope = self as unknown as {
  fetch: unknown;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
};

let module: TinyH264Module | null = null;
let decoder: TinyH264Decoder | null = null;
let generation = 0;
let width = 0;
let height = 0;
let colours: Colours | null = null;
let crop: Pair = [0, 0];
let decodingId = 0;
let newest: Decoded | null = null;
let earlyMessages: ToWorker[] = [];
const convertQueue = new MessageChannel();
let convertQueued = false;

const post = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

scope.onmessage = (event) => handle(event.data);
convertQueue.port1.onmessage = () => convert();
// The library fetches its own data: address, which a Content-Security-Policy forbids. Without fetch it decodes it itself.
scope.fetch = undefined;
createModule()
  .then((loaded) => {
    module = loaded;
    post({ type: 'ready' });
    for (const message of earlyMessages) handle(message);
    earlyMessages = [];
  })
  .catch((error: unknown) => post({ type: 'failed', reason: String(error) }));

function handle(message: ToWorker): void {
  if (!module) {
    if (message.type === 'begin') earlyMessages = [];
    earlyMessages.push(message); // bounded: the page stops at a full queue
  } else if (message.type === 'begin') {
    begin(module, message);
  } else if (message.generation === generation && decoder) {
    decodingId = message.id;
    decoder.decode(message.unit);
    post({ type: 'done', generation, id: message.id });
  }
}

function begin(loaded: TinyH264Module, message: ToWorker & { type: 'begin' }): void {
  const sameSize = width === message.width && height === message.height;
  ({ generation, width, height, colours, crop } = message);
  newest = null;
  if (decoder && sameSize) return; // the decoder continues at the next keyframe
  if (decoder) {
    decoder.release();
    loaded._free(decoder._decBuffer); // release() does not free this buffer
  }
  decoder = new TinyH264Decoder(loaded, (planes, codedWidth, codedHeight) => {
    newest = { id: decodingId, planes, codedWidth, codedHeight };
    if (!convertQueued) convertQueue.port2.postMessage(null);
    convertQueued = true;
  });
}

function convert(): void {
  convertQueued = false;
  if (!newest || !colours) return;
  const { id, planes, codedWidth, codedHeight } = newest;
  newest = null;
  const [left, top] = crop;
  const [shownWidth, shownHeight] = [Math.min(width, codedWidth - left), Math.min(height, codedHeight - top)];
  const rgba = new Uint8ClampedArray(shownWidth * shownHeight * 4);
  toRgba(planesOf(planes, codedWidth, codedHeight, crop), shownWidth, shownHeight, rgba, colours);
  post({ type: 'picture', generation, id, rgba, width: shownWidth, height: shownHeight }, [rgba.buffer]);
}
