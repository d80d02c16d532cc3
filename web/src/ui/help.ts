// A dialog with the keyboard shortcuts, or with the gestures where fingers are the pointer. The browser's own <dialog> keeps the focus inside.
//
// When it closes, the focus returns to the element where the keyboard left it, if any. A button that was clicked with a
// pointer does not get the focus back: it would react to the next Space.

import { el, setText } from './dom';
import { icon } from './icons';
import { isTouch } from './pointer';
import type { Action, HelpRow } from './shortcuts';

export interface HelpRows {
  keys: readonly HelpRow[];
  gestures: readonly HelpRow[];
}

/** The title of the help and of its button. */
export function helpTitle(): string {
  return isTouch() ? 'Gestures' : 'Keyboard shortcuts';
}

export class Help {
  readonly dialog: HTMLDialogElement;
  private readonly title: HTMLElement;
  private focusedBefore: HTMLElement | null = null;

  /** `usable` says which actions work in this browser. */
  constructor(
    private readonly rows: HelpRows,
    private readonly usable: (control: Action) => boolean,
  ) {
    const close = el('button', { class: 'control', type: 'button', 'aria-label': 'Close' }, icon('close'));
    this.title = el('h2', { id: 'help-title' }, helpTitle());
    this.dialog = el(
      'dialog',
      { class: 'panel help', 'aria-labelledby': 'help-title' },
      el('header', {}, this.title, close),
      el('dl', {}),
    );
    close.addEventListener('click', () => this.close());
    this.dialog.addEventListener('click', (event) => event.target === this.dialog && this.close());
    this.dialog.addEventListener('close', () => this.restoreFocus());
  }

  toggle(): void {
    if (this.dialog.open) return this.close();
    setText(this.title, helpTitle()); // a mouse may have come since
    const all = isTouch() ? this.rows.gestures : this.rows.keys;
    const rows = all
      .filter(({ control }) => !control || this.usable(control))
      .flatMap((row) => [el('dt', {}, el('kbd', {}, row.label)), el('dd', {}, row.description)]);
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
