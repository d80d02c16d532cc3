// Finds out why an address gives no picture: by a plain request, whose answer has a sentence.

import { isProxyError, sentenceOf } from '../wire/answer';
import { beginningOf } from '../wire/ask';

/** The address of a WebSocket answers a plain request with this status. */
const UPGRADE_REQUIRED = 426;
const ANSWER_LIMIT_MS = 3000;

/** The server's reason; 'reachable' for the address of a WebSocket, null without an answer. No request stays open. */
export async function probeRefusal(address: string): Promise<string | null> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_LIMIT_MS);
  try {
    const response = await fetch(address, { cache: 'no-store', signal: abort.signal });
    return response.status === UPGRADE_REQUIRED ? 'reachable' : await refusal(response, address);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

/**
 * The reason in an error response; null for a success, and for the error of a proxy that cannot reach the server. 503 is the
 * server's own if it has a sentence.
 */
export async function refusal(response: Response, address: string): Promise<string | null> {
  const { ok, status } = response;
  if (ok || (isProxyError(status) && status !== 503)) return null;
  const type = response.headers.get('content-type') ?? '';
  const sentence = type.startsWith('text/plain') ? sentenceOf(type, await beginningOf(response)) : '';
  if (sentence) return sentence;
  if (status === 401) return 'the address asks for a password';
  if (status === 403) return 'access is refused';
  const name = new URL(address).pathname.split('/').slice(-2).join('/').replace(/^\//, '');
  return status === 404 ? `this server has no ${name}` : `${name} answers with status ${status}`;
}
