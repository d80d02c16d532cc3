// The keys of the grid: 1 to 9 open a camera, the arrows move the focus. Enter opens the focused link, as anywhere.

/** The tile to which an arrow key moves from tile `at` (-1: none); null for other keys. */
export function nextTile(key: string, at: number, count: number, columns: number): number | null {
  if (count === 0 || !/^Arrow(Left|Right|Up|Down)$/.test(key)) return null;
  if (at < 0) return 0;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0;
  const next = at + step;
  return next >= 0 && next < count ? next : at;
}

/** `links` returns the tiles in order. */
export function listenForGridKeys(links: () => HTMLAnchorElement[]): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const all = links();
    if (/^[1-9]$/.test(event.key)) return all[Number(event.key) - 1]?.click();
    const at = all.findIndex((link) => link === document.activeElement);
    const top = all[0]?.getBoundingClientRect().top;
    const columns = Math.max(1, all.filter((link) => link.getBoundingClientRect().top === top).length);
    const next = nextTile(event.key, at, all.length, columns);
    if (next === null) return;
    event.preventDefault();
    all[next]?.focus();
  });
}
