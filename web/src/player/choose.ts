// Which players this browser can use, in which order, and why. `choosePlayers` is pure; `probeBrowser` looks.
//
//   webcodecs ─► mse ─► broadway ─► jsmpeg ─► mjpeg        jmuxer: only when asked for
//
// WebCodecs first: nothing waits between the decoder and the screen. It exists on https and on localhost only; on plain
// http Media Source Extensions play. The others are for browsers without H.264: a decoder in WebAssembly, then what the
// server encodes anew. Whether the server can is known when the player asks; one that cannot play makes way for the next.

import { PLAYER_KINDS, playerKind, type PlayerKind } from './kinds';

/** What the browser has. */
export interface BrowserAbilities {
  /** https or localhost. */
  secure: boolean;
  videoDecoder: boolean;
  /** `VideoDecoder` says yes to H.264. */
  videoDecoderH264: boolean;
  mediaSource: 'MediaSource' | 'ManagedMediaSource' | null;
  mediaSourceH264: boolean;
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
  /** What is missing, as a sentence, when nothing can play. */
  lacks: string;
}

/** Any H.264 will do for the first look; the players check the camera's own codec. */
const SOME_H264 = 'avc1.42e01f';

/** Best first. `jmuxer` is Media Source again, for comparison, and not among them. */
const CHAIN: readonly PlayerKind[] = ['webcodecs', 'mse', 'broadway', 'jsmpeg', 'mjpeg'];

/** `asked` is the value of `?player=`, or null. */
export function choosePlayers(can: BrowserAbilities, asked: string | null): Choices {
  const kind = playerKind(asked);
  if (kind) {
    const lack = lackOf(kind, can);
    return lack ? { players: [], lacks: lack } : { players: [{ kind, reason: `Asked for by ?player=${kind}.` }], lacks: '' };
  }
  const players: Choice[] = [];
  const lacks: string[] = [];
  const unknown = asked ? `?player=${asked.slice(0, SHOWN_CHARS)} is none of ${PLAYER_KINDS.join(', ')}. ` : '';
  for (const kind of CHAIN) {
    const lack = lackOf(kind, can);
    if (lack) lacks.push(lack);
    else players.push({ kind, reason: unknown + (lacks.join(' ') || FIRST_CHOICE) });
  }
  return { players, lacks: players.length > 0 ? '' : lacks.join(' ') };
}

/** More of what was asked for is not shown. */
const SHOWN_CHARS = 20;

const FIRST_CHOICE = 'The quickest this browser has.';

/** What `kind` needs and the browser has not, as a sentence; null when nothing is missing. */
function lackOf(kind: PlayerKind, can: BrowserAbilities): string | null {
  switch (kind) {
    case 'webcodecs':
      return can.videoDecoderH264 ? null : lackOfWebCodecs(can);
    case 'mse':
    case 'jmuxer':
      return can.mediaSourceH264 ? null : lackOfMediaSource(can);
    case 'broadway':
    case 'jsmpeg':
      return can.webAssembly ? null : 'It has no WebAssembly.';
    case 'mjpeg':
      return null;
  }
}

function lackOfWebCodecs(can: BrowserAbilities): string {
  if (can.videoDecoder) return 'Its WebCodecs do not decode H.264.';
  return can.secure ? 'It has no WebCodecs.' : 'Browsers offer WebCodecs on https and localhost only.';
}

function lackOfMediaSource(can: BrowserAbilities): string {
  return can.mediaSource ? 'Its Media Source Extensions do not play H.264.' : 'It has no Media Source Extensions.';
}

/** The media source class to use: the managed one only where there is no other. */
export function mediaSourceClass(): typeof MediaSource | null {
  const scope = window as unknown as { MediaSource?: typeof MediaSource; ManagedMediaSource?: typeof MediaSource };
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
    mediaSourceH264: source?.isTypeSupported(`video/mp4; codecs="${SOME_H264}"`) ?? false,
    webAssembly: 'WebAssembly' in window,
  };
}

async function decodesH264(): Promise<boolean> {
  try {
    return (await VideoDecoder.isConfigSupported({ codec: SOME_H264 })).supported === true;
  } catch {
    return false;
  }
}
