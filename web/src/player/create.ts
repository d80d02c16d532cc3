// Creates the player of a kind. Only this file names all players. Those that few browsers need are loaded on demand.

import type { PlayerKind } from './kinds';
import { MsePlayer } from './mse';
import type { Player, PlayerHost } from './player';
import { WebCodecsPlayer } from './webcodecs';

/** `base` is the address of the camera's tree. */
export async function createPlayer(kind: PlayerKind, host: PlayerHost, base: URL): Promise<Player> {
  switch (kind) {
    case 'webcodecs':
      return new WebCodecsPlayer(host);
    case 'mse':
      return new MsePlayer(host, base);
    case 'mp4':
      return new (await import('./mp4_body')).Mp4BodyPlayer(host, base);
    case 'jmuxer':
      return new (await import('./jmuxer')).JmuxerPlayer(host, base);
    case 'broadway':
      return new (await import('./software')).SoftwarePlayer(host);
    case 'jsmpeg':
      return new (await import('./jsmpeg')).JsmpegPlayer(host, base);
    case 'mjpeg':
      return new (await import('./mjpeg')).MjpegPlayer(host, base);
  }
}
