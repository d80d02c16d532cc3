// When to try again, as numbers: pure, so that a table can test it.
//
// A server that is gone is asked for with short plain requests, not with WebSockets: browsers hold a page's WebSockets
// back (up to a minute) after several have failed, and the picture shall be back within a second of the server's return.

/** What the end of a connection means. */
export type LinkEnd = 'gone' | 'full' | 'refused';

/** Close codes of the wire that are more than a lost connection. */
export function endOf(code: number): LinkEnd {
  if (code === 1013) return 'full';
  return code === 1008 ? 'refused' : 'gone';
}

/** Milliseconds until the next try. `random` is in 0..1 and keeps a crowd of pages from asking all at once. */
export function retryDelayMs(end: LinkEnd, random: number): number {
  if (end === 'gone') return 400 + 100 * random;
  return (end === 'full' ? 4000 : 10000) + 2000 * random;
}

/** How long a request may hang. Mostly short, since a lost first packet is only sent again after a second; now and then long, for links that are slow. */
export function probeTimeoutMs(attempt: number): number {
  return attempt % 4 === 3 ? 5000 : 1000;
}

/** Whether a WebSocket is tried without asking first: the first time, and now and then in case only requests are blocked. */
export function skipsProbe(attempt: number): boolean {
  return attempt % 12 === 11;
}

/** Whether an answer's status means that the server is there. A proxy in front of a dead server says 502 to 504. */
export function serverAnswers(status: number): boolean {
  return status < 502 || status > 504;
}
