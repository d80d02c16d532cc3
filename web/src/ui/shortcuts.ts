// The keys. `SHORTCUTS` is also what the help lists.

import type { ControlName } from './controls';

export interface Shortcut {
  key: string;
  /** As the help names it. */
  shown: string;
  what: string;
  control: ControlName | 'close';
}

export const SHORTCUTS: readonly Shortcut[] = [
  { key: ' ', shown: 'Space', what: 'Pause, and back to live', control: 'pause' },
  { key: 'f', shown: 'F', what: 'Full screen', control: 'fullscreen' },
  { key: 's', shown: 'S', what: 'Save a snapshot', control: 'snapshot' },
  { key: 'p', shown: 'P', what: 'Picture in picture', control: 'pip' },
  { key: 'i', shown: 'I', what: 'Information about the stream', control: 'info' },
  { key: 'g', shown: 'G', what: 'All cameras', control: 'grid' },
  { key: '?', shown: '?', what: 'This help', control: 'help' },
  { key: 'Escape', shown: 'Esc', what: 'Close what is open', control: 'close' },
];

/** The shortcut a key press means, or null: with Ctrl, Alt or Meta a key belongs to the browser. */
export function shortcutFor(event: { key: string; ctrlKey: boolean; altKey: boolean; metaKey: boolean }): Shortcut | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return SHORTCUTS.find((shortcut) => shortcut.key === key) ?? null;
}

export function listenForShortcuts(act: (control: Shortcut['control']) => void): void {
  addEventListener('keydown', (event) => {
    const shortcut = shortcutFor(event);
    const target = event.target instanceof Element ? event.target : null;
    if (!shortcut || event.repeat || event.defaultPrevented) return;
    if (target?.closest('input, textarea, select, [contenteditable]')) return;
    if (shortcut.key === ' ' && target?.closest('button, a, summary')) return; // the button's own key
    const closesDialog = shortcut.key === 'Escape' && document.querySelector('dialog[open]') !== null;
    if (shortcut.key !== 'Escape' || closesDialog) event.preventDefault(); // closed at once, not a moment later
    act(shortcut.control);
  });
}
