// What the server says of access: who asks and may do what, and the links that were made. Pure, so that a table can test it.

export interface AccessInfo {
  /** Whether anybody has a password. */
  needsPassword: boolean;
  /** The name of the user who has logged in. */
  user: string | null;
  right: string;
  /** The page `trust` says how a device trusts the server's HTTPS. */
  hasTrustPage: boolean;
}

export interface Link {
  name: string;
  /** null for all cameras. */
  camera: string | null;
  right: string;
  /** Seconds since 1970; null if it never expires. */
  expiresAt: number | null;
  token: string;
}

/** What `api/v1/access` says; null for anything else. */
export function accessIn(answer: unknown): AccessInfo | null {
  const { needs_password: needsPassword, user, right, own_authority: ownAuthority } = fieldsOf(answer);
  if (typeof needsPassword !== 'boolean' || typeof right !== 'string') return null;
  return {
    needsPassword,
    user: typeof user === 'string' ? user : null,
    right,
    hasTrustPage: ownAuthority === true,
  };
}

/** Whether the asker may make links: a user who may change the server. */
export function mayMakeLinks(access: AccessInfo): boolean {
  return access.user !== null && access.right === 'admin';
}

/** The links of `api/v1/links`, the newest first; none of anything else. */
export function linksIn(answer: unknown): Link[] {
  const { links } = fieldsOf(answer);
  if (!Array.isArray(links)) return [];
  return links.flatMap((link: unknown) => linkIn(link) ?? []).reverse();
}

function linkIn(link: unknown): Link | null {
  const { name, camera, right, expires_at: expiresAt, token } = fieldsOf(link);
  if (typeof name !== 'string' || typeof right !== 'string' || typeof token !== 'string') return null;
  return {
    name,
    camera: typeof camera === 'string' ? camera : null,
    right,
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
    token,
  };
}

/** The address of the page that a link opens, for a server whose root is `root`. */
export function addressOf(link: Link, root: string): string {
  const camera = link.camera === null ? '' : `cam/${link.camera}/`;
  return withToken(new URL(camera, new URL('.', root)), link.token).href;
}

/** The address of a camera's tree, asked for with the token of a link: it stands behind the server's root. */
export function withToken(tree: URL, token: string): URL {
  if (token === '') return tree;
  const address = new URL(tree);
  address.pathname = tree.pathname.replace(
    /(cam\/[^/]+\/)?$/,
    (camera) => `t/${encodeURIComponent(token)}/${camera}`,
  );
  return address;
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
