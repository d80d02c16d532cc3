// What stands over the picture: the pill with the camera's name and state, and the message of every state that is not
// live. Screen readers hear the state once, not each second of a countdown.

import type { State } from '../state';
import { el, setText } from './dom';
import { isCalm, wordsFor } from './words';

export class Overlay {
  readonly pill: HTMLElement;
  readonly message: HTMLElement;
  readonly spoken = el('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
  private readonly name = el('span', { class: 'pill-name' });
  private readonly label = el('span', { class: 'pill-state' });
  private readonly headline = el('p', { class: 'headline' });
  private readonly detail = el('p', { class: 'detail' });
  private readonly action = el('button', { class: 'action', type: 'button', hidden: true });
  private spokenState = '';
  private act: (() => void) | null = null;

  /** `root` is the element whose classes and `data-state` the style follows. */
  constructor(private readonly root: HTMLElement) {
    this.pill = el('div', { class: 'pill', 'aria-hidden': 'true' }, el('span', { class: 'dot' }), this.name, this.label);
    const text = el('div', { class: 'message-text', 'aria-hidden': 'true' }, this.headline, this.detail);
    this.message = el('div', { class: 'message' }, el('span', { class: 'busy-ring' }), text, this.action);
    this.action.addEventListener('click', () => this.act?.());
  }

  /** `act` is what the button under the message does, with its label; null shows none. */
  show(state: State, camera: string, action: { label: string; act: () => void } | null): void {
    const words = wordsFor(state);
    this.root.dataset['state'] = state.name;
    this.root.classList.toggle('calm', isCalm(state.name));
    this.root.classList.toggle('busy', words.busy);
    setText(this.name, camera);
    setText(this.label, words.label);
    if (words.headline) {
      setText(this.headline, words.headline);
      setText(this.detail, words.detail);
    }
    this.act = action?.act ?? null;
    this.action.hidden = action === null;
    if (action) setText(this.action, action.label);
    if (this.spokenState === state.name) return;
    this.spokenState = state.name;
    this.spoken.textContent = [words.label, state.name === 'stalled' ? '' : words.detail].filter(Boolean).join('. ');
  }
}
