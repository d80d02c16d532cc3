// What the page reads of access, and the addresses of links.
import { describe, expect, it } from 'vitest';

import { accessIn, addressOf, linksIn, mayMakeLinks, withToken } from '../src/wire/access';

describe('access', () => {
  it.each([
    ['anyone', { needs_password: false, user: null, right: 'admin' }, false],
    ['an admin', { needs_password: true, user: 'anna', right: 'admin' }, true],
    ['a viewer', { needs_password: true, user: 'tv', right: 'view' }, false],
    ['a link', { needs_password: true, user: null, right: 'admin' }, false],
  ])('%s', (_, answer, makesLinks) => {
    const access = accessIn(answer);
    const { needs_password: needsPassword, user, right } = answer;
    expect(access).toEqual({ needsPassword, user, right, hasTrustPage: false });
    expect(access && mayMakeLinks(access)).toBe(makesLinks);
  });

  it.each([null, 'text', 3, {}, { needs_password: 'yes', right: 'view' }])('%j is none', (answer) => {
    expect(accessIn(answer)).toBeNull();
  });
});

describe('links', () => {
  const tv = { name: 'tv', camera: 'door', right: 'view', expires_at: 100, token: 'lc1.door.view.100.tv.x' };

  it('come newest first, without what is none', () => {
    const all = { name: 'all', right: 'view', token: 'lc1.*.view.0.all.x' };
    const names = linksIn({ links: [tv, { name: 3 }, null, all] }).map(({ name }) => name);
    expect(names).toEqual(['all', 'tv']);
    expect(linksIn(null)).toEqual([]);
  });

  it.each([
    ['one camera', tv, 'http://pi/x/t/lc1.door.view.100.tv.x/cam/door/'],
    ['all', { ...tv, camera: null }, 'http://pi/x/t/lc1.door.view.100.tv.x/'],
  ])('lead to a page: %s', (_, link, address) => {
    const [read] = linksIn({ links: [link] });
    expect(read && addressOf(read, 'http://pi/x/access')).toBe(address);
  });
});

describe('a token stands behind the root', () => {
  it.each([
    ['http://pi/cam/door/', 'http://pi/t/x/cam/door/'],
    ['http://pi/webcam/cam/door/', 'http://pi/webcam/t/x/cam/door/'],
    ['http://pi/webcam/', 'http://pi/webcam/t/x/'],
  ])('of %s', (tree, expected) => {
    expect(withToken(new URL(tree), 'x').href).toBe(expected);
    expect(withToken(new URL(tree), '').href).toBe(tree);
  });
});
