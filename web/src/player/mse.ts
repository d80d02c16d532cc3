import type { Player, PlayerHost } from './player';
export class MsePlayer { constructor(_host: PlayerHost, _base: URL) { throw new Error('soon'); } }
export interface MsePlayer extends Player {}
