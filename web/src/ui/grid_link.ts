// Finds the grid of all cameras and the neighbours from a camera's page, by the page's address alone: below any prefix, the address of a
// camera's tree ends with cam/NAME/, and the root above it lists the cameras.

/** The grid that a camera's page belongs to, and the cameras before and after it there, as addresses. */
export interface Grid {
  address: string;
  previous: string;
  next: string;
}

/** The grid that belongs to a camera's page; null if there is none. Rejects when nobody answers. */
export async function findGrid(
  from: { pathname: string; href: string; search: string },
  camera: string,
): Promise<Grid | null> {
  if (!isCameraPage(from.pathname, camera)) return null;
  const root = new URL('../../', from.href);
  const response = await fetch(new URL('api/v1/status', root), { cache: 'no-store' });
  if (response.status >= 500) throw new Error(`the server answers ${String(response.status)}`);
  const status: unknown = response.ok ? await response.json() : null;
  const names = camerasIn(status);
  if (names.length < 2) return null;
  const at = names.indexOf(camera);
  const page = (index: number) => {
    const name = names[(index + names.length) % names.length] ?? camera;
    return `${root.pathname}cam/${name}/${from.search}`;
  };
  return { address: root.pathname + from.search, previous: page(at - 1), next: page(at + 1) };
}

export function isCameraPage(pathname: string, camera: string): boolean {
  return (
    camera !== '' && new RegExp(`/cam/${camera.replace(/[^a-z0-9_-]/g, '')}/(index\\.html)?$`).test(pathname)
  );
}

/** The names of the cameras in a status; empty for anything else. */
export function camerasIn(status: unknown): string[] {
  const cameras =
    typeof status === 'object' && status !== null ? (status as { cameras?: unknown }).cameras : null;
  if (!Array.isArray(cameras)) return [];
  return cameras.flatMap((camera: unknown) => {
    const name = typeof camera === 'object' && camera !== null ? (camera as { name?: unknown }).name : null;
    return typeof name === 'string' && /^[a-z0-9][a-z0-9_-]{0,31}$/.test(name) ? [name] : [];
  });
}
