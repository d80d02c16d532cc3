// Why an address gives no picture: a plain request, and the sentence in its answer.

/** A WebSocket's address says 426 to a plain request: it is there. */
const UPGRADE_REQUIRED = 426;
const PATIENCE_MS = 3000;
const SENTENCE_LIMIT = 300;

/** What the server says for itself; 'there' when the address is, null when nobody answers. */
export async function whyNot(address: string): Promise<string | null> {
  try {
    const response = await fetch(address, { cache: 'no-store', signal: abortAfter(PATIENCE_MS) });
    const reason = response.status === UPGRADE_REQUIRED ? 'there' : await refusal(response, address);
    void response.body?.cancel().catch(() => undefined);
    return reason;
  } catch {
    return null;
  }
}

/** The reason in an answer that is none; null for an answer that is one, or that only a proxy gave. */
export async function refusal(response: Response, address: string): Promise<string | null> {
  if (response.ok || [502, 504].includes(response.status)) return null;
  const isText = (response.headers.get('content-type') ?? '').startsWith('text/plain');
  const [sentence = ''] = isText ? (await response.text()).trim().split('\n') : [];
  if (sentence) return sentence.slice(0, SENTENCE_LIMIT);
  const name = new URL(address).pathname.split('/').slice(-2).join('/').replace(/^\//, '');
  return response.status === 404 ? `this server has no ${name}` : `${name} answers with status ${response.status}`;
}

function abortAfter(ms: number): AbortSignal {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), ms);
  return abort.signal;
}
