// What a plain request for a camera's `state.json` says about the server. Pure, so that a table can test it.
//
//   200 with messages ─► camera       502 to 504, no answer ─► nobody
//   401, 403, 404, … ──► refusal: why, in a sentence            not readable by this page ─► unreadable

import { parseMessages, type ServerMessage } from './message';
import type { LinkEnd } from './retry';

/** Why the server refuses; each is retried slowly. */
export type RefusalEnd = Extract<LinkEnd, 'password' | 'denied' | 'missing'>;

export type Answer =
  | { kind: 'camera'; messages: ServerMessage[] }
  | { kind: 'refusal'; end: RefusalEnd; reason: string }
  | { kind: 'nobody' }
  /** Something answers, and pages of this origin may not read what. */
  | { kind: 'unreadable' };

/** The part of a response that is needed. `status` is 0 and `redirected` true for a redirect that was not followed. */
export interface PlainResponse {
  status: number;
  redirected: boolean;
  contentType: string;
  text: string;
}

const SENTENCE_LIMIT_CHARS = 300;

/** Statuses of a proxy that cannot reach the server: RFC 9110, and Cloudflare's. */
export function isProxyError(status: number): boolean {
  return (status >= 502 && status <= 504) || (status >= 520 && status <= 530);
}

export function readAnswer(response: PlainResponse): Answer {
  const { status, redirected, contentType, text } = response;
  if (redirected)
    return refusal('denied', 'this address leads to another page, perhaps to one for signing in');
  if (isProxyError(status)) return { kind: 'nobody' };
  if (status >= 200 && status < 300) {
    const messages = parseMessages(text);
    if (messages.length > 0) return { kind: 'camera', messages };
    return refusal('missing', 'something other than a camera of Lenscast answers at this address');
  }
  if (status === 401 || status === 407 || status === 511) return refusal('password', '');
  if (status === 403 || status === 451) return refusal('denied', '');
  if (status === 429) return refusal('denied', 'the server got too many requests');
  if (status === 404 || status === 410)
    return refusal('missing', sentenceOf(contentType, text) || 'there is no camera at this address');
  return refusal('denied', `the server answers with status ${status}`);
}

/** The first line of a plain text; '' for anything else. */
export function sentenceOf(contentType: string, text: string): string {
  if (!contentType.startsWith('text/plain')) return '';
  const [line = ''] = text.trim().split('\n');
  return line.slice(0, SENTENCE_LIMIT_CHARS);
}

function refusal(end: RefusalEnd, reason: string): Answer {
  return { kind: 'refusal', end, reason };
}
