// The page of one camera: connects the session to the controls, the panel and the dialog.

import './style/base.css';
import './style/page.css';
import './style/view.css';
import './style/controls.css';
import './style/panels.css';
import { exposeDebug } from './debug';
import { Session } from './session';
import { showAccess } from './ui/access_line';
import { keepVolume, keptVolume, pageStorage } from './player/sound';
import { Controls } from './ui/controls';
import { el, setText } from './ui/dom';
import { canFullscreen, isFullscreen, onFullscreenChange, toggleFullscreen } from './ui/fullscreen';
import { Help } from './ui/help';
import { Info } from './ui/info';
import { Notice } from './ui/notice';
import { PictureInPicture } from './ui/picture_in_picture';
import { GESTURES, listenForShortcuts, SHORTCUTS, type Action } from './ui/shortcuts';
import { saveSnapshot } from './ui/snapshot';
import { View } from './ui/view';
import { findGrid, isCameraPage, type Grid } from './ui/grid_link';
import { watchVisibility } from './ui/out_of_view';
import { listenForGestures } from './ui/pointer';
import { stateText } from './ui/state_text';
import { isAnswering, isPlayable, type State } from './state';

const query = new URLSearchParams(location.search);
const view = new View('main', { class: 'page', 'aria-label': 'Live video' });
const heading = el('h1', { class: 'spoken' }, 'Live video');
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
    soundFailed(reason) {
      controls.setVolume(null);
      notice.show(`Sound failed: ${reason}.`);
    },
  },
);

const actions: Record<Action, () => void> = {
  sound: () => setVolume(session.volume === null ? keptVolume(pageStorage()) : null),
  pause: () => (session.paused ? session.resume() : session.pause()),
  snapshot: () => void snapshot(),
  pip: () => void togglePip(),
  info: () => setInfo(!info.open),
  help: () => help.toggle(),
  fullscreen: () => void toggleFullscreen(session.player?.surface ?? null).catch(() => undefined),
  grid: () => grid && location.assign(grid.address),
  previous: () => grid && location.assign(grid.previous),
  next: () => grid && location.assign(grid.next),
  close: () => closeTopmost(),
};
let grid: Grid | null = null;
let gridSearched = false;
let gridFailures = 0;
let accessAsked = false;
/** A search that failed is repeated after this time, at most GRID_TRIES times. */
const GRID_RETRY_MS = 2000;
const GRID_TRIES = 5;
/** How often the level of the sound is drawn. */
const LEVEL_EVERY_MS = 100;
const usable = {
  pause: true,
  sound: false,
  snapshot: true,
  info: true,
  help: true,
  pip: PictureInPicture.usable(),
  fullscreen: canFullscreen(null),
  grid: false,
};
const controls = new Controls(actions, usable, setVolume);
const info = new Info(session, () => setInfo(false));
const help = new Help({ keys: SHORTCUTS, gestures: GESTURES }, isUsable);

document.documentElement.classList.toggle('bare', query.has('bare'));
view.element.prepend(heading);
view.element.append(info.panel, notice.line, controls.bar);
document.body.append(view.element, view.announcement, help.dialog);

listenForShortcuts((action) => {
  const allowed = !help.dialog.open || action === 'help' || action === 'close';
  if (allowed && isUsable(action)) actions[action]();
});
onFullscreenChange((full) => controls.setFullscreen(full));
let touched = false;
addEventListener('pointerdown', (event) => (touched = event.pointerType === 'touch'), true);
view.stage.addEventListener('dblclick', () => touched || actions.fullscreen());
listenForGestures(view.element, (gesture) => actions[gesture === 'double tap' ? 'fullscreen' : gesture]());
watchVisibility(view.element, (outOfView) => session.setOutOfView(outOfView && !pip.active));
if (query.has('info')) setInfo(true);
exposeDebug(session);
showState(session.state);
session.start();

/** Whether an action makes sense now. A page without a toolbar has the same keys. */
function isUsable(action: Action): boolean {
  if (action === 'close') return true;
  return action === 'previous' || action === 'next' ? grid !== null : controls.isUsable(action);
}

/** Esc: closes the help, else the panel, else goes back to the grid. The browser itself leaves full screen. */
function closeTopmost(): void {
  if (help.dialog.open) help.close();
  else if (info.open) setInfo(false);
  else if (!isFullscreen()) actions.grid();
}

function showState(state: State): void {
  view.show(state, session.camera, actionFor(state));
  setText(heading, session.camera ? `Camera ${session.camera}` : 'Live video');
  document.documentElement.dataset['state'] = state.name;
  document.title = [session.camera, stateText(state).label].filter(Boolean).join(' · ');
  controls.setPaused(session.paused);
  const playable = isPlayable(state.name);
  controls.setUsable('pause', playable);
  controls.setUsable('sound', playable && session.canListen);
  controls.setUsable('snapshot', playable);
  controls.setUsable('pip', usable.pip && (playable || pip.active));
  if (!grid && isAnswering(state.name)) searchGrid();
  if (!accessAsked && isAnswering(state.name)) {
    accessAsked = true;
    void showAccess(isCameraPage(location.pathname, session.camera) ? '../../' : '', controls, info);
  }
}

setInterval(() => controls.setLevel(session.beside.level), LEVEL_EVERY_MS);

function setVolume(volume: number | null): void {
  if (volume !== null) keepVolume(pageStorage(), volume);
  session.setVolume(volume);
  controls.setVolume(volume);
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
    (found) => {
      grid = found;
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
