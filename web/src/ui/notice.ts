// A short line near the lower edge that goes by itself: a snapshot was saved, another player took over.

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
