// The information panel of the grid: what each camera shows, and the server.

import type { Session } from '../session';
import { el, setText } from './dom';
import { icon } from './icons';
import { formatBitRate } from './info';
import { stateText } from './state_text';

const REFRESH_MS = 1000;

export class GridInfo {
  readonly panel: HTMLElement;
  private readonly list = el('dl', {});
  private timer: ReturnType<typeof setInterval> | null = null;

  /** `sessions` gives the cameras in their order. */
  constructor(
    private readonly sessions: () => readonly (readonly [name: string, session: Session])[],
    close: () => void,
  ) {
    const button = el('button', { class: 'control', type: 'button', 'aria-label': 'Close' }, icon('close'));
    button.addEventListener('click', close);
    this.panel = el(
      'section',
      { class: 'panel info of-grid', 'aria-label': 'Information', hidden: true },
      el('header', {}, el('h2', {}, 'Information'), button),
      this.list,
    );
  }

  /** Adds a line at the end. */
  add(line: HTMLElement): void {
    this.panel.append(line);
  }

  get open(): boolean {
    return !this.panel.hidden;
  }

  setOpen(open: boolean): void {
    this.panel.hidden = !open;
    if (this.timer) clearInterval(this.timer);
    this.timer = open ? setInterval(() => this.refresh(), REFRESH_MS) : null;
    if (open) this.refresh();
  }

  private refresh(): void {
    const all = this.sessions();
    const server = all.map(([, session]) => session.server).find(Boolean) ?? '';
    const rows = [
      ...all.map(([name, session]) => [name, figuresOf(session)] as const),
      ['Server', server || '—'] as const,
    ];
    while (this.list.children.length > rows.length) this.list.lastElementChild?.remove();
    for (const [index, [name, figures]] of rows.entries()) {
      const row = this.list.children[index] ?? this.list.appendChild(newRow());
      const [term, value] = [row.firstElementChild, row.lastElementChild];
      if (term) setText(term, name);
      if (value) setText(value, figures);
    }
  }
}

function newRow(): HTMLElement {
  return el('div', { class: 'row' }, el('dt', {}), el('dd', {}));
}

/** `Live · 640 × 360 · 30 fps · 1.2 Mbit/s` */
function figuresOf(session: Session): string {
  const stats = session.state.name === 'live' ? (session.player?.stats() ?? null) : null;
  return [
    stateText(session.state).label,
    stats && stats.width > 0 ? `${stats.width} × ${stats.height}` : '',
    stats && stats.fps > 0 ? `${stats.fps.toFixed(0)} fps` : '',
    stats && stats.bitRate > 0 ? formatBitRate(stats.bitRate) : '',
  ]
    .filter(Boolean)
    .join(' · ');
}
