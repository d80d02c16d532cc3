// The texts of each state: label, headline and detail. Pure.

import type { State, StateName } from '../state';

export interface StateText {
  /** One or two words for the pill and the page's title. */
  label: string;
  /** The headline over the dimmed picture; '' shows none. */
  headline: string;
  detail: string;
  /** The viewer only has to wait. */
  busy: boolean;
}

export function stateText(state: State): StateText {
  const { detail, seconds } = state;
  switch (state.name) {
    case 'live':
      return text(detail ? 'Snapshots' : 'Live', '', detail);
    case 'connecting':
      return text('Connecting', 'Connecting', '', true);
    case 'starting':
      return text('Starting', 'Starting', detail || 'Waiting for the first picture.', true);
    case 'waiting':
      return text('Waiting', 'Almost there', detail || 'The picture comes with the next keyframe.', true);
    case 'stalled':
      return text('No picture', `No new picture for ${seconds ?? 0} s`, detail);
    case 'paused':
      return text('Paused', ''); // no headline over the picture, so that it can be looked at
    case 'hidden':
      return text('Hidden', '');
    case 'tap':
      return text('Ready', 'Ready to play', 'This browser starts videos only after a tap.');
    case 'offline':
      return text('Offline', 'Camera offline', sentence(detail, retry(seconds)));
    case 'ended':
      return text('Ended', 'The video has ended', detail);
    case 'gone':
      return text(
        'Reconnecting',
        'Server not reachable',
        sentence(capitalise(detail), 'The picture returns when the server answers again.'),
        true,
      );
    case 'full':
      return text('Full', 'Too many viewers', sentence(capitalise(detail), 'Trying again automatically.'));
    case 'refused':
      return text('Refused', 'The server refused the connection', capitalise(detail));
    case 'password':
      return text('Password', 'This address asks for a password', 'Load the page again to give it.');
    case 'denied':
      return text('No access', 'Access is refused', sentence(capitalise(detail), RETRIED_RARELY));
    case 'missing':
      return text(
        'No camera',
        'There is no such camera',
        sentence(capitalise(detail.replace(/^there is no such camera: /i, '')), ''),
      );
    case 'unplayable':
      return text('Cannot play', 'This browser cannot play the video', detail);
  }
}

const RETRIED_RARELY = 'Trying again from time to time.';

/** States in which the picture is not dimmed. */
export function isCalm(name: StateName): boolean {
  return name === 'live' || name === 'hidden' || name === 'paused';
}

function text(label: string, headline: string, detail = '', busy = false): StateText {
  return { label, headline, detail, busy };
}

function retry(seconds: number | null): string {
  if (seconds === null) return '';
  return seconds > 0 ? `Next try in ${seconds} s.` : 'Trying again.';
}

/** The server's reasons begin in lower case, since programs print them after a colon. */
function capitalise(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** Joins two sentences. The first gets a full stop if it has none. */
function sentence(first: string, second: string): string {
  const ended = first && !/[.!?…]$/.test(first) ? `${first}.` : first;
  return [ended, second].filter(Boolean).join(' ');
}
