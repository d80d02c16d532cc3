// The kinds of players, best first, and their names.

export const PLAYER_KINDS = ['webcodecs', 'mse', 'mp4', 'jmuxer', 'broadway', 'jsmpeg', 'mjpeg'] as const;

/** The value of `?player=`. */
export type PlayerKind = (typeof PLAYER_KINDS)[number];

/** As the page shows them. */
export const PLAYER_NAMES: Record<PlayerKind, string> = {
  webcodecs: 'WebCodecs',
  mse: 'Media Source',
  mp4: 'Media Source over HTTP',
  jmuxer: 'JMuxer',
  broadway: 'Software H.264',
  jsmpeg: 'MPEG-1',
  mjpeg: 'Motion JPEG',
};

export function playerKind(text: string | null): PlayerKind | null {
  return PLAYER_KINDS.find((kind) => kind === text) ?? null;
}
