// Binary messages of `ws/live`: a frame as in docs/player-wire.md, and messages that are not frames.
import { describe, expect, it } from 'vitest';
import { parseFrame } from '../src/wire/frame';

interface Parts {
  kind?: number;
  header?: number;
  track?: number;
  flags?: number;
  durationUs?: number;
  sequence?: bigint;
  ptsUs?: bigint;
  capturedAt?: bigint;
  receivedAt?: bigint;
  readyAt?: bigint;
  payload?: number[];
  extra?: number;
}

function message(parts: Parts): ArrayBuffer {
  const header = 48 + (parts.extra ?? 0);
  const payload = parts.payload ?? [0, 0, 0, 1, 0x65];
  const bytes = new ArrayBuffer(header + payload.length);
  const view = new DataView(bytes);
  view.setUint8(0, parts.kind ?? 1);
  view.setUint8(1, parts.header ?? header);
  view.setUint8(2, parts.track ?? 0);
  view.setUint8(3, parts.flags ?? 0);
  view.setUint32(4, parts.durationUs ?? 33_333);
  view.setBigUint64(8, parts.sequence ?? 0n);
  view.setBigInt64(16, parts.ptsUs ?? 0n);
  view.setBigUint64(24, parts.capturedAt ?? 0n);
  view.setBigUint64(32, parts.receivedAt ?? 0n);
  view.setBigUint64(40, parts.readyAt ?? 0n);
  new Uint8Array(bytes).set(payload, header);
  return bytes;
}

describe('a frame', () => {
  it('holds every field exactly', () => {
    const frame = parseFrame(
      message({
        track: 3,
        flags: 0b101,
        durationUs: 40_000,
        sequence: 4_294_967_297n,
        ptsUs: 5_000_000_123n,
        capturedAt: 1_795_000_000_000_001n,
        receivedAt: 1_795_000_000_000_002n,
        readyAt: 1_795_000_000_000_003n,
        payload: [1, 2, 3],
      }),
    );
    expect(frame).toMatchObject({
      track: 3,
      key: true,
      disposable: false,
      durationUs: 40_000,
      sequence: 4_294_967_297,
      ptsUs: 5_000_000_123,
      capturedAtUs: 1_795_000_000_000_001,
      receivedAtUs: 1_795_000_000_000_002,
      readyAtUs: 1_795_000_000_000_003,
    });
    expect([...(frame?.payload ?? [])]).toEqual([1, 2, 3]);
  });

  it.each([
    ['no flag', 0, { key: false, disposable: false, capturedAtUs: null }],
    ['key', 1, { key: true, disposable: false, capturedAtUs: null }],
    ['disposable', 2, { key: false, disposable: true, capturedAtUs: null }],
    ['capture time known', 4, { key: false, disposable: false, capturedAtUs: 7 }],
    ['flags of a later version', 0xf8, { key: false, disposable: false, capturedAtUs: null }],
  ])('reads %s', (_name, flags, expected) => {
    expect(parseFrame(message({ flags, capturedAt: 7n }))).toMatchObject(expected);
  });

  it('reads a negative PTS', () => {
    expect(parseFrame(message({ ptsUs: -66_667n }))?.ptsUs).toBe(-66_667);
  });

  it('finds the payload after fields of a later version', () => {
    expect([...(parseFrame(message({ extra: 8, payload: [9] }))?.payload ?? [])]).toEqual([9]);
  });

  it('may be empty', () => {
    expect(parseFrame(message({ payload: [] }))?.payload.byteLength).toBe(0);
  });
});

describe('what is not a frame is ignored', () => {
  it.each([
    ['nothing', new ArrayBuffer(0)],
    ['a short message', message({ payload: [] }).slice(0, 47)],
    ['another kind', message({ kind: 2 })],
    ['a header that is too short', message({ header: 47 })],
    ['a header longer than the message', message({ header: 60, payload: [1] })],
  ])('%s', (_name, bytes) => {
    expect(parseFrame(bytes)).toBeNull();
  });
});
