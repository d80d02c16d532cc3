// One camera's picture with its overlay: on the page, in a tile of the grid, in the web component.
//
//   view ┬ stage    the player's surface
//        ├ veil     dims the last picture
//        ├ message  the reason and the next try
//        └ pill     name and state

import type { State } from '../state';
import { el } from './dom';
import { Overlay } from './overlay';
import { stateText } from './state_text';

export class View {
  readonly element: HTMLElement;
  readonly stage = el('div', { class: 'stage', role: 'img' });
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
    this.stage.setAttribute('aria-describedby', this.overlay.description.id);
    this.element.append(
      this.stage,
      el('div', { class: 'veil' }),
      this.overlay.message,
      this.overlay.pill,
      this.overlay.description,
    );
  }

  setSurface(surface: HTMLElement): void {
    this.stage.replaceChildren(surface);
  }

  show(state: State, camera: string, action: { label: string; act: () => void } | null = null): void {
    this.stage.setAttribute('aria-label', `${camera || 'Camera'}: ${stateText(state).label}`);
    this.overlay.show(state, camera, action);
  }
}
