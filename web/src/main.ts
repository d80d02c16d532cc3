// The page of one camera: connects the session to the controls, the panel and the dialog.

import './style/base.css';
import './style/page.css';
import './style/view.css';
import './style/controls.css';
import './style/panels.css';
import { exposeDebug } from './debug';
import { Session } from './session';
import { Controls, type Actions } from './ui/controls';
import { canFullscreen, onFullscreenChange, toggleFullscreen } from './ui/fullscreen';
import { Help } from './ui/help';
import { Info } from './ui/info';
import { Notice } from './ui/notice';
import { PictureInPicture } from './ui/picture_in_picture';
import { listenForShortcuts } from './ui/shortcuts';
import { saveSnapshot } from './ui/snapshot';
import { View } from './ui/view';
import { findGrid } from './ui/grid_link';
import { stateText } from './ui/state_text';
import { isAnswering, isPlayable, type State } from './state';

const query = new URLSearchParams(location.search);
const view = new View('main', { class: 'page', 'aria-label': 'Live video' });
const notice = new Notice();
const pip = new PictureInPicture((active) => controls.setPressed('pip', active));
let play: (() => void) | null = null;

const session: Session = new Session(
  {
    base: new URL('.', document.baseURI),
    requestedPlayer: query.get('player'),
    visibleElsewhere: () => pip.active,
  },
  {
    changed: showState,
    surfaceChanged(surface) {
      pip.close();
      view.setSurface(surface);
      controls.setUsable('fullscreen', canFullscreen(surface));
    },
    tapNeeded(act) {
      play = act;
      showState(session.state);
    },
    notice: (text) => notice.show(text),
  },
);

const actions: Actions = {
  pause: () => (session.paused ? session.resume() : session.pause()),
  snapshot: () => void snapshot(),
  pip: () => void togglePip(),
  info: () => setInfo(!info.open),
  help: () => help.toggle(),
  fullscreen: () => void toggleFullscreen(session.player?.surface ?? null).catch(() => undefined),
  grid: () => grid && location.assign(grid),
};
let grid: string | null = null;
let gridSearched = false;
let gridFailures = 0;
/** A search that failed is repeated after this time, at most GRID_TRIES times. */
const GRID_RETRY_MS = 2000;
const GRID_TRIES = 5;
const usable = {
  pause: true,
  snapshot: true,
  info: true,
  help: true,
  pip: PictureInPicture.usable(),
  fullscreen: canFullscreen(null),
  grid: false,
};
const controls = new Controls(actions, usable);
const info = new Info(session, () => setInfo(false));
const help = new Help(
  (control) => control === 'close' || (control === 'grid' ? grid !== null : usable[control]),
);

view.element.append(info.panel, notice.line, controls.bar);
document.body.append(view.element, view.announcement, help.dialog);

listenForShortcuts((control) => {
  if (control === 'close') return help.dialog.open ? help.close() : setInfo(false);
  if (controls.isUsable(control) && !(help.dialog.open && control !== 'help')) actions[control]();
});
onFullscreenChange((full) => controls.setFullscreen(full));
view.stage.addEventListener('dblclick', () => actions.fullscreen());
if (query.has('info')) setInfo(true);
exposeDebug(session);
showState(session.state);
session.start();

function showState(state: State): void {
  view.show(state, session.camera, actionFor(state));
  document.documentElement.dataset['state'] = state.name;
  document.title = [session.camera, stateText(state).label].filter(Boolean).join(' · ');
  controls.setPaused(session.paused);
  const playable = isPlayable(state.name);
  controls.setUsable('pause', playable);
  controls.setUsable('snapshot', playable);
  controls.setUsable('pip', usable.pip && (playable || pip.active));
  if (!grid && isAnswering(state.name)) searchGrid();
}

function actionFor(state: State): { label: string; act: () => void } | null {
  if (state.name === 'tap' && play) return { label: 'Play', act: play };
  return state.name === 'unplayable' ? { label: 'Try again', act: () => session.retryPlayers() } : null;
}

/** Offers the grid if the server has several cameras. Searched when the server has answered, and again if that fails. */
function searchGrid(): void {
  if (gridSearched || session.camera === '') return;
  gridSearched = true;
  findGrid(location, session.camera).then(
    (address) => {
      grid = address;
      controls.setUsable('grid', grid !== null);
    },
    () => {
      gridSearched = false;
      if (++gridFailures < GRID_TRIES) setTimeout(searchGrid, GRID_RETRY_MS);
    },
  );
}

function setInfo(open: boolean): void {
  info.setOpen(open);
  controls.setPressed('info', open);
}

async function snapshot(): Promise<void> {
  const surface = session.player?.surface;
  const saved = surface ? await saveSnapshot(surface, session.camera) : false;
  notice.show(saved ? 'Snapshot saved' : 'No picture to save yet');
}

async function togglePip(): Promise<void> {
  if (!session.player) return;
  try {
    await pip.toggle(session.player);
  } catch {
    notice.show('The browser refused picture in picture');
  }
}
