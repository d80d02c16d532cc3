// Which kind of pointer the device has, and its gestures on the picture.
//
//   swipe to the left or right ─► next or previous camera        double tap ─► full screen

/** Whether fingers are the main pointer. */
export function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}

/** A swipe is at least this long, in pixels, */
const SWIPE_PX = 60;
/** at most this slow, */
const SWIPE_MS = 600;
/** and this many times as wide as high. */
const SWIPE_RATIO = 2;
const DOUBLE_TAP_MS = 320;
const TAP_PX = 24;

export interface Touch {
  x: number;
  y: number;
  atMs: number;
}

export type Gesture = 'next' | 'previous' | 'double tap' | null;

/** The gesture of a touch from `start` to `end`; `before` is the end of the tap before it. Pure. */
export function gestureOf(start: Touch, end: Touch, before: Touch | null): Gesture {
  const [across, down] = [end.x - start.x, end.y - start.y];
  const swiped = Math.abs(across) >= SWIPE_PX && Math.abs(across) >= SWIPE_RATIO * Math.abs(down);
  if (swiped) return end.atMs - start.atMs > SWIPE_MS ? null : across < 0 ? 'next' : 'previous';
  const near = before && Math.hypot(end.x - before.x, end.y - before.y) < TAP_PX;
  const isTap = Math.hypot(across, down) < TAP_PX;
  return isTap && near && end.atMs - before.atMs < DOUBLE_TAP_MS ? 'double tap' : null;
}

/** Calls `act` for each gesture of one finger on `element`. */
export function listenForGestures(
  element: HTMLElement,
  act: (gesture: Exclude<Gesture, null>) => void,
): void {
  let start: Touch | null = null;
  let before: Touch | null = null;
  const touchOf = (event: PointerEvent): Touch => ({
    x: event.clientX,
    y: event.clientY,
    atMs: event.timeStamp,
  });
  element.addEventListener('pointerdown', (event) => {
    start = event.pointerType === 'touch' && event.isPrimary ? touchOf(event) : null;
  });
  element.addEventListener('pointercancel', () => (start = null));
  element.addEventListener('pointerup', (event) => {
    if (!start || !event.isPrimary) return;
    const end = touchOf(event);
    const gesture = gestureOf(start, end, before);
    before = gesture ? null : end;
    start = null;
    if (gesture) act(gesture);
  });
}
