// How many columns the grid has. Pure.
//
// As many as make the tiles largest in the window, so that all of them are in view without a scroll bar. Tiles that would be
// smaller than LEAST_PX across keep that width, and the page scrolls.

/** A narrower tile shows too little. */
const LEAST_PX = 220;
/** On a narrower window the tiles are below each other, each as wide as the window. */
const PHONE_PX = 640;
const ASPECT = 16 / 9;

export interface GridLayout {
  columns: number;
  rows: number;
  /** All tiles are in view; else the page scrolls. */
  fits: boolean;
}

/** `width` and `height` are those of the space for the tiles, `gap` is between them, all in pixels. */
export function layoutOf(count: number, width: number, height: number, gap: number): GridLayout {
  let best = { columns: 1, rows: Math.max(1, count), tile: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const across = (width - (columns - 1) * gap) / columns;
    const down = (height - (rows - 1) * gap) / rows;
    const tile = Math.min(across, down * ASPECT);
    if (tile > best.tile + 0.5) best = { columns, rows, tile };
  }
  const { columns, rows, tile } = best;
  if (tile >= LEAST_PX && width >= PHONE_PX) return { columns, rows, fits: true };
  const most = width < PHONE_PX ? 1 : Math.max(1, Math.floor((width + gap) / (LEAST_PX * 1.4 + gap)));
  const scrolled = Math.min(count || 1, most);
  return { columns: scrolled, rows: Math.ceil(count / scrolled) || 1, fits: false };
}
