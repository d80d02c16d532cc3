// The page of the picamera + ws4py + Broadway system: NAL units from the WebSocket's port to Broadway.
'use strict';

(() => {
  const RETRY_MS = [500, 1000, 2000, 5000];
  /** Close code of a stream that Broadway cannot decode; the reason says what to set. */
  const REFUSED = 1008;
  /** A picture may wait so long for the decoder: one that is too slow goes on at a later keyframe, instead of ever later. */
  const MAX_WAIT_MS = 700;
  /** It has caught up when so few pictures wait. */
  const CAUGHT_UP = 6;
  /** What a decoder has not shown by then it never will. */
  const GIVEN_UP_MS = 3000;
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
  /** When the pictures were given to the decoder that it has not shown yet. */
  let waiting = [];
  let skips = false;
  let shows = false;
  player.onPictureDecoded = () => {
    waiting.shift();
    // Until now the decoder was being loaded: that is no sign that it is slow.
    if (!shows) waiting.fill(performance.now());
    shows = true;
    tries = 0;
    message.textContent = '';
  };

  /** Gives a NAL unit, behind its start code of four bytes, to the decoder. */
  const feed = (unit) => {
    const type = unit[4] & 31;
    const now = performance.now();
    // A keyframe begins with its parameter sets. What has not been shown by then is not waited for any more.
    if (type === 7 && skips && (waiting.length <= CAUGHT_UP || now - waiting.at(-1) > GIVEN_UP_MS)) {
      skips = false;
      waiting = [];
    }
    if (shows && now - waiting[0] > MAX_WAIT_MS) skips = true;
    if (skips) return;
    // first_mb_in_slice is 0, coded as one bit of 1, where a picture begins.
    if ((type === 1 || type === 5) && unit[5] & 0x80) waiting.push(now);
    player.decode(unit);
  };

  const connect = () => {
    const scheme = location.protocol.replace('http', 'ws');
    const socket = new WebSocket(`${scheme}//${location.hostname}:${viewer.dataset.wsPort}/`);
    socket.binaryType = 'arraybuffer';
    let silence = null;
    socket.onopen = () => {
      silence = watchSilence(message);
      waiting = [];
      skips = false;
      message.textContent = 'Waiting for the picture…';
    };
    socket.onmessage = ({ data }) => {
      silence.heard();
      feed(new Uint8Array(data));
    };
    socket.onclose = ({ code, reason }) => {
      silence?.stop();
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
