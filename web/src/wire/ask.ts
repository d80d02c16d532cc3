// Asks the server by a plain request, whose answer a page can read; that of a failed WebSocket handshake it cannot.

import { readAnswer, type Answer } from './answer';
import type { SoundMessage } from './message';
import { socketAddress } from './socket';

/** More than any answer of ours; the rest of a longer one is not read. */
const TEXT_LIMIT_BYTES = 64 * 1024;
/** Longest wait for an answer about the sound. */
const SOUND_LIMIT_MS = 2000;

/** The address that is asked, for a camera's WebSocket at `address`. Asking starts no camera. */
export function stateAddress(socketAddress: string): URL {
  return new URL('../state.json', socketAddress.replace(/^ws/, 'http'));
}

/** Asks `address`. The request is broken off after `limitMs` and when `signal` is aborted. */
export async function askServer(address: URL, limitMs: number, signal: AbortSignal): Promise<Answer> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), limitMs);
  const onAbort = () => abort.abort();
  signal.addEventListener('abort', onAbort);
  try {
    const response = await fetch(address, { cache: 'no-store', redirect: 'manual', signal: abort.signal });
    return readAnswer({
      status: response.status,
      redirected: response.type === 'opaqueredirect',
      contentType: response.headers.get('content-type') ?? '',
      text: response.type === 'opaqueredirect' ? '' : await beginningOf(response),
    });
  } catch {
    return (await answersUnreadably(address, abort.signal)) ? { kind: 'unreadable' } : { kind: 'nobody' };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    abort.abort(); // no request stays open, whatever came
  }
}

/** Asks how the sound of the camera is whose tree is at `base`; null if nobody says. */
export async function askForSound(base: URL): Promise<SoundMessage | null> {
  const address = stateAddress(socketAddress('ws/live', base));
  const answer = await askServer(address, SOUND_LIMIT_MS, new AbortController().signal);
  const messages = answer.kind === 'camera' ? answer.messages : [];
  return messages.find((message) => message.type === 'sound') ?? null;
}

/** Whether something answers that pages of this origin may not read. */
async function answersUnreadably(address: URL, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted || address.origin === location.origin) return false;
  try {
    await fetch(address, { mode: 'no-cors', cache: 'no-store', signal });
    return true;
  } catch {
    return false;
  }
}

/** The beginning of a body as text. */
export async function beginningOf(response: Response, limitBytes = TEXT_LIMIT_BYTES): Promise<string> {
  if (!response.body) return (await response.text()).slice(0, limitBytes);
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    text += decoder.decode(read.value, { stream: true });
    if (text.length >= limitBytes) break;
  }
  void reader.cancel().catch(() => undefined);
  return text.slice(0, limitBytes);
}
