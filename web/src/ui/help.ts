// The keys, listed in a dialog. The browser's own <dialog> keeps the focus inside.
//
// When it closes, the focus goes back to where a keyboard left it, and nowhere else: a button that was clicked with a
// pointer would take the next Space for itself.

import { el } from './dom';
import { icon } from './icons';
import { SHORTCUTS, type Shortcut } from './shortcuts';

export class Help {
  readonly dialog: HTMLDialogElement;
  private before: HTMLElement | null = null;

  /** `usable` says which keys do something in this browser. */
  constructor(private readonly usable: (control: Shortcut['control']) => boolean) {
    const close = el('button', { class: 'control', type: 'button', 'aria-label': 'Close' }, icon('close'));
    const title = el('h2', { id: 'help-title' }, 'Keys');
    this.dialog = el('dialog', { class: 'panel help', 'aria-labelledby': 'help-title' },
      el('header', {}, title, close), el('dl', {}));
    close.addEventListener('click', () => this.close());
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.close());
    this.dialog.addEventListener('close', () => this.giveFocusBack());
  }

  toggle(): void {
    if (this.dialog.open) return this.close();
    const rows = SHORTCUTS.filter((shortcut) => this.usable(shortcut.control)).flatMap((shortcut) => [
      el('dt', {}, el('kbd', {}, shortcut.shown)), el('dd', {}, shortcut.what),
    ]);
    this.dialog.querySelector('dl')?.replaceChildren(...rows);
    const focused = document.activeElement;
    this.before = focused instanceof HTMLElement && focused.matches(':focus-visible') ? focused : null;
    this.dialog.showModal();
  }

  close(): void {
    this.dialog.close();
    this.giveFocusBack();
  }

  private giveFocusBack(): void {
    const { before } = this;
    this.before = null;
    if (before) before.focus();
    else if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }
}
