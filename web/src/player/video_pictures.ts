// Reports the new pictures of a <video>: the media time of the newest, when it was shown, and how many were shown since
// the last report (a browser may call back less often than it shows pictures).
//
// By `requestVideoFrameCallback` where it exists; else by the count of decoded pictures before each repaint, with the
// playback position as media time.

export type PictureSeen = (mediaTime: number, atMs: number, count: number) => void;

export function watchPictures(video: HTMLVideoElement, seen: PictureSeen): void {
  if ('requestVideoFrameCallback' in video) {
    let presented = 0;
    const next = () => {
      video.requestVideoFrameCallback((_now, frame) => {
        const count =
          presented > 0 && frame.presentedFrames > presented ? frame.presentedFrames - presented : 1;
        presented = frame.presentedFrames;
        seen(frame.mediaTime, frame.presentationTime, count);
        next();
      });
    };
    next();
    return;
  }
  const element: HTMLVideoElement = video;
  let before = 0;
  const poll = () => {
    const count = element.getVideoPlaybackQuality().totalVideoFrames;
    const more = count >= before ? count - before : count;
    if (more > 0 && element.readyState >= 2) seen(element.currentTime, performance.now(), more);
    before = count;
    requestAnimationFrame(poll);
  };
  poll();
}
