// Which player, and why.
import { describe, expect, it } from 'vitest';
import { choosePlayers, type BrowserAbilities } from '../src/player/choose';

const all: BrowserAbilities = {
  secure: true, videoDecoder: true, videoDecoderH264: true, mediaSource: 'MediaSource', mediaSourceH264: true,
};
const plainHttp = { ...all, secure: false, videoDecoder: false, videoDecoderH264: false };
const nothing = { ...all, videoDecoder: false, videoDecoderH264: false, mediaSource: null, mediaSourceH264: false };

describe('the players', () => {
  it.each<[string, BrowserAbilities, string | null, string[], string]>([
    ['a browser with everything', all, null, ['webcodecs', 'mse'], 'quickest'],
    ['plain http', plainHttp, null, ['mse'], 'https and localhost'],
    ['an old browser on https', { ...plainHttp, secure: true }, null, ['mse'], 'no WebCodecs'],
    ['WebCodecs without H.264', { ...all, videoDecoderH264: false }, null, ['mse'], 'do not decode H.264'],
    ['no media source', { ...all, mediaSource: null, mediaSourceH264: false }, null, ['webcodecs'], 'quickest'],
    ['an iPhone on plain http', { ...plainHttp, mediaSource: 'ManagedMediaSource' }, null, ['mse'], 'https and localhost'],
    ['MSE asked for', all, 'mse', ['mse'], '?player=mse'],
    ['WebCodecs asked for', all, 'webcodecs', ['webcodecs'], '?player=webcodecs'],
    ['something unknown asked for', all, 'vhs', ['webcodecs', 'mse'], 'quickest'],
  ])('%s', (_name, can, asked, kinds, reason) => {
    const { players, lacks } = choosePlayers(can, asked);
    expect(players.map((player) => player.kind)).toEqual(kinds);
    expect(players[0]?.reason).toContain(reason);
    expect(lacks).toBe('');
  });

  it.each<[string, BrowserAbilities, string | null, string]>([
    ['nothing at all', nothing, null, 'no Media Source Extensions'],
    ['WebCodecs asked for on plain http', plainHttp, 'webcodecs', 'https and localhost'],
    ['MSE without H.264', { ...nothing, mediaSource: 'MediaSource' }, null, 'do not play H.264'],
  ])('none: %s', (_name, can, asked, lack) => {
    const { players, lacks } = choosePlayers(can, asked);
    expect(players).toEqual([]);
    expect(lacks).toContain(lack);
  });
});
