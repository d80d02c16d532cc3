// The grid of all cameras: the page at the root when there are several. Each tile is a link to its camera's own page.
//
//   api/v1/status ──names──► tiles ──► Session + View each; no video while out of view

import './style/base.css';
import './style/page.css';
import './style/view.css';
import './style/controls.css';
import './style/panels.css';
import './style/grid.css';
import { Session } from './session';
import { showAccess } from './ui/access_line';
import { el, setText } from './ui/dom';
import { Controls } from './ui/controls';
import { canFullscreen, onFullscreenChange, toggleFullscreen } from './ui/fullscreen';
import { GridInfo } from './ui/grid_info';
import { listenForGridKeys } from './ui/grid_keys';
import { layoutOf } from './ui/grid_layout';
import { Help } from './ui/help';
import { GRID_GESTURES, GRID_KEYS, GRID_SHORTCUTS, listenForShortcuts, type Action } from './ui/shortcuts';
import { stateText } from './ui/state_text';
import { View } from './ui/view';
import { retryDelayMs, type LinkEnd } from './wire/retry';
import { camerasIn } from './ui/grid_link';

/** How often the list of cameras is fetched. */
const POLL_MS = 3000;
/** A tile starts to play this far out of view, so that it shows a picture when it scrolls in. */
const PRELOAD_MARGIN = '160px';
const TILES_LIMIT = 64;
/** An answer that takes longer is not waited for. */
const ANSWER_LIMIT_MS = 3000;

interface Tile {
  element: HTMLElement;
  link: HTMLAnchorElement;
  session: Session;
}

const query = new URLSearchParams(location.search);
let refusals = 0;
const tiles = new Map<string, Tile>();
const list = el('div', { class: 'grid' });
const problem = el('p', { class: 'problem', role: 'status' });
const controls = new Controls(
  {
    info: () => setInfo(!info.open),
    help: () => help.toggle(),
    fullscreen: () => void toggleFullscreen(null).catch(() => undefined),
  },
  {
    pause: false,
    sound: false,
    grid: false,
    snapshot: false,
    pip: false,
    info: true,
    help: true,
    fullscreen: canFullscreen(null),
  },
);
const info = new GridInfo(
  () => [...tiles].map(([name, tile]) => [name, tile.session] as const),
  () => setInfo(false),
);
const help = new Help(
  { keys: [...GRID_KEYS, ...GRID_SHORTCUTS], gestures: GRID_GESTURES },
  (action) => action === 'close' || (action !== 'previous' && action !== 'next' && controls.isUsable(action)),
);
const visibility = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      tiles.get((target as HTMLElement).dataset['camera'] ?? '')?.session.setOutOfView(!isIntersecting);
    }
  },
  { rootMargin: PRELOAD_MARGIN },
);

document.body.classList.add('scrolls');
document.documentElement.classList.toggle('bare', query.has('bare'));
const heading = el('h1', { class: 'spoken' }, 'Cameras');
const main = el('main', { 'aria-label': 'Cameras' }, heading, list, problem, controls.bar, info.panel);
document.body.append(main, help.dialog);
listenForGridKeys(() => (help.dialog.open ? [] : [...tiles.values()].map((tile) => tile.link)));
listenForShortcuts(act, GRID_SHORTCUTS);
onFullscreenChange((full) => controls.setFullscreen(full));
addEventListener('resize', layOut);
void poll();
void showAccess('', controls, info);

function act(action: Action): void {
  if (action === 'close') return help.dialog.open ? help.close() : setInfo(false);
  if (help.dialog.open && action !== 'help') return;
  if (action === 'info') setInfo(!info.open);
  else if (action === 'help') help.toggle();
  else if (action === 'fullscreen') void toggleFullscreen(null).catch(() => undefined);
}

function setInfo(open: boolean): void {
  info.setOpen(open);
  controls.setPressed('info', open);
}

/** Chooses the number of columns for the window. */
function layOut(): void {
  const style = getComputedStyle(list);
  const sides = (names: string[]) =>
    names.reduce((sum, name) => sum + parseFloat(style.getPropertyValue(name)), 0);
  const width = document.documentElement.clientWidth - sides(['padding-left', 'padding-right']);
  const height = innerHeight - sides(['padding-top', 'padding-bottom']);
  const { columns, rows, fits } = layoutOf(tiles.size, width, height, parseFloat(style.columnGap) || 0);
  list.style.setProperty('--columns', String(columns));
  list.style.setProperty('--rows', String(rows));
  list.classList.toggle('fits', fits);
}

/** Fetches the list of cameras again and again, ever more slowly while the server refuses. */
async function poll(): Promise<void> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), ANSWER_LIMIT_MS);
  let end: LinkEnd | null = null;
  try {
    const response = await fetch('api/v1/status', { cache: 'no-store', signal: abort.signal });
    end = refusalOf(response.status);
    if (response.ok) show(camerasIn(await response.json()).slice(0, TILES_LIMIT));
    setText(problem, response.ok ? '' : problemOf(response.status));
  } catch {
    setText(problem, tiles.size > 0 ? '' : 'Server not reachable. Trying again automatically.'); // each tile shows it
  }
  clearTimeout(timer);
  abort.abort();
  refusals = end ? refusals + 1 : 0;
  const delayMs = end ? retryDelayMs(end, Math.random(), refusals - 1) : POLL_MS;
  setTimeout(() => void poll(), delayMs);
}

function refusalOf(status: number): LinkEnd | null {
  if (status === 401 || status === 407) return 'password';
  return status >= 400 && status < 500 ? 'denied' : null;
}

function problemOf(status: number): string {
  if (status === 401 || status === 407)
    return 'This address asks for a password. Load the page again to give it.';
  if (status === 403) return 'Access is refused. Trying again from time to time.';
  return `The server answered with status ${status}. Trying again automatically.`;
}

function show(names: string[]): void {
  for (const [name, tile] of tiles) {
    if (names.includes(name)) continue;
    visibility.unobserve(tile.element);
    tile.session.close();
    tile.element.remove();
    tiles.delete(name);
  }
  for (const [index, name] of names.entries()) {
    const tile = tiles.get(name) ?? makeTile(name);
    const place = list.children[index] ?? null;
    if (place !== tile.element) list.insertBefore(tile.element, place);
    tile.link.setAttribute('aria-keyshortcuts', index < 9 ? String(index + 1) : '');
  }
  layOut();
  document.title = `Cameras · ${names.length}`;
}

function makeTile(name: string): Tile {
  const view = new View('div', { 'aria-hidden': 'true' }); // the link says it all
  const address = `cam/${name}/`;
  // The link lies over the picture and says all of it; its name is what is to be seen of the camera.
  const reason = el('p', { class: 'spoken', id: `reason-${name}` });
  const link = el('a', {
    href: address + location.search,
    'aria-label': name,
    'aria-describedby': reason.id,
  });
  const element = el('div', { class: 'tile', 'data-camera': name }, view.element, link, reason);
  const session: Session = new Session(
    {
      base: new URL(address, document.baseURI),
      requestedPlayer: query.get('player'),
      visibleElsewhere: () => false,
    },
    {
      changed: (state) => {
        view.show(state, name);
        link.setAttribute('aria-label', `${name}: ${stateText(state).label}`);
        const { headline, detail } = stateText(state);
        link.title = detail;
        setText(reason, [headline, detail].filter(Boolean).join('. '));
      },
      surfaceChanged: (surface) => view.setSurface(surface),
      tapNeeded: () => undefined,
      notice: () => undefined,
    },
  );
  view.show(session.state, name);
  const tile = { element, link, session };
  tiles.set(name, tile);
  session.setOutOfView(true); // until it is visible
  session.start();
  visibility.observe(element);
  return tile;
}
