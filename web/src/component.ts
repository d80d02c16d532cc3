// `player.js`: the web component <lenscast-player src="http://HOST:8000/cam/NAME/"> for anybody's page
// (docs/embedding.md). It fetches what it needs from where it came from itself.
//
//   src, player, fit ──► Session ──► View in a shadow root        state ──► attribute, event `statechange`

import base from './style/base.css?inline';
import component from './style/component.css?inline';
import view from './style/view.css?inline';
import { Session } from './session';
import type { State } from './state';
import { el } from './ui/dom';
import { snapshotOf } from './ui/snapshot';
import { View } from './ui/view';
import { wordsFor } from './ui/words';

const STYLE = [base, view, component].join('\n');

/** What the event `statechange` says. */
export interface StateDetail {
  state: State['name'];
  /** One or two words for people. */
  label: string;
  /** What is wrong, and when it is tried again; or ''. */
  detail: string;
}

export class LenscastPlayer extends HTMLElement {
  static readonly observedAttributes = ['src', 'player'];

  private session: Session | null = null;
  private rest: (() => void) | null = null;
  private restarting = false;

  connectedCallback(): void {
    this.begin();
  }

  disconnectedCallback(): void {
    this.end();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before === after || !this.shadowRoot || !this.isConnected || this.restarting) return;
    this.restarting = true; // several attributes set in one go begin once
    queueMicrotask(() => {
      this.restarting = false;
      if (this.isConnected) this.begin();
    });
  }

  /** Keeps the picture as it is and takes no video. */
  pause(): void {
    this.session?.pause();
  }

  /** Back to live. */
  play(): void {
    this.session?.resume();
  }

  get paused(): boolean {
    return this.session?.paused ?? false;
  }

  /** The picture of now as a JPEG, or null when there is none. */
  async snapshot(): Promise<Blob | null> {
    const surface = this.session?.player?.surface;
    return surface ? snapshotOf(surface) : null;
  }

  /** Figures of the last seconds, or null before the first. */
  get stats(): object | null {
    return this.session?.player?.stats() ?? null;
  }

  private begin(): void {
    this.end();
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const view = new View('div');
    root.replaceChildren(el('style', {}, STYLE), view.element, view.spoken);
    const address = this.address();
    if (address instanceof URL) this.watch(view, address);
    else view.show({ name: 'unplayable', detail: address, seconds: null }, '');
  }

  private watch(view: View, address: URL): void {
    let play: (() => void) | null = null;
    const session: Session = new Session({ base: address, asked: this.getAttribute('player'), watchedElsewhere: () => false }, {
      changed: (state) => {
        const tap = state.name === 'tap' && play ? { label: 'Play', act: play } : null;
        view.show(state, session.camera, tap);
        this.tell(state);
      },
      surfaceChanged: (surface) => view.setSurface(surface),
      tapNeeded: (act) => (play = act),
      notice: () => undefined,
    });
    const seen = new IntersectionObserver(([entry]) => session.setResting(entry?.isIntersecting === false));
    this.session = session;
    this.rest = () => seen.disconnect();
    view.show(session.state, '');
    session.start();
    seen.observe(this);
  }

  private end(): void {
    this.rest?.();
    this.session?.close();
    this.session = this.rest = null;
  }

  /** Where the camera's tree is, or what is wrong with `src`. */
  private address(): URL | string {
    const text = this.getAttribute('src');
    if (!text) return 'The attribute src is missing: it is the address of a camera, such as http://camera.local:8000/cam/cam1/.';
    try {
      const address = new URL(text, document.baseURI);
      if (!/^https?:$/.test(address.protocol)) return `src="${text}" is no http or https address.`;
      if (!address.pathname.endsWith('/')) address.pathname += '/';
      return address;
    } catch {
      return `src="${text}" is no address.`;
    }
  }

  private tell(state: State): void {
    this.setAttribute('state', state.name);
    const { label, detail } = wordsFor(state);
    const said: StateDetail = { state: state.name, label, detail };
    this.dispatchEvent(new CustomEvent('statechange', { detail: said }));
  }
}

if (!customElements.get('lenscast-player')) customElements.define('lenscast-player', LenscastPlayer);
