// The keys, listed in a dialog. The browser's own <dialog> keeps the focus inside and closes on Escape.

import { el } from './dom';
import { icon } from './icons';
import { SHORTCUTS, type Shortcut } from './shortcuts';

export class Help {
  readonly dialog: HTMLDialogElement;

  /** `usable` says which keys do something in this browser. */
  constructor(private readonly usable: (control: Shortcut['control']) => boolean) {
    const close = el('button', { class: 'control', type: 'button', 'aria-label': 'Close' }, icon('close'));
    const title = el('h2', { id: 'help-title' }, 'Keys');
    this.dialog = el('dialog', { class: 'panel help', 'aria-labelledby': 'help-title' },
      el('header', {}, title, close), el('dl', {}));
    close.addEventListener('click', () => this.dialog.close());
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.dialog.close());
  }

  toggle(): void {
    if (this.dialog.open) {
      this.dialog.close();
      return;
    }
    const rows = SHORTCUTS.filter((shortcut) => this.usable(shortcut.control)).flatMap((shortcut) => [
      el('dt', {}, el('kbd', {}, shortcut.shown)), el('dd', {}, shortcut.what),
    ]);
    this.dialog.querySelector('dl')?.replaceChildren(...rows);
    this.dialog.showModal();
  }
}
