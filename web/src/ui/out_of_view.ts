// Says whether an element can be seen: not scrolled away, not in an <iframe> that is hidden or scrolled away.
//
// Browsers call no observer in an <iframe> with `display: none`, so there the size of the window is looked at, too: it is 0.

/** How often a page in an <iframe> looks at the size of its window. */
const LOOK_EVERY_MS = 1000;

/** Calls `changed` when the element comes into view or goes out of it. Returns what stops that. */
export function watchVisibility(element: Element, changed: (outOfView: boolean) => void): () => void {
  let intersects = true;
  let reported: boolean | null = null;
  const report = () => {
    const outOfView = !intersects || innerWidth === 0 || innerHeight === 0;
    if (outOfView !== reported) changed(outOfView);
    reported = outOfView;
  };
  const observer = new IntersectionObserver((entries) => {
    intersects = entries[entries.length - 1]?.isIntersecting !== false;
    report();
  });
  observer.observe(element);
  const timer = window.parent === window ? null : setInterval(report, LOOK_EVERY_MS);
  return () => {
    observer.disconnect();
    if (timer) clearInterval(timer);
  };
}
