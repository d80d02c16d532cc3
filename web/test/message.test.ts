// Text messages of `ws/live` and `ws/mp4`.
import { describe, expect, it } from 'vitest';
import { parseFeedInit, codecOf } from '../src/player/mse_feed';
import { parseMessage } from '../src/wire/message';

describe('known messages', () => {
  it.each([
    [
      '{"type":"hello","protocol":"lenscast.v1","server":"lenscast 0.1.0","camera":"cam1","tracks":[{"track":0}]}',
      { type: 'hello', camera: 'cam1', server: 'lenscast 0.1.0', hasSound: false },
    ],
    [
      '{"type":"hello","server":"s","camera":"c","tracks":[{"track":0,"kind":"video"},{"track":1,"kind":"opus"}]}',
      { type: 'hello', camera: 'c', server: 's', hasSound: true },
    ],
    [
      '{"type":"sound","message":"","clock":{"offset_ms":-0.5,"drift_ppm":12.25,"gaps":1,"gap_ms":300.5}}',
      { type: 'sound', message: '', clock: { offsetMs: -0.5, driftPpm: 12.25, gaps: 1, gapMs: 300.5 } },
    ],
    ['{"type":"sound","message":"gone","clock":{"gaps":1}}', { type: 'sound', message: 'gone', clock: null }],
    [
      '{"type":"state","state":"live","message":""}',
      { type: 'state', state: 'live', message: '', retryMs: null },
    ],
    [
      '{"type":"state","state":"offline","message":"It ended.","retry_ms":400}',
      { type: 'state', state: 'offline', message: 'It ended.', retryMs: 400 },
    ],
    [
      '{"type":"config","track":0,"codec":"avc1.42c01f","width":1280,"height":720,"reorder_depth":2,"matrix":"bt601","full_range":true}',
      {
        type: 'config',
        track: 0,
        codec: 'avc1.42c01f',
        width: 1280,
        height: 720,
        reorderDepth: 2,
        colours: { matrix: 'bt601', fullRange: true },
      },
    ],
    [
      '{"type":"config","codec":"avc1.42c01f","width":2,"height":2,"matrix":"later"}',
      { colours: { matrix: 'bt709', fullRange: false } },
    ],
    ['{"type":"config","codec":"avc1.42c01f","width":2,"height":2}', { track: 0, reorderDepth: 0 }],
    [
      '{"type":"config","codec":"avc1.42c01f","width":2,"height":2,"pixel_aspect":[16,11],"crop":[0,4]}',
      { pixelAspect: [16, 11], crop: [0, 4] },
    ],
    [
      '{"type":"config","codec":"avc1.42c01f","width":2,"height":2,"pixel_aspect":[0,1],"crop":[1]}',
      { pixelAspect: [1, 1], crop: [0, 0] },
    ],
    ['{"type":"skip","track":0,"frames":12}', { type: 'skip', track: 0, frames: 12 }],
    ['{"type":"viewers","count":0}', { type: 'viewers', count: 0 }],
    ['{"type":"clock","t0":1.5,"t1":2,"t2":3}', { type: 'clock', t0: 1.5, t1: 2, t2: 3 }],
    ['{"type":"viewers","count":1,"later":{"more":[1]}}', { type: 'viewers', count: 1 }],
  ])('%s', (text, expected) => {
    expect(parseMessage(text)).toMatchObject(expected);
  });
});

describe('unknown messages are ignored', () => {
  it.each([
    '',
    'x',
    'null',
    '[]',
    '1',
    '{}',
    '{"type":"other"}',
    '{"type":"state","state":"dancing"}',
    '{"type":"config","codec":"","width":1,"height":1}',
    '{"type":"config","codec":"avc1.42c01f"}',
    '{"type":"clock","t0":"1","t1":2,"t2":3}',
    '{"type":"viewers"}',
  ])('%j', (text) => {
    expect(parseMessage(text)).toBeNull();
  });
});

describe('the init text of ws/mp4', () => {
  it.each([
    [
      '{"type":"init","mime":"video/mp4; codecs=\\"avc1.42e01f\\"","width":640,"height":480,"epoch":5}',
      { mime: 'video/mp4; codecs="avc1.42e01f"', width: 640, height: 480, epochUs: 5 },
    ],
    ['{"type":"init","mime":"video/mp4","width":640,"height":480}', { epochUs: null }],
  ])('%s', (text, expected) => {
    expect(parseFeedInit(text)).toMatchObject(expected);
  });

  it('is nothing else', () => {
    expect(parseFeedInit('{"type":"state"}')).toBeNull();
    expect(parseFeedInit('{"type":"init"}')).toBeNull();
  });

  it('names the codec', () => {
    expect(codecOf('video/mp4; codecs="avc1.42e01f"')).toBe('avc1.42e01f');
  });
});
