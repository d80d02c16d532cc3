// The overlay of a picture: the pill with the camera's name and state, and the message of every state that is not live.
// A screen reader announces a state once, not each second of a countdown; the picture is named by the camera and described by
// the reason.

import type { State } from '../state';
import { el, setText } from './dom';
import { isCalm, stateText } from './state_text';

let overlays = 0;

export class Overlay {
  readonly pill: HTMLElement;
  readonly message: HTMLElement;
  readonly announcement = el('p', { class: 'spoken', role: 'status', 'aria-live': 'polite' });
  private readonly name = el('span', { class: 'pill-name' });
  private readonly label = el('span', { class: 'pill-state' });
  private readonly headline = el('p', { class: 'headline' });
  private readonly detail = el('p', { class: 'detail' });
  private readonly action = el('button', { class: 'action', type: 'button', hidden: true });
  /** The reason in words, for screen readers; describes the picture. */
  readonly description = el('p', { class: 'spoken', id: `why-${++overlays}` });
  private announcedState = '';
  private act: (() => void) | null = null;

  /** `root` is the element that gets the classes and `data-state` for the style. */
  constructor(private readonly root: HTMLElement) {
    this.pill = el(
      'div',
      { class: 'pill', 'aria-hidden': 'true' },
      el('span', { class: 'dot' }),
      this.name,
      ' ', // two words, also for a screen reader
      this.label,
    );
    const messageText = el(
      'div',
      { class: 'message-text', 'aria-hidden': 'true' },
      this.headline,
      this.detail,
    );
    this.message = el(
      'div',
      { class: 'message' },
      el('span', { class: 'busy-ring' }),
      messageText,
      this.action,
    );
    this.action.addEventListener('click', () => this.act?.());
  }

  /** `action` is the button under the message; null shows none. */
  show(state: State, camera: string, action: { label: string; act: () => void } | null): void {
    const text = stateText(state);
    this.root.dataset['state'] = state.name;
    this.root.classList.toggle('calm', isCalm(state.name));
    this.root.classList.toggle('busy', text.busy);
    setText(this.name, camera);
    setText(this.label, text.label);
    if (text.headline) {
      setText(this.headline, text.headline);
      setText(this.detail, text.detail);
    }
    setText(this.description, [text.headline, text.detail].filter(Boolean).join('. '));
    this.act = action?.act ?? null;
    this.action.hidden = action === null;
    if (action) setText(this.action, action.label);
    if (this.announcedState === state.name) return;
    this.announcedState = state.name;
    this.announcement.textContent = [text.label, state.name === 'stalled' ? '' : text.detail]
      .filter(Boolean)
      .join('. ');
  }
}
