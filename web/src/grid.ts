// The grid of all cameras: the page at the root when there are several. Each tile is a link to its camera's own page.
//
//   api/v1/status ──names──► tiles ──► Session + View each, resting while out of view
//
// Wiring only, as in main.ts.

import './style/base.css';
import './style/page.css';
import './style/view.css';
import './style/grid.css';
import { Session } from './session';
import { el, setText } from './ui/dom';
import { columnsFor, listenForGridKeys } from './ui/grid_keys';
import { View } from './ui/view';
import { camerasIn } from './ui/way_back';

/** How often the server is asked which cameras there are. */
const LOOK_EVERY_MS = 3000;
/** So far out of view a tile begins to play, so that it does when it comes in. */
const AHEAD = '160px';
const TILES_LIMIT = 64;

interface Tile {
  link: HTMLAnchorElement;
  session: Session;
}

const query = new URLSearchParams(location.search);
const tiles = new Map<string, Tile>();
const list = el('main', { class: 'grid', 'aria-label': 'Cameras' });
const problem = el('p', { class: 'problem', role: 'status' });
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    tiles.get((target as HTMLElement).dataset['camera'] ?? '')?.session.setResting(!isIntersecting);
  }
}, { rootMargin: AHEAD });

document.body.classList.add('scrolls');
document.body.append(list, problem);
listenForGridKeys(() => [...tiles.values()].map((tile) => tile.link));
void look();

/** Asks which cameras there are, for as long as the page lives. */
async function look(): Promise<void> {
  try {
    const response = await fetch('api/v1/status', { cache: 'no-store', signal: AbortSignal.timeout(LOOK_EVERY_MS) });
    if (response.ok) show(camerasIn(await response.json()).slice(0, TILES_LIMIT));
    setText(problem, response.ok ? '' : `The server answers with status ${response.status}.`);
  } catch {
    setText(problem, tiles.size > 0 ? '' : 'The server is not reachable. It is tried again by itself.'); // tiles say it themselves
  }
  setTimeout(() => void look(), LOOK_EVERY_MS);
}

function show(names: string[]): void {
  for (const [name, tile] of tiles) {
    if (names.includes(name)) continue;
    seen.unobserve(tile.link);
    tile.session.close();
    tile.link.remove();
    tiles.delete(name);
  }
  for (const [place, name] of names.entries()) {
    const tile = tiles.get(name) ?? makeTile(name);
    if (list.children[place] !== tile.link) list.insertBefore(tile.link, list.children[place] ?? null);
    tile.link.setAttribute('aria-keyshortcuts', place < 9 ? String(place + 1) : '');
  }
  list.style.setProperty('--columns', String(columnsFor(names.length)));
  document.title = `Cameras · ${names.length}`;
}

function makeTile(name: string): Tile {
  const view = new View('div');
  const address = `cam/${name}/`;
  const link = el('a', { class: 'tile', href: address + location.search, 'data-camera': name, 'aria-label': name }, view.element);
  const session: Session = new Session(
    { base: new URL(address, document.baseURI), asked: query.get('player'), watchedElsewhere: () => false },
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
  session.setResting(true); // until it is seen
  session.start();
  seen.observe(link);
  return tile;
}
