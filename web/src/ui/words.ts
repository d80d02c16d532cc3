// What each state is called and says, in words a person understands. Pure.

import type { State, StateName } from '../state';

export interface Words {
  /** In the pill and in the page's title: one or two words. */
  label: string;
  /** The headline over the dimmed picture; '' shows none. */
  headline: string;
  detail: string;
  /** Something is under way that needs patience only. */
  busy: boolean;
}

export function wordsFor(state: State): Words {
  const { detail, seconds } = state;
  switch (state.name) {
    case 'live':
      return words('Live', '');
    case 'connecting':
      return words('Connecting', 'Connecting', '', true);
    case 'starting':
      return words('Starting', 'Starting', detail || 'Waiting for the first picture.', true);
    case 'waiting':
      return words('Waiting', 'Almost there', detail || 'The picture comes with the next keyframe.', true);
    case 'stalled':
      return words('No picture', `No new picture for ${seconds ?? 0} s`, detail);
    case 'paused':
      return words('Paused', ''); // the picture stays as it is, to be looked at
    case 'hidden':
      return words('Resting', '');
    case 'tap':
      return words('Ready', 'Ready to play', 'This browser wants a tap first.');
    case 'offline':
      return words('Offline', 'Camera offline', sentence(detail, retry(seconds)));
    case 'ended':
      return words('Ended', 'The video has ended', detail);
    case 'gone':
      return words('Reconnecting', 'Server not reachable', sentence(detail && `It said: ${detail}`, 'The picture comes back by itself.'), true);
    case 'full':
      return words('Full', 'Too many viewers', sentence(detail, 'It is tried again by itself.'));
    case 'refused':
      return words('Refused', 'The server refused', detail);
    case 'unplayable':
      return words('Cannot play', 'This browser cannot play the video', detail);
  }
}

/** States in which the picture is as it should be: nothing dims it. */
export function isCalm(name: StateName): boolean {
  return name === 'live' || name === 'hidden' || name === 'paused';
}

function words(label: string, headline: string, detail = '', busy = false): Words {
  return { label, headline, detail, busy };
}

function retry(seconds: number | null): string {
  if (seconds === null) return '';
  return seconds > 0 ? `Next try in ${seconds} s.` : 'Trying again.';
}

/** Joins sentences, ending the first with a full stop when it has none. */
function sentence(first: string, second: string): string {
  const ended = first && !/[.!?…]$/.test(first) ? `${first}.` : first;
  return [ended, second].filter(Boolean).join(' ');
}
