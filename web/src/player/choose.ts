// Which players this browser can use, in which order, and why. `choosePlayers` is pure; `probeBrowser` asks the browser.
//
//   webcodecs ─► mse ─► broadway ─► jsmpeg ─► mjpeg        jmuxer: only by ?player=jmuxer
//   without WebSockets: mp4 ─► mjpeg
//
// WebCodecs comes first: nothing is buffered between the decoder and the screen. Browsers have it on https and localhost
// only; on plain http Media Source Extensions play. The other players are for browsers without H.264: a decoder in
// WebAssembly, then MPEG-1 and motion JPEG, which the server encodes. A player that fails is replaced by the next.

import { PLAYER_KINDS, playerKind, type PlayerKind } from './kinds';

/** What the browser supports. */
export interface BrowserAbilities {
  /** https or localhost. */
  secure: boolean;
  videoDecoder: boolean;
  /** `VideoDecoder` supports H.264. */
  videoDecoderH264: boolean;
  mediaSource: 'MediaSource' | 'ManagedMediaSource' | null;
  mediaSourceH264: boolean;
  /** Media Source Extensions play Opus beside it. */
  mediaSourceOpus: boolean;
  /** WebCodecs decode it, and there is an audio thread to play it. */
  audioDecoderOpus: boolean;
  webAssembly: boolean;
}

export interface Choice {
  kind: PlayerKind;
  /** A sentence for the info panel. */
  reason: string;
}

export interface Choices {
  /** Best first. Empty: this browser cannot play. */
  players: Choice[];
  /** What the browser lacks, when it cannot play; else ''. */
  missing: string;
}

/** A level that every H.264 decoder supports. The players check the camera's own codec. */
const COMMON_H264 = 'avc1.42e01f';

/** Best first. `jmuxer` uses Media Source too and exists for comparison only. */
const FALLBACK_ORDER: readonly PlayerKind[] = ['webcodecs', 'mse', 'broadway', 'jsmpeg', 'mjpeg'];

/** Best first, where no WebSocket passes. */
const HTTP_ORDER: readonly PlayerKind[] = ['mp4', 'mjpeg'];

/** For the information panel, where no WebSocket passes. */
export const NO_WEBSOCKET =
  'A proxy in front of the server does not pass WebSockets, so the video comes over plain HTTP.';

/** `requested` is the value of `?player=`, or null. `overHttp`: no WebSocket passes. */
export function choosePlayers(can: BrowserAbilities, requested: string | null, overHttp = false): Choices {
  const kind = playerKind(requested);
  if (kind && (!overHttp || HTTP_ORDER.includes(kind))) {
    const lack = missingFor(kind, can);
    return lack
      ? { players: [], missing: lack }
      : { players: [{ kind, reason: `Chosen by ?player=${kind}.` }], missing: '' };
  }
  const players: Choice[] = [];
  const missing: string[] = [];
  const unknown =
    requested && !kind
      ? `Unknown player in ?player=${requested.slice(0, SHOWN_CHARS)}; choose one of ${PLAYER_KINDS.join(', ')}. `
      : '';
  const first = overHttp ? NO_WEBSOCKET : FIRST_CHOICE;
  for (const kind of overHttp ? HTTP_ORDER : FALLBACK_ORDER) {
    const lack = missingFor(kind, can);
    if (lack) missing.push(lack);
    else players.push({ kind, reason: unknown + (reasonFor(kind, can) ?? (missing.join(' ') || first)) });
  }
  return { players, missing: players.length > 0 ? '' : missing.join(' ') };
}

/** A longer value of `?player=` is cut off. */
const SHOWN_CHARS = 20;

const FIRST_CHOICE = 'Playing by the fastest method this browser supports.';
const NO_H264 = 'This browser has no H.264 decoder, so the page decodes in software.';

/** A shorter reason than the list of what is missing; null if there is none. */
function reasonFor(kind: PlayerKind, can: BrowserAbilities): string | null {
  const lacksH264 = !can.videoDecoderH264 && can.mediaSource !== null && !can.mediaSourceH264;
  return kind === 'broadway' && lacksH264 ? NO_H264 : null;
}

/** What `kind` needs and the browser lacks, as a sentence; null when nothing is missing. */
function missingFor(kind: PlayerKind, can: BrowserAbilities): string | null {
  switch (kind) {
    case 'webcodecs':
      return can.videoDecoderH264 ? null : missingWebCodecs(can);
    case 'mse':
    case 'mp4':
    case 'jmuxer':
      return can.mediaSourceH264 ? null : missingMediaSource(can);
    case 'broadway':
    case 'jsmpeg':
      return can.webAssembly ? null : 'This browser has no WebAssembly.';
    case 'mjpeg':
      return null;
  }
}

function missingWebCodecs(can: BrowserAbilities): string {
  if (can.videoDecoder) return 'WebCodecs in this browser does not decode H.264.';
  return can.secure
    ? 'This browser has no WebCodecs.'
    : 'Browsers offer WebCodecs on https and localhost only.';
}

function missingMediaSource(can: BrowserAbilities): string {
  return can.mediaSource
    ? 'Media Source Extensions in this browser do not play H.264.'
    : 'This browser has no Media Source Extensions.';
}

/** The media source class to use: the managed one only if there is no other. */
export function mediaSourceClass(): typeof MediaSource | null {
  const scope = window as unknown as {
    MediaSource?: typeof MediaSource;
    ManagedMediaSource?: typeof MediaSource;
  };
  return scope.MediaSource ?? scope.ManagedMediaSource ?? null;
}

export async function probeBrowser(): Promise<BrowserAbilities> {
  const videoDecoder = 'VideoDecoder' in window;
  const source = mediaSourceClass();
  const managed = source !== null && !('MediaSource' in window);
  return {
    secure: window.isSecureContext,
    videoDecoder,
    videoDecoderH264: videoDecoder && (await decodesH264()),
    mediaSource: source === null ? null : managed ? 'ManagedMediaSource' : 'MediaSource',
    mediaSourceH264: source?.isTypeSupported(`video/mp4; codecs="${COMMON_H264}"`) ?? false,
    mediaSourceOpus: source?.isTypeSupported(`video/mp4; codecs="${COMMON_H264},Opus"`) ?? false,
    audioDecoderOpus: await decodesOpus(),
    webAssembly: 'WebAssembly' in window,
  };
}

async function decodesOpus(): Promise<boolean> {
  if (!('AudioDecoder' in window && 'AudioWorkletNode' in window)) return false;
  const opus = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 };
  return AudioDecoder.isConfigSupported(opus).then(
    ({ supported }) => supported === true,
    () => false,
  );
}

async function decodesH264(): Promise<boolean> {
  try {
    return (await VideoDecoder.isConfigSupported({ codec: COMMON_H264 })).supported === true;
  } catch {
    return false;
  }
}
