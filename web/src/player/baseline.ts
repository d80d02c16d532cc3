// Whether the software decoders (tinyh264, Broadway) can decode a stream, judged by its codec string. Pure.
//
//   avc1.PPCCLL    PP profile_idc, CC constraint flags, LL level, hexadecimal (RFC 6381 section 3.3)
//
// They decode Constrained Baseline: no CABAC, no B frames, no weighted prediction, no 8x8 transform.

const BASELINE = 66;
/** `constraint_set0_flag`: the stream obeys Baseline, whatever its profile (ITU-T H.264 section 7.4.2.1.1). */
const OBEYS_BASELINE = 0x80;

const PROFILES: Record<number, string> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
};

/** Why a software decoder cannot decode the stream, with the remedy; null when it can. */
export function softwareObstacle(codec: string, reorderDepth: number): string | null {
  const match = /^avc1\.([0-9a-f]{2})([0-9a-f]{2})[0-9a-f]{2}$/i.exec(codec);
  if (!match) return `the software decoder plays only H.264, and the stream is ${codec}`;
  const profile = parseInt(match[1] ?? '', 16);
  const constraints = parseInt(match[2] ?? '', 16);
  const isBaseline = profile === BASELINE || (constraints & OBEYS_BASELINE) !== 0;
  if (isBaseline && reorderDepth === 0) return null;
  const property = isBaseline ? 'has B frames' : `is ${PROFILES[profile] ?? `profile ${profile}`} (${codec})`;
  return `the software decoder plays only H.264 Baseline, and the stream ${property}; set the camera or encoder to the Baseline profile`;
}
