// The page of the picamera + ws4py + Broadway system: NAL units from the WebSocket's port to Broadway.
'use strict';

(() => {
  const RETRY_MS = [500, 1000, 2000, 5000];
  /** Close code of a stream that Broadway cannot decode; the reason says what to set. */
  const REFUSED = 1008;
  const viewer = document.getElementById('viewer');
  const message = document.getElementById('message');
  const player = new Player({
    useWorker: true,
    webgl: 'auto',
    size: { width: Number(viewer.dataset.width), height: Number(viewer.dataset.height) },
  });
  window.player = player;
  viewer.appendChild(player.canvas);

  let tries = 0;
  player.onPictureDecoded = () => {
    tries = 0;
    message.textContent = '';
  };

  const connect = () => {
    const scheme = location.protocol.replace('http', 'ws');
    const socket = new WebSocket(`${scheme}//${location.hostname}:${viewer.dataset.wsPort}/`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => { message.textContent = 'Waiting for the picture…'; };
    socket.onmessage = ({ data }) => player.decode(new Uint8Array(data));
    socket.onclose = ({ code, reason }) => {
      if (code === REFUSED) {
        message.textContent = `${reason} (rpicam-vid: --profile baseline; ffmpeg: -profile:v baseline).`;
      } else {
        message.textContent = reason ? `${reason}. Trying again…` : 'No connection to the camera. Trying again…';
      }
      setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    };
  };
  connect();
})();
