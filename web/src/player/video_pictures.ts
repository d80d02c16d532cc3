// Reports the new pictures of a <video>: the media time of the newest, when it was shown, and how many were shown since
// the last report (a browser may call back less often than it shows pictures).
//
//   requestVideoFrameCallback ──► seen        pictures are decoded without a callback ─► poll before each repaint ──► seen
//
// WebKit has the callback and never calls it where it does not composite. So the count of decoded pictures is looked at on
// `timeupdate`: if it grows without a callback, the count is polled instead, with the playback position as media time, until a
// callback comes. Polling begins at once in a browser without the callback.

/** No browser's clock runs further ahead of its picture: one that decodes too slowly waits with its clock. */
const CLOCK_AHEAD_LIMIT_S = 1;

export type PictureSeen = (mediaTime: number, atMs: number, count: number) => void;

/** So many pictures without a callback show that none will come. */
const UNREPORTED_LIMIT = 8;
/** `readyState` of a video that has a picture. */
const HAVE_CURRENT_DATA = 2;

interface OldVideo extends HTMLVideoElement {
  webkitDecodedFrameCount?: number;
}

/** Returns what stops it. */
export function watchPictures(video: HTMLVideoElement, seen: PictureSeen): () => void {
  const hasCallback = 'requestVideoFrameCallback' in video;
  let stopped = false;
  let presented = 0;
  let counted = 0;
  let repaint = 0;

  const poll = () => {
    repaint = requestAnimationFrame(poll);
    const now = decodedPictures(video);
    const more = now >= counted ? now - counted : now;
    counted = now;
    if (more > 0 && video.readyState >= HAVE_CURRENT_DATA) seen(video.currentTime, performance.now(), more);
  };
  const next = () => {
    video.requestVideoFrameCallback((_now, frame) => {
      if (stopped) return;
      cancelAnimationFrame(repaint);
      repaint = 0;
      counted = decodedPictures(video);
      const count =
        presented > 0 && frame.presentedFrames > presented ? frame.presentedFrames - presented : 1;
      presented = frame.presentedFrames;
      seen(mediaTimeOf(frame.mediaTime, video.currentTime), frame.presentationTime, count);
      next();
    });
  };
  const look = () => {
    const now = decodedPictures(video);
    if (now < counted)
      counted = now; // another media source
    else if (!repaint && now - counted >= UNREPORTED_LIMIT && !document.hidden) poll();
  };

  if (hasCallback) {
    video.addEventListener('timeupdate', look);
    next();
  } else poll();
  return () => {
    stopped = true;
    cancelAnimationFrame(repaint);
    video.removeEventListener('timeupdate', look);
  };
}

/** How many pictures were decoded; in a browser that does not count them, a number that grows as the video plays. */
function decodedPictures(video: OldVideo): number {
  const quality = video.getVideoPlaybackQuality?.();
  return quality?.totalVideoFrames ?? video.webkitDecodedFrameCount ?? Math.floor(video.currentTime * 10);
}

/** The media time of a picture. WebKitGTK counts it from the last seek: where it cannot be true the playback position is it. */
export function mediaTimeOf(said: number, position: number): number {
  return Math.abs(position - said) > CLOCK_AHEAD_LIMIT_S ? position : said;
}
