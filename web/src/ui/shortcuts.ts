// The keyboard shortcuts of a camera's page. The help lists `SHORTCUTS`, too.

export type ControlName = 'pause' | 'snapshot' | 'pip' | 'info' | 'help' | 'fullscreen' | 'grid';

export interface Shortcut {
  key: string;
  /** The name of the key in the help. */
  label: string;
  description: string;
  control: ControlName | 'close';
}

export const SHORTCUTS: readonly Shortcut[] = [
  { key: ' ', label: 'Space', description: 'Pause or go back to live', control: 'pause' },
  { key: 'f', label: 'F', description: 'Full screen', control: 'fullscreen' },
  { key: 's', label: 'S', description: 'Save a snapshot', control: 'snapshot' },
  { key: 'p', label: 'P', description: 'Picture in picture', control: 'pip' },
  { key: 'i', label: 'I', description: 'Information about the stream', control: 'info' },
  { key: 'g', label: 'G', description: 'All cameras', control: 'grid' },
  { key: '?', label: '?', description: 'This help', control: 'help' },
  { key: 'Escape', label: 'Esc', description: 'Close the panel or this help', control: 'close' },
];

/** The shortcut of a control. */
export function shortcutOf(control: ControlName): Shortcut | undefined {
  return SHORTCUTS.find((shortcut) => shortcut.control === control);
}

/** The shortcut of a key press, or null. Keys with Ctrl, Alt or Meta belong to the browser. */
export function shortcutFor(event: {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
}): Shortcut | null {
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
    if (shortcut.key === ' ' && target?.closest('button, a, summary')) return; // Space activates the focused element
    const closesDialog = shortcut.key === 'Escape' && document.querySelector('dialog[open]') !== null;
    if (shortcut.key !== 'Escape' || closesDialog) event.preventDefault(); // the browser would close it a moment later
    act(shortcut.control);
  });
}
