// The name of a codec for people: `H.264 Baseline 3.1 (avc1.42c01f)`. Pure.
//
//   avc1.PPCCLL    PP profile_idc, CC constraint flags, LL level, hexadecimal (RFC 6381 section 3.3; ITU-T H.264 annex A)

const PROFILES: Record<number, string> = {
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  122: 'High 4:2:2',
  244: 'High 4:4:4',
};
/** `constraint_set3_flag`: with level 11 in the profiles up to Extended it means level 1b. */
const CONSTRAINT_SET3 = 0x10;

/** A codec that is not H.264 stays as it is. Several stand behind commas. */
export function codecName(codecs: string): string {
  return codecs.split(',').map(nameOf).join(', ');
}

function nameOf(codec: string): string {
  const match = /^avc[13]\.([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(codec);
  if (!match) return codec;
  const [profile = 0, constraints = 0, level = 0] = match.slice(1).map((digits) => parseInt(digits, 16));
  const name = PROFILES[profile] ?? `profile ${profile}`;
  const is1b = level === 9 || (level === 11 && profile <= 88 && (constraints & CONSTRAINT_SET3) !== 0);
  return `H.264 ${name} ${is1b ? '1b' : (level / 10).toFixed(1)} (${codec})`;
}
