// The order of the players and the reason for the first.
import { describe, expect, it } from 'vitest';
import { choosePlayers, NO_WEBSOCKET, type BrowserAbilities } from '../src/player/choose';

const all: BrowserAbilities = {
  secure: true,
  videoDecoder: true,
  videoDecoderH264: true,
  mediaSource: 'MediaSource',
  mediaSourceH264: true,
  mediaSourceOpus: true,
  audioDecoderOpus: false,
  webAssembly: true,
};
const plainHttp = { ...all, secure: false, videoDecoder: false, videoDecoderH264: false };
const nothing = {
  ...all,
  videoDecoder: false,
  videoDecoderH264: false,
  mediaSource: null,
  mediaSourceH264: false,
  webAssembly: false,
};
const rest = ['broadway', 'jsmpeg', 'mjpeg'];

describe('the players', () => {
  it.each<[string, BrowserAbilities, string | null, string[], string]>([
    ['a browser with everything', all, null, ['webcodecs', 'mse', ...rest], 'fastest method'],
    ['plain http', plainHttp, null, ['mse', ...rest], 'https and localhost'],
    ['an old browser on https', { ...plainHttp, secure: true }, null, ['mse', ...rest], 'no WebCodecs'],
    [
      'WebCodecs without H.264',
      { ...all, videoDecoderH264: false },
      null,
      ['mse', ...rest],
      'does not decode H.264',
    ],
    [
      'no media source',
      { ...all, mediaSource: null, mediaSourceH264: false },
      null,
      ['webcodecs', ...rest],
      'fastest method',
    ],
    [
      'an iPhone on plain http',
      { ...plainHttp, mediaSource: 'ManagedMediaSource' },
      null,
      ['mse', ...rest],
      'https and localhost',
    ],
    [
      'a browser without H.264',
      { ...all, videoDecoderH264: false, mediaSourceH264: false },
      null,
      rest,
      'no H.264 decoder, so the page decodes in software',
    ],
    [
      'no media source on plain http, where a decoder may exist',
      { ...plainHttp, mediaSource: null, mediaSourceH264: false },
      null,
      rest,
      'localhost only. This browser has no Media Source Extensions.',
    ],
    ['nothing at all', nothing, null, ['mjpeg'], 'no WebAssembly'],
    ['JMuxer requested', all, 'jmuxer', ['jmuxer'], '?player=jmuxer'],
    ['MPEG-1 requested', all, 'jsmpeg', ['jsmpeg'], '?player=jsmpeg'],
    ['MSE requested', all, 'mse', ['mse'], '?player=mse'],
    ['WebCodecs requested', all, 'webcodecs', ['webcodecs'], '?player=webcodecs'],
    [
      'an unknown player requested',
      all,
      'vhs',
      ['webcodecs', 'mse', ...rest],
      'Unknown player in ?player=vhs; choose one of webcodecs, mse, mp4, jmuxer, broadway, jsmpeg, mjpeg. Playing by the fastest',
    ],
    ['an empty request', all, '', ['webcodecs', 'mse', ...rest], 'Playing by the fastest'],
  ])('%s', (_name, can, requested, kinds, reason) => {
    const { players, missing } = choosePlayers(can, requested);
    expect(players.map((player) => player.kind)).toEqual(kinds);
    expect(players[0]?.reason).toContain(reason);
    expect(missing).toBe('');
  });

  it.each<[string, BrowserAbilities, string | null, string[], string]>([
    ['any browser', all, null, ['mp4', 'mjpeg'], NO_WEBSOCKET],
    ['no H.264', nothing, null, ['mjpeg'], 'no Media Source Extensions'],
    ['a player that needs WebSockets', all, 'webcodecs', ['mp4', 'mjpeg'], NO_WEBSOCKET],
    ['MJPEG requested', all, 'mjpeg', ['mjpeg'], '?player=mjpeg'],
    ['MP4 requested', all, 'mp4', ['mp4'], '?player=mp4'],
  ])('without WebSockets: %s', (_name, can, requested, kinds, reason) => {
    const { players } = choosePlayers(can, requested, true);
    expect(players.map((player) => player.kind)).toEqual(kinds);
    expect(players[0]?.reason).toContain(reason);
  });

  it.each<[string, BrowserAbilities, string | null, string]>([
    ['JMuxer requested without Media Source', nothing, 'jmuxer', 'no Media Source Extensions'],
    ['software requested without WebAssembly', nothing, 'broadway', 'no WebAssembly'],
    ['WebCodecs requested on plain http', plainHttp, 'webcodecs', 'https and localhost'],
    ['MSE requested without H.264', { ...nothing, mediaSource: 'MediaSource' }, 'mse', 'do not play H.264'],
  ])('none: %s', (_name, can, requested, lack) => {
    const { players, missing } = choosePlayers(can, requested);
    expect(players).toEqual([]);
    expect(missing).toContain(lack);
  });
});
