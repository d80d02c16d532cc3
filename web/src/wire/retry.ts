// When to reconnect. Pure, so that a table can test it.
//
// A page probes a missing server with short plain requests, not with WebSockets: after several failures browsers delay
// a page's WebSockets by up to a minute, and the picture must return within a second of the server's return. A server
// that answers and refuses is asked slowly: programs that guard servers lock out an address that asks again and again.

/**
 * Why a connection ended. `gone`: lost, or nobody answers. `full`: the viewer limit is reached. `refused`: the server closes
 * it. `password`, `denied`, `missing`: the answer to a plain request. `blocked`: plain requests pass, WebSockets do not.
 */
export type LinkEnd = 'gone' | 'full' | 'refused' | 'password' | 'denied' | 'missing' | 'blocked';

/** 1013: the viewer limit is reached. 1008: the server refuses this viewer. Others: the connection was lost. */
export function linkEndOf(code: number): LinkEnd {
  if (code === 1013) return 'full';
  return code === 1008 ? 'refused' : 'gone';
}

/** The first delay and the longest, in milliseconds; each delay is twice the one before. */
const DELAYS: Record<LinkEnd | 'unreadable', readonly [first: number, longest: number]> = {
  gone: [400, 400],
  full: [4000, 4000],
  refused: [10_000, 10_000],
  missing: [5000, 30_000],
  password: [5000, 300_000],
  denied: [5000, 300_000],
  unreadable: [2000, 300_000],
  blocked: [20_000, 300_000],
};

/**
 * Milliseconds until the next try, after `before` ends of the same kind in a row. `random`, from 0 to 1, spreads the requests of
 * many pages. `unreadable`: something answers, perhaps a proxy whose server is about to return.
 */
export function retryDelayMs(end: LinkEnd | 'unreadable', random: number, before = 0): number {
  const [first, longest] = DELAYS[end];
  return Math.min(first * 2 ** Math.min(before, 20), longest) * (1 + random / 4);
}

/**
 * How long a probe may take. Mostly short, since TCP repeats a lost first packet only after a second; every fourth one
 * may take longer, for slow links.
 */
export function probeTimeoutMs(attempt: number): number {
  return attempt % 4 === 3 ? 5000 : 1000;
}

/** Whether to dial without a probe: every twelfth time, in case only plain requests are blocked. */
export function dialsWithoutProbe(attempt: number): boolean {
  return attempt % 12 === 11;
}
