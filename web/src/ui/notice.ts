// A short notice near the lower edge that disappears after a moment: a snapshot was saved, another player is tried.

import { el } from './dom';

const SHOWN_MS = 3200;

export class Notice {
  readonly line = el('p', { class: 'notice', role: 'status' });
  private timer: ReturnType<typeof setTimeout> | null = null;

  show(text: string): void {
    this.line.textContent = text;
    this.line.classList.add('shown');
    if (this.timer) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.line.classList.remove('shown'), SHOWN_MS);
  }
}
