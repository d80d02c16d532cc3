// `player.js`: the web component <lenscast-player src="http://HOST:8000/cam/NAME/"> for any page (docs/embedding.md). It
// loads its other files from the server that it was loaded from.
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
import { stateText } from './ui/state_text';

const STYLE = [base, view, component].join('\n');

/** The detail of the event `statechange`. */
export interface StateDetail {
  state: State['name'];
  /** One or two words. */
  label: string;
  /** The reason and the next try in sentences, or ''. */
  detail: string;
}

export class LenscastPlayer extends HTMLElement {
  static readonly observedAttributes = ['src', 'player'];

  private session: Session | null = null;
  private stopWatching: (() => void) | null = null;
  private restartQueued = false;

  connectedCallback(): void {
    this.open();
  }

  disconnectedCallback(): void {
    this.close();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before === after || !this.shadowRoot || !this.isConnected || this.restartQueued) return;
    this.restartQueued = true; // several attributes set in one task cause one restart
    queueMicrotask(() => {
      this.restartQueued = false;
      if (this.isConnected) this.open();
    });
  }

  /** Freezes the picture and receives no video. */
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

  /** The present picture as a JPEG, or null if there is none. */
  async snapshot(): Promise<Blob | null> {
    const surface = this.session?.player?.surface;
    return surface ? snapshotOf(surface) : null;
  }

  /** The figures of the last seconds, or null without a player. */
  get stats(): object | null {
    return this.session?.player?.stats() ?? null;
  }

  private open(): void {
    this.close();
    const root = this.shadowRoot ?? this.attachShadow({ mode: 'open' });
    const view = new View('div');
    root.replaceChildren(el('style', {}, STYLE), view.element, view.announcement);
    const address = this.address();
    if (address instanceof URL) this.watch(view, address);
    else view.show({ name: 'unplayable', detail: address, seconds: null }, '');
  }

  private watch(view: View, address: URL): void {
    let play: (() => void) | null = null;
    const session: Session = new Session(
      { base: address, requestedPlayer: this.getAttribute('player'), visibleElsewhere: () => false },
      {
        changed: (state) => {
          const tap = state.name === 'tap' && play ? { label: 'Play', act: play } : null;
          view.show(state, session.camera, tap);
          this.announce(state);
        },
        surfaceChanged: (surface) => view.setSurface(surface),
        tapNeeded: (act) => (play = act),
        notice: () => undefined,
      },
    );
    const visibility = new IntersectionObserver(([entry]) =>
      session.setOutOfView(entry?.isIntersecting === false),
    );
    this.session = session;
    this.stopWatching = () => visibility.disconnect();
    view.show(session.state, '');
    session.start();
    visibility.observe(this);
  }

  private close(): void {
    this.stopWatching?.();
    this.session?.close();
    this.session = this.stopWatching = null;
  }

  /** The address of the camera's tree, or a sentence on what is wrong with `src`. */
  private address(): URL | string {
    const text = this.getAttribute('src');
    if (!text)
      return 'The attribute src is missing. Set it to the address of a camera, such as http://camera.local:8000/cam/cam1/.';
    try {
      const address = new URL(text, document.baseURI);
      if (!/^https?:$/.test(address.protocol)) return `src="${text}" is not an http or https address.`;
      if (!address.pathname.endsWith('/')) address.pathname += '/';
      return address;
    } catch {
      return `src="${text}" is not a valid address.`;
    }
  }

  private announce(state: State): void {
    this.setAttribute('state', state.name);
    const { label, detail } = stateText(state);
    const stateDetail: StateDetail = { state: state.name, label, detail };
    this.dispatchEvent(new CustomEvent('statechange', { detail: stateDetail }));
  }
}

if (!customElements.get('lenscast-player')) customElements.define('lenscast-player', LenscastPlayer);
