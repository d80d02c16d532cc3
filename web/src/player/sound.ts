// Which players play sound, and how loud. Pure but for the volume that the browser keeps.
//
// A page begins muted, as browsers demand, and a muted page receives no sound. What is kept is how loud it was.

import type { Choices } from './choose';
import type { PlayerKind } from './kinds';

/** The players that play sound. */
const WITH_SOUND: readonly PlayerKind[] = ['mse', 'mp4'];
const KEY = 'lenscast.volume';
const LOUDEST = 1;

/** Whether a player of `choices` plays sound. */
export function playsSound(choices: Choices): boolean {
  return choices.players.some(({ kind }) => WITH_SOUND.includes(kind));
}

/** The same players, those with sound first. */
export function soundFirst(choices: Choices): Choices {
  const hasSound = ({ kind }: { kind: PlayerKind }) => WITH_SOUND.includes(kind);
  const [first, ...others] = choices.players.filter(hasSound);
  if (!first || first === choices.players[0]) return choices;
  const best = { ...first, reason: 'Chosen because it plays the sound.' };
  return { ...choices, players: [best, ...others, ...choices.players.filter((one) => !hasSound(one))] };
}

/** How loud it was last, from 0 to 1. */
export function keptVolume(storage: Pick<Storage, 'getItem'> | null): number {
  const text = storage?.getItem(KEY) ?? null;
  const kept = text === null ? LOUDEST : Number(text);
  return kept > 0 && kept <= LOUDEST ? kept : LOUDEST;
}

export function keepVolume(storage: Pick<Storage, 'setItem'> | null, volume: number): void {
  try {
    if (volume > 0) storage?.setItem(KEY, String(volume));
  } catch {
    // It is full.
  }
}

/** The browser's storage; null where it refuses it. */
export function pageStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
