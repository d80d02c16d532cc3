// Finds the parameters of a stream in its bytes, for players whose library does not notice that they change. Pure.

/** The SPS of an Annex B access unit, from its NAL header on, as text to compare; null if there is none before the slices. */
export function spsOf(unit: Uint8Array): string | null {
  const limit = Math.min(unit.length, 512);
  for (let at = 0; at + 4 < limit; at++) {
    if (unit[at] !== 0 || unit[at + 1] !== 0 || unit[at + 2] !== 1) continue;
    const type = (unit[at + 3] ?? 0) & 0x1f;
    if (type === 1 || type === 5) return null;
    if (type !== 7) continue;
    let end = at + 4;
    while (end < limit && !(unit[end] === 0 && unit[end + 1] === 0 && (unit[end + 2] ?? 2) <= 1)) end++;
    return unit.slice(at + 3, end).join(' ');
  }
  return null;
}

/** The picture size in the MPEG-1 sequence header in `bytes`, as `WxH`; null without a header. (ISO/IEC 11172-2, 2.4.2.3) */
export function mpeg1SizeOf(bytes: Uint8Array): string | null {
  for (let at = bytes.indexOf(0xb3, 3); at >= 0 && at + 3 < bytes.length; at = bytes.indexOf(0xb3, at + 1)) {
    if (bytes[at - 1] !== 1 || bytes[at - 2] !== 0 || bytes[at - 3] !== 0) continue;
    const [high = 0, middle = 0, low = 0] = bytes.subarray(at + 1, at + 4);
    return `${(high << 4) | (middle >> 4)}x${((middle & 15) << 8) | low}`;
  }
  return null;
}
