// Shows on the page of a classic system that no picture comes. The protocols of those systems have no message for it.
'use strict';

/** Watches a connection that has just opened; `message` is the element that shows the text. */
window.watchSilence = (message) => {
  const LIMIT_MS = 3000;
  const TEXT = 'No picture from the camera. It returns automatically.';
  let lastPictureMs = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - lastPictureMs > LIMIT_MS) message.textContent = TEXT;
  }, 500);
  return {
    /** A picture has come. */
    heard() {
      lastPictureMs = performance.now();
      if (message.textContent === TEXT) message.textContent = '';
    },
    /** The connection has ended; the page shows another text for that. */
    stop() {
      clearInterval(timer);
    },
  };
};
