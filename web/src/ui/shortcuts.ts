// The keyboard shortcuts and gestures of a camera's page and of the grid. The help lists them, too.

export type ControlName = 'pause' | 'sound' | 'snapshot' | 'pip' | 'info' | 'help' | 'fullscreen' | 'grid';

/** What a key does: a control's action, or one without a button. */
export type Action = ControlName | 'close' | 'previous' | 'next';

export interface Shortcut {
  key: string;
  /** The name of the key in the help. */
  label: string;
  description: string;
  control: Action;
}

export const SHORTCUTS: readonly Shortcut[] = [
  { key: ' ', label: 'Space', description: 'Pause or go back to live', control: 'pause' },
  { key: 'f', label: 'F', description: 'Full screen', control: 'fullscreen' },
  { key: 'm', label: 'M', description: 'Sound on or off', control: 'sound' },
  { key: 's', label: 'S', description: 'Save a snapshot', control: 'snapshot' },
  { key: 'p', label: 'P', description: 'Picture in picture', control: 'pip' },
  { key: 'i', label: 'I', description: 'Information about the stream', control: 'info' },
  { key: 'g', label: 'G', description: 'All cameras', control: 'grid' },
  { key: 'ArrowLeft', label: '←', description: 'Previous camera', control: 'previous' },
  { key: 'ArrowRight', label: '→', description: 'Next camera', control: 'next' },
  { key: '?', label: '?', description: 'This help', control: 'help' },
  {
    key: 'Escape',
    label: 'Esc',
    description: 'Close the panel or this help, else all cameras',
    control: 'close',
  },
];

/** What the grid has of them. `grid_keys.ts` has the others of the grid. */
export const GRID_SHORTCUTS: readonly Shortcut[] = [
  ...SHORTCUTS.filter(({ control }) => control === 'fullscreen' || control === 'info' || control === 'help'),
  { key: 'Escape', label: 'Esc', description: 'Close the panel or this help', control: 'close' },
];

/** A row of the help: what the viewer does, and what follows. */
export interface HelpRow {
  label: string;
  description: string;
  /** Shown only if this works; always without it. */
  control?: Action;
}

export const GESTURES: readonly HelpRow[] = [
  { label: 'Tap', description: 'Show or hide the controls' },
  { label: 'Double tap', description: 'Full screen', control: 'fullscreen' },
  { label: 'Swipe', description: 'Next or previous camera', control: 'next' },
];
export const GRID_KEYS: readonly HelpRow[] = [
  { label: '1 – 9', description: 'Open a camera' },
  { label: 'Arrows', description: 'Choose a camera' },
  { label: 'Enter', description: 'Open the chosen camera' },
];
export const GRID_GESTURES: readonly HelpRow[] = [{ label: 'Tap', description: 'Open a camera' }];

/** The shortcut of a control. */
export function shortcutOf(control: ControlName): Shortcut | undefined {
  return SHORTCUTS.find((shortcut) => shortcut.control === control);
}

/** The shortcut of a key press, or null. Keys with Ctrl, Alt or Meta belong to the browser. */
export function shortcutFor(
  event: {
    key: string;
    ctrlKey: boolean;
    altKey: boolean;
    metaKey: boolean;
  },
  shortcuts: readonly Shortcut[] = SHORTCUTS,
): Shortcut | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return shortcuts.find((shortcut) => shortcut.key === key) ?? null;
}

/** Elements to which all keys belong; a slider takes the arrows only. */
const TYPED_INTO = 'input:not([type="range"]), textarea, select, [contenteditable]';

export function listenForShortcuts(
  act: (control: Action) => void,
  shortcuts: readonly Shortcut[] = SHORTCUTS,
): void {
  addEventListener('keydown', (event) => {
    const shortcut = shortcutFor(event, shortcuts);
    const target = event.target instanceof Element ? event.target : null;
    if (!shortcut || event.repeat || event.defaultPrevented) return;
    if (target?.closest(TYPED_INTO)) return;
    if (shortcut.key.startsWith('Arrow') && target?.closest('input')) return; // they move the slider
    if (shortcut.key === ' ' && target?.closest('button, a, summary')) return; // Space activates the focused element
    const closesDialog = shortcut.key === 'Escape' && document.querySelector('dialog[open]') !== null;
    if (shortcut.key !== 'Escape' || closesDialog) event.preventDefault(); // the browser would close it a moment later
    act(shortcut.control);
  });
}
