// `player.js`: the web component <lenscast-player src="http://HOST:8000/cam/NAME/"> for any page (docs/embedding.md). It
// loads its other files from the server that it was loaded from.
//
//   src, token, player, fit, bare ──► Session ──► View in a shadow root        state ──► attribute, event `statechange`

import base from './style/base.css?inline';
import component from './style/component.css?inline';
import view from './style/view.css?inline';
import { Session } from './session';
import type { State } from './state';
import { el } from './ui/dom';
import { watchVisibility } from './ui/out_of_view';
import { snapshotOf } from './ui/snapshot';
import { View } from './ui/view';
import { stateText } from './ui/state_text';
import { withToken } from './wire/access';

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
  static readonly observedAttributes = ['src', 'player', 'token'];

  private session: Session | null = null;
  private stopWatching: (() => void) | null = null;
  private restartQueued = false;

  connectedCallback(): void {
    for (const name of ['src', 'player', 'token', 'fit', 'bare'] as const) this.adopt(name);
    this.open();
  }

  // The properties reflect the attributes, as those of HTML's own elements do.

  get src(): string {
    const text = this.getAttribute('src');
    return text ? resolve(text) : '';
  }
  set src(value: string) {
    this.setAttribute('src', value);
  }

  get player(): string {
    return this.getAttribute('player') ?? '';
  }
  set player(value: string | null) {
    reflect(this, 'player', value);
  }

  get token(): string {
    return this.getAttribute('token') ?? '';
  }
  set token(value: string | null) {
    reflect(this, 'token', value);
  }

  get fit(): string {
    return this.getAttribute('fit') ?? '';
  }
  set fit(value: string | null) {
    reflect(this, 'fit', value);
  }

  get bare(): boolean {
    return this.hasAttribute('bare');
  }
  set bare(value: boolean) {
    this.toggleAttribute('bare', Boolean(value));
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

  /** A property that was set before the element was defined hides the accessor: it is set again through that. */
  private adopt(name: 'src' | 'player' | 'token' | 'fit' | 'bare'): void {
    if (!Object.prototype.hasOwnProperty.call(this, name)) return;
    const own = this as Record<string, unknown>;
    const value = own[name];
    delete own[name];
    own[name] = value;
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
    this.session = session;
    view.show(session.state, '');
    session.start();
    this.stopWatching = watchVisibility(this, (outOfView) => session.setOutOfView(outOfView));
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
      return withToken(address, this.token);
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

/** The attribute `name`; none for null, undefined and ''. */
function reflect(element: Element, name: string, value: string | null | undefined): void {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}

/** The whole address, as `src` of an <img> gives it; a text that is none stays as it is. */
function resolve(text: string): string {
  try {
    return new URL(text, document.baseURI).href;
  } catch {
    return text;
  }
}

if (!customElements.get('lenscast-player')) customElements.define('lenscast-player', LenscastPlayer);
