// Which players this browser can use, in which order, and why. `choosePlayers` is pure; `probeBrowser` looks.
//
// WebCodecs first: nothing waits between the decoder and the screen. It exists on https and on localhost only; on plain
// http Media Source Extensions play.

import type { PlayerKind } from './player';

/** What the browser has. */
export interface BrowserAbilities {
  /** https or localhost. */
  secure: boolean;
  videoDecoder: boolean;
  /** `VideoDecoder` says yes to H.264. */
  videoDecoderH264: boolean;
  mediaSource: 'MediaSource' | 'ManagedMediaSource' | null;
  mediaSourceH264: boolean;
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

const ADVICE = 'Current versions of Chrome, Edge, Firefox and Safari play it.';

/** `asked` is the value of `?player=`, or null. */
export function choosePlayers(can: BrowserAbilities, asked: string | null): Choices {
  const webcodecsLack = can.videoDecoderH264 ? null : lackOfWebCodecs(can);
  const mseLack = can.mediaSourceH264 ? null : lackOfMediaSource(can);

  if (asked === 'webcodecs' || asked === 'mse') {
    const lack = asked === 'webcodecs' ? webcodecsLack : mseLack;
    const player: Choice = { kind: asked, reason: `Asked for by ?player=${asked}.` };
    return lack ? { players: [], lacks: lack } : { players: [player], lacks: '' };
  }
  const players: Choice[] = [];
  if (!webcodecsLack) players.push({ kind: 'webcodecs', reason: 'The quickest this browser has.' });
  if (!mseLack) players.push({ kind: 'mse', reason: webcodecsLack ?? 'The second choice of this browser.' });
  return { players, lacks: players.length > 0 ? '' : `${webcodecsLack ?? ''} ${mseLack ?? ''} ${ADVICE}`.trim() };
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
  };
}

async function decodesH264(): Promise<boolean> {
  try {
    return (await VideoDecoder.isConfigSupported({ codec: SOME_H264 })).supported === true;
  } catch {
    return false;
  }
}
