// The worker of the software player: tinyh264 decodes, and the newest picture goes back as RGBA.
//
//   decode ─► decode ─► decode ─► (nothing more waits) ─► convert the newest ─► picture
//
// Converting costs more than decoding, so it is put behind all that waits in the worker's queue: a burst costs one.

import createModule, { type TinyH264Module } from 'tinyh264/es/TinyH264';
import TinyH264Decoder from 'tinyh264/es/TinyH264Decoder';
import type { Colours } from '../wire/message';
import { planesOf, toRgba } from './yuv';

export type ToWorker =
  | { type: 'begin'; generation: number; width: number; height: number; colours: Colours }
  | { type: 'decode'; generation: number; id: number; unit: Uint8Array<ArrayBuffer> };

export type FromWorker =
  | { type: 'ready' }
  | { type: 'failed'; reason: string }
  | { type: 'done'; generation: number; id: number }
  | { type: 'picture'; generation: number; id: number; rgba: Uint8ClampedArray<ArrayBuffer>; width: number; height: number };

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
let deciding = 0;
let newest: Decoded | null = null;
let early: ToWorker[] = [];
const later = new MessageChannel();
let planned = false;

const say = (message: FromWorker, transfer: Transferable[] = []) => scope.postMessage(message, transfer);

scope.onmessage = (event) => take(event.data);
later.port1.onmessage = () => convert();
// The library would fetch() its own data: address, which a Content-Security-Policy forbids; without fetch it decodes it.
scope.fetch = undefined;
createModule().then((loaded) => {
  module = loaded;
  say({ type: 'ready' });
  for (const message of early) take(message);
  early = [];
}).catch((error: unknown) => say({ type: 'failed', reason: String(error) }));

function take(message: ToWorker): void {
  if (!module) {
    if (message.type === 'begin') early = [];
    early.push(message); // as many as the page keeps, since it stops at a full queue
  } else if (message.type === 'begin') {
    begin(module, message);
  } else if (message.generation === generation && decoder) {
    deciding = message.id;
    decoder.decode(message.unit);
    say({ type: 'done', generation, id: message.id });
  }
}

function begin(loaded: TinyH264Module, message: ToWorker & { type: 'begin' }): void {
  const sameSize = width === message.width && height === message.height;
  ({ generation, width, height, colours } = message);
  newest = null;
  if (decoder && sameSize) return; // it begins anew at the next keyframe by itself
  if (decoder) {
    decoder.release();
    loaded._free(decoder._decBuffer); // which the library forgets
  }
  decoder = new TinyH264Decoder(loaded, (planes, codedWidth, codedHeight) => {
    newest = { id: deciding, planes, codedWidth, codedHeight };
    if (!planned) later.port2.postMessage(null);
    planned = true;
  });
}

function convert(): void {
  planned = false;
  if (!newest || !colours) return;
  const { id, planes, codedWidth, codedHeight } = newest;
  newest = null;
  const [shownWidth, shownHeight] = [Math.min(width, codedWidth), Math.min(height, codedHeight)];
  const rgba = new Uint8ClampedArray(shownWidth * shownHeight * 4);
  toRgba(planesOf(planes, codedWidth, codedHeight), shownWidth, shownHeight, rgba, colours);
  say({ type: 'picture', generation, id, rgba, width: shownWidth, height: shownHeight }, [rgba.buffer]);
}
