// `window.lenscast`: the session's figures, read only, for tests and for debugging.

import type { Session } from './session';
import { clientNowUs } from './wire/clock';

export function exposeDebug(session: Session): void {
  const debug = {
    get state() {
      return session.state.name;
    },
    get player() {
      return session.player?.kind ?? null;
    },
    get playerReason() {
      return session.choice?.reason ?? session.state.detail;
    },
    /** From the opening of the page's WebSocket to the first picture. */
    get firstPictureMs() {
      return session.firstPictureMs;
    },
    stats() {
      const { latency = null, ...stats } = session.player?.stats() ?? {};
      const offset = session.link.clock.offsetAt(clientNowUs());
      return {
        ...stats,
        latencyMs: latency?.ms ?? null,
        latencyFrom: latency?.from ?? null,
        clockErrorMs: offset ? offset.errorUs / 1000 : null,
        clockOffsetMs: offset ? offset.offsetUs / 1000 : null,
        viewers: session.viewers,
        volume: session.volume,
        transport: session.player?.transport ?? null,
      };
    },
  };
  Object.defineProperty(window, 'lenscast', { value: Object.freeze(debug) });
}
