// The information panel: the stream, the player and the latency. Latency is labelled by where its measurement starts; what
// was not measured is not shown.

import { PLAYER_NAMES } from '../player/kinds';
import type { Session } from '../session';
import { askForSound } from '../wire/ask';
import { clientNowUs } from '../wire/clock';
import { codecName } from './codec_name';
import { el, setText } from './dom';
import { icon } from './icons';
import { soundText } from './sound_text';

const REFRESH_MS = 500;
/** How often the server is asked about the sound. */
const ASK_EVERY_MS = 2000;

/** The rows in order: label and explanation, if one is needed. */
const ROWS = {
  latency: ['Latency', 'Measured when the picture is drawn. The display adds up to one refresh.'],
  clock: ['Clock error', 'How far the clock offset between server and browser may be off.'],
  fps: ['Frame rate', ''],
  resolution: ['Resolution', ''],
  codec: ['Codec', ''],
  bitRate: ['Bit rate', ''],
  player: ['Player', ''],
  transport: ['Transport', ''],
  buffered: ['Buffered', 'Video that was received and waits to be shown.'],
  skipped: ['Skipped frames', 'Frames that this viewer did not receive or could not decode in time.'],
  sound: ['Sound', 'What lies between the clocks of microphone and server is corrected.'],
  viewers: ['Viewers', ''],
  server: ['Server', ''],
} as const;

type RowName = keyof typeof ROWS;

export class Info {
  readonly panel: HTMLElement;
  private readonly values = new Map<RowName, HTMLElement>();
  private readonly labels = new Map<RowName, HTMLElement>();
  private readonly reason = el('p', { class: 'reason' });
  private timer: ReturnType<typeof setInterval> | null = null;
  private askedAtMs = -Infinity;

  constructor(
    private readonly session: Session,
    close: () => void,
  ) {
    const list = el('dl', {});
    for (const [name, [label, hint]] of Object.entries(ROWS) as [RowName, readonly [string, string]][]) {
      const term = el('dt', { title: hint || false }, label);
      const value = el('dd', { 'data-info': name }, '—');
      this.labels.set(name, term);
      this.values.set(name, value);
      list.append(el('div', { class: 'row' }, term, value));
    }
    const button = el('button', { class: 'control', type: 'button', 'aria-label': 'Close' }, icon('close'));
    button.addEventListener('click', close);
    this.panel = el(
      'section',
      { class: 'panel info', 'aria-label': 'Information', hidden: true },
      el('header', {}, el('h2', {}, 'Information'), button),
      list,
      this.reason,
      el(
        'p',
        { class: 'licenses' },
        el('a', { href: 'licenses.txt', target: '_blank' }, 'Licences of the libraries on this page'),
      ),
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
    document.documentElement.classList.toggle('info-open', open);
    if (this.timer) clearInterval(this.timer);
    this.timer = open ? setInterval(() => this.refresh(), REFRESH_MS) : null;
    if (open) this.refresh();
  }

  private refresh(): void {
    const { player, choice, link, viewers, server, state } = this.session;
    const stats = player?.stats() ?? null;
    const offset = link.clock.offsetAt(clientNowUs());
    const latency = state.name === 'live' ? (stats?.latency ?? null) : null;
    const from = latency?.from === 'capture' ? 'Capture to screen' : 'Received to screen';
    this.row('latency', latency && `${latency.ms.toFixed(0)} ms`, latency ? from : 'Latency');
    this.row('clock', offset && `± ${formatError(offset.errorUs)}`);
    this.row('fps', stats && stats.fps > 0 ? `${stats.fps.toFixed(1)} fps` : null);
    this.row('resolution', stats && stats.width > 0 ? `${stats.width} × ${stats.height}` : null);
    this.row('codec', stats?.codec ? codecName(stats.codec) : null);
    this.row('bitRate', stats && stats.bitRate > 0 ? formatBitRate(stats.bitRate) : null);
    this.row('player', choice && PLAYER_NAMES[choice.kind]);
    this.row('transport', player && player.transport);
    this.row('buffered', stats && stats.bufferedMs !== null ? `${stats.bufferedMs.toFixed(0)} ms` : null);
    this.hideRow('buffered', stats?.bufferedMs == null);
    this.row('skipped', stats && String(stats.skipped));
    this.hideRow('sound', !this.session.hasSound);
    void this.refreshSound();
    this.row('viewers', viewers === null ? null : String(viewers));
    this.row('server', server || null);
    const remark = state.name === 'live' ? state.detail : '';
    // Why nothing plays stands over the picture already.
    setText(
      this.reason,
      state.name === 'unplayable' ? '' : [choice?.reason, remark].filter(Boolean).join(' '),
    );
  }

  private async refreshSound(): Promise<void> {
    const now = performance.now();
    if (!this.session.hasSound || now - this.askedAtMs < ASK_EVERY_MS) return;
    this.askedAtMs = now;
    const sound = await askForSound(this.session.options.base);
    this.row('sound', sound && soundText(sound, this.session.volume !== null));
  }

  private row(name: RowName, value: string | null, label?: string): void {
    const element = this.values.get(name);
    if (element) setText(element, value ?? '—');
    const term = this.labels.get(name);
    if (label && term) setText(term, label);
  }

  private hideRow(name: RowName, hidden: boolean): void {
    const row = this.values.get(name)?.parentElement;
    if (row) row.hidden = hidden;
  }
}

/** `0.4 ms` */
export function formatError(errorUs: number): string {
  const ms = errorUs / 1000;
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

/** `840 kbit/s`, `4.2 Mbit/s` */
export function formatBitRate(bitsPerSecond: number): string {
  return bitsPerSecond < 1e6
    ? `${(bitsPerSecond / 1e3).toFixed(0)} kbit/s`
    : `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
}
