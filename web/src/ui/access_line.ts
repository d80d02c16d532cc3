// What a camera's page and the grid show of access: one line while nobody has a password, and a link to the page of access.

import { accessIn, type AccessInfo } from '../wire/access';
import { el } from './dom';

/** Shows what the server that has its root at `root` says of access, above the buttons and in the panel. */
export async function showAccess(root: string, controls: Lines, panel: Lines): Promise<void> {
  const access = await askAccess(root);
  if (!access) return;
  const line = accessLine(access, root);
  if (line) controls.add(line);
  panel.add(accessLink(access, root));
  if (access.hasTrustPage && !isSecureContext) panel.add(trustLink(root));
}

/** Where a line can be added. */
interface Lines {
  add(line: HTMLElement): void;
}

/** What the server that has its root at `root` says of access; null if it says nothing. */
export async function askAccess(root: string): Promise<AccessInfo | null> {
  try {
    const response = await fetch(`${root}api/v1/access`, {
      cache: 'no-store',
      headers: { accept: 'application/json' },
    });
    return response.ok ? accessIn(await response.json()) : null;
  } catch {
    return null;
  }
}

/** The line, or null if it has nothing to say. */
function accessLine(access: AccessInfo, root: string): HTMLElement | null {
  if (access.needsPassword) return null;
  return el(
    'p',
    { class: 'access-line' },
    'Everyone on this network can watch. ',
    el('a', { href: `${root}access` }, 'Set a password'),
  );
}

/** A link to the page of access, for a panel. */
function accessLink(access: AccessInfo, root: string): HTMLElement {
  const text = access.user === null ? 'Access' : `Logged in as ${access.user}`;
  return el('p', { class: 'panel-link' }, el('a', { href: `${root}access` }, text));
}

/** A link to the page that says how this device comes to HTTPS, where browsers have their fastest decoder. */
function trustLink(root: string): HTMLElement {
  return el('p', { class: 'panel-link' }, el('a', { href: `${root}trust` }, 'Less delay over https://'));
}
