// The grid: its keys, the link to it, its cameras.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextTile } from '../src/ui/grid_keys';
import { layoutOf } from '../src/ui/grid_layout';
import { camerasIn, findGrid, isCameraPage } from '../src/ui/grid_link';

describe('the tiles', () => {
  const SIZES = [
    [1280, 720],
    [1920, 1080],
    [2560, 1440],
    [3840, 2160],
    [1280, 800],
    [1024, 768],
    [1080, 1920],
    [3440, 1440],
  ] as const;
  const GAP = 14;

  for (const [width, height] of SIZES)
    it.each([1, 2, 3, 4, 5, 9, 12, 16])(`%i at ${width} by ${height} are all in view`, (count) => {
      const { columns, rows, fits } = layoutOf(count, width, height, GAP);
      expect(fits).toBe(true);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      const tile = Math.min(
        (width - (columns - 1) * GAP) / columns,
        (((height - (rows - 1) * GAP) / rows) * 16) / 9,
      );
      expect(tile).toBeGreaterThanOrEqual(200);
      expect(columns * tile + (columns - 1) * GAP).toBeLessThanOrEqual(width + 1e-6);
      expect((rows * tile * 9) / 16 + (rows - 1) * GAP).toBeLessThanOrEqual(height + 1e-6);
    });

  it.each([
    [0, 1280, 720, 1],
    [1, 1280, 720, 1],
    [4, 1280, 720, 2],
    [9, 1920, 1080, 3],
    [16, 1920, 1080, 4],
    [2, 1080, 1920, 1],
    [3, 3440, 1440, 2],
    [6, 390, 844, 1],
    [64, 1280, 720, 4],
    [30, 700, 400, 2],
  ])('%i at %i by %i are in %i columns', (count, width, height, columns) =>
    expect(layoutOf(count, width, height, GAP).columns).toBe(columns),
  );

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
    expect((await findGrid(at(path), 'door'))?.address ?? null).toBe(grid);
  });

  it('keeps the query and fetches the status above the tree', async () => {
    answer(200, ['front', 'door']);
    expect((await findGrid(at('/x/cam/door/', '?player=mse'), 'door'))?.address).toBe('/x/?player=mse');
    expect(String(vi.mocked(fetch).mock.calls[0]?.[0])).toBe('http://host/x/api/v1/status');
  });

  it.each([
    ['front', '/cam/roof/?bare', '/cam/door/?bare'],
    ['door', '/cam/front/?bare', '/cam/roof/?bare'],
    ['roof', '/cam/door/?bare', '/cam/front/?bare'],
  ])('knows the cameras before and after %s, in a circle', async (name, previous, next) => {
    answer(200, ['front', 'door', 'roof']);
    expect(await findGrid(at(`/cam/${name}/`, '?bare'), name)).toMatchObject({ previous, next });
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
