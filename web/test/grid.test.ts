// The grid: its keys, the link to it, its cameras.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { columnsFor, nextTile } from '../src/ui/grid_keys';
import { camerasIn, findGrid, isCameraPage } from '../src/ui/grid_link';

describe('the tiles', () => {
  it.each([
    [0, 1],
    [1, 1],
    [2, 2],
    [4, 2],
    [5, 3],
    [9, 3],
    [10, 4],
  ])('%i tiles in %i columns', (count, columns) => expect(columnsFor(count)).toBe(columns));

  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 4],
    ['ArrowUp', 4, 1],
    ['ArrowDown', 4, 4],
    ['ArrowRight', 4, 4],
    ['ArrowDown', -1, 0],
    ['Enter', 0, null],
    ['x', 0, null],
  ])('%s from %i goes to %s', (key, at, next) => expect(nextTile(key, at, 5, 3)).toBe(next));

  it('does nothing without tiles', () => expect(nextTile('ArrowRight', -1, 0, 1)).toBeNull());
});

describe('the cameras of a status', () => {
  it.each<[string, unknown, string[]]>([
    ['several', { cameras: [{ name: 'front' }, { name: 'door-2' }] }, ['front', 'door-2']],
    ['invalid names', { cameras: [{ name: '../x' }, { name: 7 }, null, 'x', { name: 'ok' }] }, ['ok']],
    ['none', {}, []],
    ['rubbish', 'x', []],
    ['null', null, []],
  ])('%s', (_name, status, names) => expect(camerasIn(status)).toEqual(names));
});

describe('the link to the grid', () => {
  afterEach(() => vi.unstubAllGlobals());
  const answer = (status: number, cameras: string[]) =>
    vi.stubGlobal(
      'fetch',
      vi.fn(
        async () => new Response(JSON.stringify({ cameras: cameras.map((name) => ({ name })) }), { status }),
      ),
    );
  const at = (path: string, search = '') => ({ pathname: path, search, href: `http://host${path}${search}` });

  it.each([
    ["from a camera's page", '/cam/door/', ['front', 'door'], '/'],
    ['behind a prefix', '/webcam/cam/door/', ['front', 'door'], '/webcam/'],
    ['by its file name', '/cam/door/index.html', ['front', 'door'], '/'],
    ['not with one camera', '/cam/door/', ['door'], null],
    ['not from the root', '/', ['front', 'door'], null],
    ["not from another camera's tree", '/cam/front/', ['front', 'door'], null],
  ])('%s', async (_name, path, cameras, grid) => {
    answer(200, cameras);
    expect(await findGrid(at(path), 'door')).toBe(grid);
  });

  it('keeps the query and fetches the status above the tree', async () => {
    answer(200, ['front', 'door']);
    expect(await findGrid(at('/x/cam/door/', '?player=mse'), 'door')).toBe('/x/?player=mse');
    expect(String(vi.mocked(fetch).mock.calls[0]?.[0])).toBe('http://host/x/api/v1/status');
  });

  it('does not exist without a status', async () => {
    answer(404, ['front', 'door']);
    expect(await findGrid(at('/cam/door/'), 'door')).toBeNull();
  });

  it('is searched again where nobody answers', async () => {
    answer(502, ['front', 'door']);
    await expect(findGrid(at('/cam/door/'), 'door')).rejects.toThrow('502');
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => Promise.reject(new TypeError('no'))),
    );
    await expect(findGrid(at('/cam/door/'), 'door')).rejects.toThrow('no');
  });

  it('needs a name', () => expect(isCameraPage('/cam//', '')).toBe(false));
});
