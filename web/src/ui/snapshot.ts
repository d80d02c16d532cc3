// Saves the present picture as a file: CAMERA-YYYY-MM-DD-HH-MM-SS.jpg, local time.

const QUALITY = 0.95;

/** Saves the picture of the surface; false if there is none yet. */
export async function saveSnapshot(
  surface: HTMLCanvasElement | HTMLVideoElement,
  camera: string,
): Promise<boolean> {
  const at = new Date();
  const blob = await snapshotOf(surface);
  if (!blob) return false;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = snapshotName(camera, at);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  return true;
}

/** The picture of the surface as a JPEG; null if there is none yet. */
export async function snapshotOf(surface: HTMLCanvasElement | HTMLVideoElement): Promise<Blob | null> {
  const canvas = surface instanceof HTMLCanvasElement ? surface : copy(surface);
  if (!canvas || canvas.width === 0 || surface.hidden) return null;
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', QUALITY));
}

export function snapshotName(camera: string, at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())];
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two);
  return `${[camera || 'camera', ...day, ...time].join('-')}.jpg`;
}

function copy(video: HTMLVideoElement): HTMLCanvasElement | null {
  if (video.videoWidth === 0) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return canvas;
}
