// Says on the page of a classic system that no picture comes: what those systems speak has no words for it.
'use strict';

/** Watches a connection that has just opened; `message` is the element that says it. */
window.watchSilence = (message) => {
  const LIMIT_MS = 3000;
  const WORDS = 'No picture from the camera. It comes back by itself.';
  let heard = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - heard > LIMIT_MS) message.textContent = WORDS;
  }, 500);
  return {
    /** A picture has come. */
    heard() {
      heard = performance.now();
      if (message.textContent === WORDS) message.textContent = '';
    },
    /** The connection has ended, which has words of its own. */
    stop() {
      clearInterval(timer);
    },
  };
};
