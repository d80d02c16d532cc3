// The page of the libcamera-vid + websockify + nginx + JMuxer system: ws/ sends one access unit per message to JMuxer.
'use strict';

(() => {
  const RETRY_MS = [500, 1000, 2000, 5000];
  /** How many messages wait at most until the browser's media source is open, which takes milliseconds. */
  const MAX_WAITING = 300;
  const player = document.getElementById('player');
  const message = document.getElementById('message');
  // join=live: the server does not wait for the media source; messages wait here until JMuxer is ready.
  const socketUrl = new URL('ws/?join=live', location.href);
  socketUrl.protocol = socketUrl.protocol.replace('http', 'ws');
  let tries = 0;

  const connect = () => {
    let jmuxer = null;
    let parameters = '';
    let waiting = null;
    let silence = null;
    const begin = () => {
      jmuxer?.destroy();
      waiting = [];
      jmuxer = new JMuxer({
        node: player,
        mode: 'video',
        flushingTime: 0,
        fps: Number(player.dataset.fps) || 30,
        debug: false,
        // JMuxer drops what it is fed before this.
        onReady: () => {
          waiting?.forEach((video) => jmuxer.feed({ video }));
          waiting = null;
        },
        onUnsupportedCodec: (codec) => {
          message.textContent = `This browser cannot play ${codec}.`;
        },
        onError: () => socket.close(),
      });
    };
    const socket = new WebSocket(socketUrl);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      message.textContent = 'Waiting for the picture…';
      silence = watchSilence(message);
    };
    socket.onmessage = ({ data }) => {
      silence.heard();
      const video = new Uint8Array(data);
      const sps = spsOf(video);
      // JMuxer keeps the first parameter sets: other ones need another JMuxer.
      if (sps && sps !== parameters) {
        parameters = sps;
        begin();
      }
      if (!waiting) jmuxer?.feed({ video });
      else if (waiting.push(video) > MAX_WAITING) socket.close();
    };
    socket.onclose = ({ reason }) => {
      silence?.stop();
      jmuxer?.destroy();
      jmuxer = null;
      message.textContent = reason
        ? `${reason}. Trying again…`
        : 'No connection to the camera. Trying again…';
      setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
    };
  };

  /** The SPS at the front of an access unit, as text to compare; '' if there is none. */
  const spsOf = (bytes) => {
    const end = Math.min(bytes.length - 4, 256);
    for (let at = 0; at < end; at++) {
      if (bytes[at] || bytes[at + 1] || bytes[at + 2] !== 1 || (bytes[at + 3] & 31) !== 7) continue;
      let stop = at + 4;
      while (stop < end && (bytes[stop] || bytes[stop + 1] || bytes[stop + 2] > 1)) stop++;
      return bytes.subarray(at + 3, stop).join();
    }
    return '';
  };

  player.addEventListener('playing', () => {
    tries = 0;
    message.textContent = '';
  });
  connect();
})();
