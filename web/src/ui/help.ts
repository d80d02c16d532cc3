// A dialog with the keyboard shortcuts. The browser's own <dialog> keeps the focus inside.
//
// When it closes, the focus returns to the element where the keyboard left it, if any. A button that was clicked with a
// pointer does not get the focus back: it would react to the next Space.

import { el } from './dom';
import { icon } from './icons';
import { SHORTCUTS, type Shortcut } from './shortcuts';

export class Help {
  readonly dialog: HTMLDialogElement;
  private focusedBefore: HTMLElement | null = null;

  /** `usable` says which shortcuts work in this browser. */
  constructor(private readonly usable: (control: Shortcut['control']) => boolean) {
    const close = el('button', { class: 'control', type: 'button', 'aria-label': 'Close' }, icon('close'));
    const title = el('h2', { id: 'help-title' }, 'Keyboard shortcuts');
    this.dialog = el(
      'dialog',
      { class: 'panel help', 'aria-labelledby': 'help-title' },
      el('header', {}, title, close),
      el('dl', {}),
    );
    close.addEventListener('click', () => this.close());
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.close());
    this.dialog.addEventListener('close', () => this.restoreFocus());
  }

  toggle(): void {
    if (this.dialog.open) return this.close();
    const rows = SHORTCUTS.filter((shortcut) => this.usable(shortcut.control)).flatMap((shortcut) => [
      el('dt', {}, el('kbd', {}, shortcut.label)),
      el('dd', {}, shortcut.description),
    ]);
    this.dialog.querySelector('dl')?.replaceChildren(...rows);
    const focused = document.activeElement;
    this.focusedBefore = focused instanceof HTMLElement && focused.matches(':focus-visible') ? focused : null;
    this.dialog.showModal();
  }

  close(): void {
    this.dialog.close();
    this.restoreFocus();
  }

  private restoreFocus(): void {
    const before = this.focusedBefore;
    this.focusedBefore = null;
    if (before) before.focus();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
}
