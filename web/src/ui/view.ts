// One camera's picture with its overlay: on the page, in a tile of the grid, in the web component.
//
//   view ┬ stage    the player's surface
//        ├ veil     dims the last picture
//        ├ message  the reason and the next try
//        └ pill     name and state

import type { State } from '../state';
import { el } from './dom';
import { Overlay } from './overlay';

export class View {
  readonly element: HTMLElement;
  readonly stage = el('div', { class: 'stage' });
  /** For screen readers; goes beside the view. */
  readonly announcement: HTMLElement;
  private readonly overlay: Overlay;

  constructor(tag: 'main' | 'div', attributes: Record<string, string> = {}) {
    this.element = el(tag, {
      ...attributes,
      class: `view ${attributes['class'] ?? ''}`.trim(),
      'data-state': 'connecting',
    });
    this.overlay = new Overlay(this.element);
    this.announcement = this.overlay.announcement;
    this.element.append(this.stage, el('div', { class: 'veil' }), this.overlay.message, this.overlay.pill);
  }

  setSurface(surface: HTMLElement): void {
    this.stage.replaceChildren(surface);
  }

  show(state: State, camera: string, action: { label: string; act: () => void } | null = null): void {
    this.overlay.show(state, camera, action);
  }
}
