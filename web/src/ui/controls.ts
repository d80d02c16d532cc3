// The toolbar at the lower edge. It hides when the viewer is idle and returns with the pointer, a tap, a key or the
// focus. It is one row of ordinary buttons, so Tab and Enter work.

import { el } from './dom';
import { helpTitle } from './help';
import { icon, type IconName } from './icons';
import { isTouch } from './pointer';
import { shortcutOf, type ControlName } from './shortcuts';

/** The toolbar hides after this time without input. */
const IDLE_MS = 2600;

export type Actions = Partial<Record<ControlName, () => void>>;

/** Which controls work in this browser. */
export type Usable = Record<ControlName, boolean>;

/** The labels of the buttons, in their order. A control's icon has its name. */
const LABELS: Record<ControlName, string> = {
  pause: 'Pause',
  sound: 'Sound on',
  grid: 'All cameras',
  snapshot: 'Save a snapshot',
  pip: 'Picture in picture',
  info: 'Information',
  help: 'Keyboard shortcuts',
  fullscreen: 'Full screen',
};

export class Controls {
  readonly bar: HTMLElement;
  private readonly buttons = new Map<ControlName, HTMLButtonElement>();
  private readonly backToLive: HTMLButtonElement;
  private readonly volume = el('input', {
    class: 'volume',
    type: 'range',
    min: '0.05',
    max: '1',
    step: '0.05',
    'aria-label': 'Volume',
    hidden: true,
  });
  private readonly level = el('span', { class: 'level', 'aria-hidden': 'true', hidden: true });
  private idleTimer: ReturnType<typeof setTimeout> | null = null;
  private paused = false;

  /** `setVolume` hears of another volume, from 0 to 1. */
  constructor(actions: Actions, usable: Usable, setVolume: (volume: number) => void = () => undefined) {
    for (const [name, label] of Object.entries(LABELS) as [ControlName, string][]) {
      const key = shortcutOf(name)?.key ?? '';
      const button = el('button', {
        class: 'control',
        type: 'button',
        'data-control': name,
        'aria-keyshortcuts': key === ' ' ? 'Space' : key,
        hidden: !usable[name],
      });
      button.addEventListener('click', () => actions[name]?.());
      this.buttons.set(name, button);
      this.label(name, name === 'sound' ? 'muted' : name, name === 'help' ? helpTitle() : label);
    }
    this.backToLive = el('button', { class: 'back-to-live', type: 'button', hidden: true }, 'Back to live');
    this.backToLive.addEventListener('click', () => actions.pause?.());
    this.volume.addEventListener('input', () => setVolume(Number(this.volume.value)));
    const [first, sound, ...rest] = [...this.buttons.values()];
    this.bar = el(
      'div',
      { class: 'bar', role: 'toolbar', 'aria-label': 'Video controls' },
      first ?? null,
      sound ?? null,
      this.volume,
      this.level,
      this.backToLive,
      el('span', { class: 'gap' }),
      ...rest,
    );
    this.watchInput();
  }

  /** Shows a line above the buttons. */
  add(line: HTMLElement): void {
    this.bar.append(line);
  }

  setUsable(name: ControlName, usable: boolean): void {
    const button = this.buttons.get(name);
    if (button) button.hidden = !usable;
  }

  /** Whether the control is shown. */
  isUsable(name: ControlName): boolean {
    return this.buttons.get(name)?.hidden === false;
  }

  setPaused(paused: boolean): void {
    if (paused === this.paused) return;
    this.label('pause', paused ? 'play' : 'pause', paused ? 'Back to live' : 'Pause');
    this.backToLive.hidden = !paused;
    this.paused = paused;
    this.wake();
  }

  /** From 0 to 1; null while muted. */
  setVolume(volume: number | null): void {
    const isOn = volume !== null;
    this.label('sound', isOn ? 'sound' : 'muted', isOn ? 'Sound off' : 'Sound on');
    this.volume.hidden = !isOn;
    if (volume !== null) this.volume.value = String(volume);
  }

  /** How loud it is now, from 0 to 1; null where that is not known. */
  setLevel(level: number | null): void {
    this.level.hidden = level === null;
    if (level !== null) this.level.style.setProperty('--level', String(Math.sqrt(level)));
  }

  setFullscreen(full: boolean): void {
    this.label('fullscreen', full ? 'shrink' : 'fullscreen', full ? 'Leave full screen' : 'Full screen');
  }

  setPressed(name: 'info' | 'pip', pressed: boolean): void {
    this.buttons.get(name)?.setAttribute('aria-pressed', String(pressed));
  }

  /** Shows the toolbar and restarts the timer that hides it. */
  wake(): void {
    document.documentElement.classList.remove('idle');
    if (this.idleTimer) clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.hide(), IDLE_MS);
  }

  private hide(): void {
    const focused = this.bar.querySelector(':focus-visible') !== null;
    if (this.paused || focused || this.bar.matches(':hover') || document.querySelector('dialog[open]'))
      this.wake();
    else document.documentElement.classList.add('idle');
  }

  private label(name: ControlName, shape: IconName, label: string): void {
    const button = this.buttons.get(name);
    button?.replaceChildren(icon(shape));
    button?.setAttribute('aria-label', label);
    button?.setAttribute('title', isTouch() ? label : `${label} (${shortcutOf(name)?.label})`);
  }

  private watchInput(): void {
    addEventListener('pointermove', (event) => event.pointerType === 'mouse' && this.wake());
    addEventListener('keydown', () => this.wake());
    addEventListener('focusin', () => this.wake());
    addEventListener('pointerdown', (event) => {
      const onPicture =
        event.target instanceof Element && event.target.closest('.stage, .message, .grid') !== null;
      const shown = !document.documentElement.classList.contains('idle');
      if (
        event.pointerType !== 'mouse' &&
        onPicture &&
        shown &&
        !this.paused &&
        !(event.target as Element).closest('button, a')
      ) {
        document.documentElement.classList.add('idle');
      } else this.wake();
    });
    this.wake();
  }
}
