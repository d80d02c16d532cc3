// The way from a camera's own page back to the grid of all. A page knows its address only: below whatever prefix, a
// camera's tree ends with cam/NAME/, and the root above it says how many cameras there are.

/** The address of the grid, seen from a camera's page; null when there is none. */
export async function findGrid(from: { pathname: string; href: string; search: string }, camera: string): Promise<string | null> {
  if (!isTreeOf(from.pathname, camera)) return null;
  const root = new URL('../../', from.href);
  try {
    const response = await fetch(new URL('api/v1/status', root), { cache: 'no-store' });
    const status: unknown = response.ok ? await response.json() : null;
    return camerasIn(status).length > 1 ? root.pathname + from.search : null;
  } catch {
    return null;
  }
}

export function isTreeOf(pathname: string, camera: string): boolean {
  return camera !== '' && new RegExp(`/cam/${camera.replace(/[^a-z0-9_-]/g, '')}/(index\\.html)?$`).test(pathname);
}

/** The names of the cameras in a status; none in anything else. */
export function camerasIn(status: unknown): string[] {
  const cameras = typeof status === 'object' && status !== null ? (status as { cameras?: unknown }).cameras : null;
  if (!Array.isArray(cameras)) return [];
  return cameras.flatMap((camera: unknown) => {
    const name = typeof camera === 'object' && camera !== null ? (camera as { name?: unknown }).name : null;
    return typeof name === 'string' && /^[a-z0-9][a-z0-9_-]{0,31}$/.test(name) ? [name] : [];
  });
}
