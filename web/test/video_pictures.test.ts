// Reports of a video's pictures: by callback, without one, and where the callback exists and never comes.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchPictures } from '../src/player/video_pictures';

type Callback = (
  now: number,
  frame: { presentedFrames: number; mediaTime: number; presentationTime: number },
) => void;

/** A video that shows a picture with each `show()`. */
class FakeVideo extends EventTarget {
  readyState = 4;
  currentTime = 0;
  frames = 0;
  callback: Callback | null = null;
  getVideoPlaybackQuality: (() => { totalVideoFrames: number }) | undefined = () => ({
    totalVideoFrames: this.frames,
  });
  show(pictures: number, calls: boolean): void {
    this.frames += pictures;
    this.currentTime += pictures / 30;
    const { callback } = this;
    if (calls && callback) {
      this.callback = null;
      callback(0, { presentedFrames: this.frames, mediaTime: this.currentTime, presentationTime: 1 });
    }
    this.dispatchEvent(new Event('timeupdate'));
    for (const [id, act] of [...repaints]) if (repaints.delete(id)) act();
  }
}
const repaints = new Map<number, () => void>();

describe('the pictures of a video', () => {
  let video: FakeVideo;
  let counts: number[];
  let stop: () => void;

  const watch = (hasCallback: boolean) => {
    video = new FakeVideo();
    if (hasCallback)
      Object.assign(video, {
        requestVideoFrameCallback: (callback: Callback) => (video.callback = callback),
      });
    counts = [];
    stop = watchPictures(video as unknown as HTMLVideoElement, (_time, _at, count) => counts.push(count));
  };
  const sum = () => counts.reduce((all, count) => all + count, 0);

  beforeEach(() => {
    repaints.clear();
    let id = 0;
    vi.stubGlobal('requestAnimationFrame', (act: () => void) => (repaints.set(++id, act), id));
    vi.stubGlobal('cancelAnimationFrame', (gone: number) => repaints.delete(gone));
    vi.stubGlobal('document', { hidden: false });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('are reported by the callback, and nothing polls', () => {
    watch(true);
    for (let shown = 0; shown < 50; shown++) video.show(1, true);
    expect(counts).toEqual(Array(50).fill(1));
    expect(repaints.size).toBe(0);
  });

  it('are polled in a browser without it', () => {
    watch(false);
    for (let shown = 0; shown < 50; shown++) video.show(1, false);
    expect(sum()).toBe(50);
  });

  it('are polled where the callback never comes, and none is lost', () => {
    watch(true);
    for (let shown = 0; shown < 50; shown++) video.show(1, false);
    expect(sum()).toBe(50);
    expect(counts.length).toBeGreaterThan(40);
  });

  it('are reported by the callback again when it comes', () => {
    watch(true);
    for (let shown = 0; shown < 20; shown++) video.show(1, false);
    counts = [];
    for (let shown = 0; shown < 20; shown++) video.show(1, true);
    expect(counts).toEqual(Array(20).fill(1));
    expect(repaints.size).toBe(0);
  });

  it('are not polled on a hidden page, which has no callbacks', () => {
    watch(true);
    vi.stubGlobal('document', { hidden: true });
    for (let shown = 0; shown < 50; shown++) video.show(1, false);
    expect(repaints.size).toBe(0);
  });

  it('are counted by the position where a browser does not count them', () => {
    watch(false);
    video.getVideoPlaybackQuality = undefined;
    for (let shown = 0; shown < 60; shown++) video.show(1, false);
    expect(sum()).toBeGreaterThan(15);
  });

  it.each([true, false])('are not reported any more once it is stopped (callback: %s)', (hasCallback) => {
    watch(hasCallback);
    for (let shown = 0; shown < 20; shown++) video.show(1, false);
    stop();
    counts = [];
    for (let shown = 0; shown < 20; shown++) video.show(1, hasCallback);
    expect(counts).toEqual([]);
    expect(repaints.size).toBe(0);
  });
});
