// The grid of all cameras: the page at the root when there are several. Each tile is a link to its camera's own page.
//
//   api/v1/status ──names──► tiles ──► Session + View each; no video while out of view

import './style/base.css';
import './style/page.css';
import './style/view.css';
import './style/grid.css';
import { Session } from './session';
import { el, setText } from './ui/dom';
import { columnsFor, listenForGridKeys } from './ui/grid_keys';
import { View } from './ui/view';
import { camerasIn } from './ui/grid_link';

/** How often the list of cameras is fetched. */
const POLL_MS = 3000;
/** A tile starts to play this far out of view, so that it shows a picture when it scrolls in. */
const PRELOAD_MARGIN = '160px';
const TILES_LIMIT = 64;

interface Tile {
  link: HTMLAnchorElement;
  session: Session;
}

const query = new URLSearchParams(location.search);
const tiles = new Map<string, Tile>();
const list = el('main', { class: 'grid', 'aria-label': 'Cameras' });
const problem = el('p', { class: 'problem', role: 'status' });
const visibility = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      tiles.get((target as HTMLElement).dataset['camera'] ?? '')?.session.setOutOfView(!isIntersecting);
    }
  },
  { rootMargin: PRELOAD_MARGIN },
);

document.body.classList.add('scrolls');
document.body.append(list, problem);
listenForGridKeys(() => [...tiles.values()].map((tile) => tile.link));
void poll();

/** Fetches the list of cameras again and again. */
async function poll(): Promise<void> {
  try {
    const response = await fetch('api/v1/status', {
      cache: 'no-store',
      signal: AbortSignal.timeout(POLL_MS),
    });
    if (response.ok) show(camerasIn(await response.json()).slice(0, TILES_LIMIT));
    setText(problem, response.ok ? '' : `The server answered with status ${response.status}.`);
  } catch {
    setText(problem, tiles.size > 0 ? '' : 'Server not reachable. Trying again automatically.'); // each tile shows it
  }
  setTimeout(() => void poll(), POLL_MS);
}

function show(names: string[]): void {
  for (const [name, tile] of tiles) {
    if (names.includes(name)) continue;
    visibility.unobserve(tile.link);
    tile.session.close();
    tile.link.remove();
    tiles.delete(name);
  }
  for (const [index, name] of names.entries()) {
    const tile = tiles.get(name) ?? makeTile(name);
    if (list.children[index] !== tile.link) list.insertBefore(tile.link, list.children[index] ?? null);
    tile.link.setAttribute('aria-keyshortcuts', index < 9 ? String(index + 1) : '');
  }
  list.style.setProperty('--columns', String(columnsFor(names.length)));
  document.title = `Cameras · ${names.length}`;
}

function makeTile(name: string): Tile {
  const view = new View('div');
  const address = `cam/${name}/`;
  const link = el(
    'a',
    { class: 'tile', href: address + location.search, 'data-camera': name, 'aria-label': name },
    view.element,
  );
  const session: Session = new Session(
    {
      base: new URL(address, document.baseURI),
      requestedPlayer: query.get('player'),
      visibleElsewhere: () => false,
    },
    {
      changed: (state) => {
        view.show(state, name);
        link.setAttribute('aria-label', `${name}: ${link.querySelector('.pill-state')?.textContent ?? ''}`);
      },
      surfaceChanged: (surface) => view.setSurface(surface),
      tapNeeded: () => undefined,
      notice: () => undefined,
    },
  );
  view.show(session.state, name);
  const tile = { link, session };
  tiles.set(name, tile);
  session.setOutOfView(true); // until it is visible
  session.start();
  visibility.observe(link);
  return tile;
}
