// When to reconnect. Pure, so that a table can test it.
//
// A page probes a missing server with short plain requests, not with WebSockets: after several failures browsers delay
// a page's WebSockets by up to a minute, and the picture must return within a second of the server's return.

/** Why a connection ended. */
export type LinkEnd = 'gone' | 'full' | 'refused';

/** 1013: the viewer limit is reached. 1008: the server refuses this viewer. Others: the connection was lost. */
export function linkEndOf(code: number): LinkEnd {
  if (code === 1013) return 'full';
  return code === 1008 ? 'refused' : 'gone';
}

/** Milliseconds until the next try. `random`, from 0 to 1, spreads the requests of many pages. */
export function retryDelayMs(end: LinkEnd, random: number): number {
  if (end === 'gone') return 400 + 100 * random;
  return (end === 'full' ? 4000 : 10000) + 2000 * random;
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

/** Whether an answer with this status comes from the server. A proxy in front of a dead server answers 502 to 504. */
export function isServerStatus(status: number): boolean {
  return status < 502 || status > 504;
}
