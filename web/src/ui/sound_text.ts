// What the information panel says of the sound.

import type { SoundClock, SoundMessage } from '../wire/message';

/** `muted` · `in time` · `0.4 ms late, clock 12 ppm fast, 1 gap of 300 ms` · why there is silence */
export function soundText(
  { message, clock }: Pick<SoundMessage, 'message' | 'clock'>,
  isOn: boolean,
): string {
  if (message) return message;
  if (!isOn) return 'muted';
  return clock ? clockText(clock) : 'in time';
}

function clockText({ offsetMs, driftPpm, gaps, gapMs }: SoundClock): string {
  const offset = `${Math.abs(offsetMs).toFixed(1)} ms ${offsetMs < 0 ? 'early' : 'late'}`;
  const drift = `clock ${Math.abs(driftPpm).toFixed(0)} ppm ${driftPpm < 0 ? 'slow' : 'fast'}`;
  const lost = gaps === 0 ? [] : [`${gaps} ${gaps === 1 ? 'gap' : 'gaps'} of ${gapMs.toFixed(0)} ms`];
  return [offset, drift, ...lost].join(', ');
}
