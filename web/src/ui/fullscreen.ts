// Full screen: the whole page where the browser supports it, else (iPhone) the video alone.

interface AppleVideo extends HTMLVideoElement {
  webkitEnterFullscreen?: () => void;
}
interface AppleElement extends HTMLElement {
  webkitRequestFullscreen?: () => void;
}
interface AppleDocument extends Document {
  webkitFullscreenElement?: Element | null;
  webkitExitFullscreen?: () => void;
}

const root: AppleElement = document.documentElement;
const page: AppleDocument = document;

export function canFullscreen(surface: HTMLElement | null): boolean {
  const own = document.fullscreenEnabled || 'webkitRequestFullscreen' in root;
  return own || (surface !== null && 'webkitEnterFullscreen' in surface);
}

export function isFullscreen(): boolean {
  return Boolean(document.fullscreenElement ?? page.webkitFullscreenElement);
}

export async function toggleFullscreen(surface: HTMLElement | null): Promise<void> {
  if (isFullscreen())
    return document.fullscreenElement ? document.exitFullscreen() : page.webkitExitFullscreen?.();
  if (document.fullscreenEnabled) return root.requestFullscreen({ navigationUI: 'hide' });
  if (root.webkitRequestFullscreen) return root.webkitRequestFullscreen();
  (surface as AppleVideo | null)?.webkitEnterFullscreen?.();
}

export function onFullscreenChange(act: (full: boolean) => void): void {
  for (const name of ['fullscreenchange', 'webkitfullscreenchange']) {
    document.addEventListener(name, () => act(isFullscreen()));
  }
}
