// Finds out why an address gives no picture: by a plain request, whose answer has a sentence.

/** The address of a WebSocket answers a plain request with this status. */
const UPGRADE_REQUIRED = 426;
const ANSWER_LIMIT_MS = 3000;
const SENTENCE_LIMIT_CHARS = 300;

/** The server's reason; 'reachable' for the address of a WebSocket, null without an answer. */
export async function probeRefusal(address: string): Promise<string | null> {
  try {
    const response = await fetch(address, { cache: 'no-store', signal: abortAfter(ANSWER_LIMIT_MS) });
    const reason = response.status === UPGRADE_REQUIRED ? 'reachable' : await refusal(response, address);
    void response.body?.cancel().catch(() => undefined);
    return reason;
  } catch {
    return null;
  }
}

/** The reason in an error response; null for a success, and for the error of a proxy that cannot reach the server. */
export async function refusal(response: Response, address: string): Promise<string | null> {
  if (response.ok || [502, 504].includes(response.status)) return null;
  const isText = (response.headers.get('content-type') ?? '').startsWith('text/plain');
  const [sentence = ''] = isText ? (await response.text()).trim().split('\n') : [];
  if (sentence) return sentence.slice(0, SENTENCE_LIMIT_CHARS);
  const name = new URL(address).pathname.split('/').slice(-2).join('/').replace(/^\//, '');
  return response.status === 404
    ? `this server has no ${name}`
    : `${name} answers with status ${response.status}`;
}

function abortAfter(ms: number): AbortSignal {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort.signal;
}
