// The ways to play there are, best first, and what each is called.

export const PLAYER_KINDS = ['webcodecs', 'mse', 'jmuxer', 'broadway', 'jsmpeg', 'mjpeg'] as const;

/** As in `?player=`. */
export type PlayerKind = (typeof PLAYER_KINDS)[number];

/** For people. */
export const PLAYER_NAMES: Record<PlayerKind, string> = {
  webcodecs: 'WebCodecs',
  mse: 'Media Source',
  jmuxer: 'JMuxer',
  broadway: 'Software H.264',
  jsmpeg: 'MPEG-1',
  mjpeg: 'Motion JPEG',
};

export function playerKind(text: string | null): PlayerKind | null {
  return PLAYER_KINDS.find((kind) => kind === text) ?? null;
}
