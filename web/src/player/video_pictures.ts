// Tells of each new picture of a <video>: its media time, and when it went to the screen.
//
// `requestVideoFrameCallback` where it exists; else the count of decoded pictures, looked at before each repaint, with
// the playback position as media time.

export type PictureSeen = (mediaTime: number, atMs: number) => void;

export function watchPictures(video: HTMLVideoElement, seen: PictureSeen): void {
  if ('requestVideoFrameCallback' in video) {
    const next = () => {
      video.requestVideoFrameCallback((_now, frame) => {
        seen(frame.mediaTime, frame.presentationTime);
        next();
      });
    };
    next();
    return;
  }
  const element: HTMLVideoElement = video;
  let before = 0;
  const look = () => {
    const count = element.getVideoPlaybackQuality().totalVideoFrames;
    if (count !== before && element.readyState >= 2) seen(element.currentTime, performance.now());
    before = count;
    requestAnimationFrame(look);
  };
  look();
}
