// The page of the picamera + ws4py + Broadway system: NAL units from the WebSocket's port to Broadway.
'use strict';

(() => {
  const RETRY_MS = [500, 1000, 2000, 5000];
  /** Close code of a stream that Broadway cannot decode; the reason says what to set. */
  const REFUSED = 1008;
  /** A picture may wait this long for the decoder. A slower decoder continues at a later keyframe, so latency stays bounded. */
  const MAX_WAIT_MS = 700;
  /** The decoder has caught up when at most this many pictures wait. */
  const CAUGHT_UP = 6;
  /** A picture that the decoder has not shown by then is lost. */
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
  /** When each picture was given to the decoder that it has not shown yet. */
  let waiting = [];
  let skips = false;
  let shows = false;
  player.onPictureDecoded = () => {
    waiting.shift();
    // The first pictures waited for the decoder to load, which does not mean that it is slow.
    if (!shows) waiting.fill(performance.now());
    shows = true;
    tries = 0;
    message.textContent = '';
  };

  /** Gives a NAL unit with its start code of four bytes to the decoder. */
  const feed = (unit) => {
    const type = unit[4] & 31;
    const now = performance.now();
    // A keyframe begins with its parameter sets. Pictures that were not shown by then are not waited for any more.
    if (type === 7 && skips && (waiting.length <= CAUGHT_UP || now - waiting.at(-1) > GIVEN_UP_MS)) {
      skips = false;
      waiting = [];
    }
    if (shows && now - waiting[0] > MAX_WAIT_MS) skips = true;
    if (skips) return;
    // The first slice of a picture has first_mb_in_slice 0, coded as one bit of 1.
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
        message.textContent = reason
          ? `${reason}. Trying again…`
          : 'No connection to the camera. Trying again…';
      }
      setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    };
  };
  connect();
})();
