/**
 * `npm run dev`: Vite serves the page, a running Lenscast everything else: the API, WebSockets and endless bodies.
 *
 *   /              grid.html with several cameras, else index.html       (Vite)
 *   /cam/NAME/     index.html                                            (Vite)
 *   /src/… /@…     the page's modules                                    (Vite)
 *   all others     LENSCAST_SERVER, else http://127.0.0.1:8000           (Lenscast)
 */
import type { Connect, Plugin } from 'vite';

const SERVER = process.env['LENSCAST_SERVER'] ?? 'http://127.0.0.1:8000';
/** What Vite does not serve itself. The root is Vite's: its own WebSocket is there, too. */
const SERVED_BY_LENSCAST = '^/(?!$|\\?|@|src/|node_modules/|(index|grid|404)\\.html)';
const STATUS_LIMIT_MS = 2000;

export function runningServer(): Plugin {
  return {
    name: 'running-server',
    apply: 'serve',
    config: () => ({ server: { proxy: { [SERVED_BY_LENSCAST]: { target: SERVER, ws: true } } } }),
    configureServer: ({ middlewares }) => void middlewares.use(choosePage),
  };
}

/** Puts the pages at the addresses that they have on the server. */
const choosePage: Connect.NextHandleFunction = async (request, _response, next) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host');
  if (/^\/cam\/[^/]+\/$/.test(pathname)) request.url = `/index.html${search}`;
  else if (pathname === '/') request.url = `/${(await cameraCount()) > 1 ? 'grid' : 'index'}.html${search}`;
  next();
};

async function cameraCount(): Promise<number> {
  try {
    const response = await fetch(new URL('/api/v1/status', SERVER), {
      signal: AbortSignal.timeout(STATUS_LIMIT_MS),
    });
    return ((await response.json()) as { cameras: unknown[] }).cameras.length;
  } catch {
    return 0; // the page says that the server is not reachable
  }
}
