/** The ways our page plays, by their names in `?player=`, and what each draws on. */
export const PLAYERS = [
  { player: "webcodecs", surface: "canvas" },
  { player: "mse", surface: "video" },
  { player: "jmuxer", surface: "video" },
  { player: "broadway", surface: "canvas" },
  { player: "jsmpeg", surface: "canvas" },
  { player: "mjpeg", surface: "canvas" },
];
