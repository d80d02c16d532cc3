// Makes the player of a kind: the one place that names them all.

import { MsePlayer } from './mse';
import type { Player, PlayerHost, PlayerKind } from './player';
import { WebCodecsPlayer } from './webcodecs';

/** `base` is the address of the camera's tree. */
export function createPlayer(kind: PlayerKind, host: PlayerHost, base: URL): Player {
  return kind === 'webcodecs' ? new WebCodecsPlayer(host) : new MsePlayer(host, base);
}
