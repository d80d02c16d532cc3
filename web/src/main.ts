// The page: one session and the interface around it. All wiring between rooms stands here and nowhere else.

import './style/page.css';
import './style/overlay.css';
import './style/controls.css';
import './style/panels.css';
import { exposeDebug } from './debug';
import { Session } from './session';
import { Controls, type Actions } from './ui/controls';
import { el } from './ui/dom';
import { canFullscreen, onFullscreenChange, toggleFullscreen } from './ui/fullscreen';
import { Help } from './ui/help';
import { Info } from './ui/info';
import { Notice } from './ui/notice';
import { Overlay } from './ui/overlay';
import { PictureInPicture } from './ui/picture_in_picture';
import { listenForShortcuts } from './ui/shortcuts';
import { saveSnapshot } from './ui/snapshot';
import type { State } from './state';

const query = new URLSearchParams(location.search);
const stage = el('div', { class: 'stage' });
const overlay = new Overlay();
const notice = new Notice();
const pip = new PictureInPicture((active) => controls.setPressed('pip', active));
let play: (() => void) | null = null;

const session: Session = new Session(
  { base: new URL('.', document.baseURI), asked: query.get('player'), watchedElsewhere: () => pip.active },
  {
    changed: showState,
    surfaceChanged(surface) {
      pip.close();
      stage.replaceChildren(surface);
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
};
const usable = {
  pause: true, snapshot: true, info: true, help: true, pip: PictureInPicture.usable(), fullscreen: canFullscreen(null),
};
const controls = new Controls(actions, usable);
const info = new Info(session, () => setInfo(false));
const help = new Help((control) => control === 'close' || usable[control]);

document.body.append(
  el('main', { class: 'page', 'aria-label': 'Live video' },
    stage, el('div', { class: 'veil' }), overlay.message, overlay.pill, info.panel, notice.line, controls.bar),
  overlay.spoken, help.dialog,
);

listenForShortcuts((control) => {
  if (control !== 'close') {
    if (usable[control] && !(help.dialog.open && control !== 'help')) actions[control]();
  } else if (!help.dialog.open) setInfo(false);
});
onFullscreenChange((full) => controls.setFullscreen(full));
stage.addEventListener('dblclick', () => actions.fullscreen());
if (query.has('info')) setInfo(true);
exposeDebug(session);
showState(session.state);
session.start();

function showState(state: State): void {
  overlay.show(state, session.camera, state.name === 'tap' && play ? { label: 'Play', act: play } : null);
  controls.setPaused(session.paused);
  const playable = state.name !== 'unplayable';
  for (const name of ['pause', 'snapshot'] as const) controls.setUsable(name, playable);
  controls.setUsable('pip', playable && usable.pip);
}

function setInfo(open: boolean): void {
  info.setOpen(open);
  controls.setPressed('info', open);
}

async function snapshot(): Promise<void> {
  const surface = session.player?.surface;
  const saved = surface ? await saveSnapshot(surface, session.camera) : false;
  notice.show(saved ? 'Snapshot saved' : 'There is no picture to save yet');
}

async function togglePip(): Promise<void> {
  if (!session.player) return;
  try {
    await pip.toggle(session.player);
  } catch {
    notice.show('The browser does not allow picture in picture now');
  }
}
