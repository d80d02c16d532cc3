// Decodes a JPEG into a picture: by createImageBitmap, or by an <img> in browsers without it, as on old iPhones.

import { pictureOfBitmap, type Picture } from './canvas_painter';

/** Rejects if the JPEG is damaged. */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>): Promise<Picture> {
  const blob = new Blob([bytes], { type: 'image/jpeg' });
  return 'createImageBitmap' in window ? pictureOfBitmap(await createImageBitmap(blob)) : decodeByImage(blob);
}

function decodeByImage(blob: Blob): Promise<Picture> {
  return new Promise((done, failed) => {
    const address = URL.createObjectURL(blob);
    const image = new Image();
    image.onload = () => done(pictureOfImage(image, () => URL.revokeObjectURL(address)));
    image.onerror = () => {
      URL.revokeObjectURL(address);
      failed(new Error('the JPEG is damaged'));
    };
    image.src = address;
  });
}

/** What an <img> shows when it is drawn. */
export function pictureOfImage(image: HTMLImageElement, close: () => void = () => undefined): Picture {
  const { naturalWidth: width, naturalHeight: height } = image;
  return { width, height, draw: (context) => context.drawImage(image, 0, 0), close };
}
