// The page of pistreaming: MPEG-1 video from the WebSocket's port to jsmpg.js.
'use strict';

(() => {
  const RETRY_MS = [500, 1000, 2000, 5000];
  const canvas = document.getElementById('videoCanvas');
  const message = document.getElementById('message');
  let tries = 0;

  const connect = () => {
    const scheme = location.protocol.replace('http', 'ws');
    const client = new WebSocket(`${scheme}//${location.hostname}:${canvas.dataset.wsPort}/`);
    window.player = new jsmpeg(client, { canvas });
    let messages = 0;
    let silence = null;
    client.addEventListener('open', () => {
      silence = watchSilence(message);
    });
    client.addEventListener('message', () => {
      silence.heard();
      // The first two are the header and the first picture.
      if (++messages === 2) {
        tries = 0;
        message.textContent = '';
      }
    });
    client.addEventListener('close', ({ reason }) => {
      silence?.stop();
      message.textContent = reason
        ? `${reason}. Trying again…`
        : 'No connection to the camera. Trying again…';
      setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    });
  };
  connect();
})();
