// House rules that the compiler does not check: no circle of imports in src/, no long file, no long function, and every
// file opens with a comment that says what it is.
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const LINES_LIMIT = 400;
const FUNCTION_LINES_LIMIT = 80;

/** Path below web/ and text of every file of ours but this one. */
const FILES = new Map(
  Object.entries(
    import.meta.glob<string>(['../*.ts', '../{src,test,compat}/**/*.{ts,js,css}'], {
      query: '?raw',
      import: 'default',
      eager: true,
    }),
  ).map(([path, text]) => [normalise(`test/${path}`), text]),
);
const SOURCES = new Map([...FILES].filter(([path]) => path.startsWith('src/')));

/** `a/b/../c` and `a/./c` become `a/c`. */
function normalise(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** The imports of each file: static, dynamic, type-only and re-exports. */
function importGraph(files: ReadonlyMap<string, string>): Map<string, string[]> {
  return new Map(
    [...files].map(([path, text]) => [
      path,
      importsOf(path, text).map((wanted) => resolve(path, wanted, files)),
    ]),
  );
}

/** The relative addresses that a file imports. */
function importsOf(path: string, text: string): string[] {
  if (!path.endsWith('.ts')) return [];
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles.map(({ fileName }) => fileName).filter((wanted) => wanted.startsWith('.'));
}

/** The file that `wanted` names in `from`. A query, as in `?worker`, is ignored. */
function resolve(from: string, wanted: string, files: ReadonlyMap<string, string>): string {
  const path = normalise(`${from}/../${wanted.replace(/\?.*$/, '')}`);
  const found = [path, `${path}.ts`, `${path}.d.ts`, `${path}/index.ts`].find((candidate) =>
    files.has(candidate),
  );
  if (!found) throw new Error(`${from} imports ${wanted}, which does not exist`);
  return found;
}

/** The first circle, as `a → b → a`; null if there is none. */
function findCircle(graph: ReadonlyMap<string, readonly string[]>): string | null {
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string | null => {
    const start = way.indexOf(path);
    if (start >= 0) return [...way.slice(start), path].join(' → ');
    if (done.has(path)) return null;
    for (const next of graph.get(path) ?? []) {
      const circle = visit(next, [...way, path]);
      if (circle) return circle;
    }
    done.add(path);
    return null;
  };
  for (const path of graph.keys()) {
    const circle = visit(path, []);
    if (circle) return circle;
  }
  return null;
}

/** `name, N lines` of each function that is too long. */
function longFunctions(path: string, text: string, limit: number): string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) {
      const [first, last] = [node.getStart(source), node.end].map(
        (at) => source.getLineAndCharacterOfPosition(at).line,
      );
      const lines = (last ?? 0) - (first ?? 0) + 1;
      if (lines > limit)
        found.push(`${node.name?.getText(source) ?? 'a function without a name'}, ${lines} lines`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function linesOf(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

const OPENS_WITH_COMMENT = /^(\/\/ \S|\/\*\*?\s+\S)/;

describe('imports', () => {
  it('have no circle in src/', () => {
    const graph = importGraph(SOURCES);
    expect(graph.get('src/main.ts'), 'the graph has edges').toContain('src/session.ts');
    expect(graph.get('src/player/software.ts'), 'a worker counts').toContain('src/player/h264_worker.ts');
    expect(graph.get('src/player/create.ts'), 'a dynamic import counts').toContain('src/player/software.ts');
    expect(findCircle(graph)).toBeNull();
  });

  it.each<[string, Record<string, string>, string | null]>([
    ['none', { 'src/a.ts': "import { b } from './b';", 'src/b.ts': "export const b = 'a';" }, null],
    [
      'two ways to one file',
      { 'src/a.ts': "import './b'; import './c';", 'src/b.ts': "import './c';", 'src/c.ts': '' },
      null,
    ],
    [
      'two files',
      { 'src/a.ts': "import './b';", 'src/b.ts': "import './a';" },
      'src/a.ts → src/b.ts → src/a.ts',
    ],
    ['of itself', { 'src/a.ts': "import './a';" }, 'src/a.ts → src/a.ts'],
    [
      'by a type',
      { 'src/a.ts': "import type { B } from './x/b';", 'src/x/b.ts': "export * from '../a';" },
      'src/a.ts → src/x/b.ts → src/a.ts',
    ],
    [
      'by a dynamic import',
      { 'src/a.ts': "void import('./b');", 'src/b.ts': "import A from './a?worker&inline';" },
      'src/a.ts → src/b.ts → src/a.ts',
    ],
    [
      'by the type of an import',
      { 'src/a.ts': "type B = import('./b').B;", 'src/b.ts': "export { a } from './a';" },
      'src/a.ts → src/b.ts → src/a.ts',
    ],
    [
      'not through the first file',
      { 'src/a.ts': "import './b';", 'src/b.ts': "import './c';", 'src/c.ts': "import './b';" },
      'src/b.ts → src/c.ts → src/b.ts',
    ],
  ])('a circle is found: %s', (_name, files, circle) => {
    expect(findCircle(importGraph(new Map(Object.entries(files))))).toBe(circle);
  });

  it('of a missing file are errors', () => {
    expect(() => importGraph(new Map([['src/a.ts', "import './b';"]]))).toThrow('src/a.ts imports ./b');
  });
});

describe('files', () => {
  it('of all folders are checked', () => {
    expect([...FILES.keys()]).toEqual(
      expect.arrayContaining([
        'vite.config.ts',
        'src/session.ts',
        'src/style/base.css',
        'src/libraries.d.ts',
        'test/state.test.ts',
        'compat/broadway/page.js',
      ]),
    );
  });

  it.each([...FILES])('%s', (path, text) => {
    expect(text, 'opens with a comment that says what it is').toMatch(OPENS_WITH_COMMENT);
    if (path.startsWith('src/')) expect(linesOf(text), 'lines').toBeLessThanOrEqual(LINES_LIMIT);
    if (path.startsWith('src/') && path.endsWith('.ts'))
      expect(longFunctions(path, text, FUNCTION_LINES_LIMIT)).toEqual([]);
  });

  it('that are too long are found', () => {
    expect(linesOf('a\nb\n')).toBe(2);
    expect(longFunctions('a.ts', 'const a = { long() {\n\n\n} };\nfunction short() {}\n', 3)).toEqual([
      'long, 4 lines',
    ]);
  });

  it.each([
    ["import './a';", false],
    ['', false],
    ['//\n', false],
    ['// A page.\n', true],
    ['/* A style. */\n', true],
    ['/**\n * A page.\n */', true],
  ])('%j opens with a comment: %s', (text, opens) => expect(OPENS_WITH_COMMENT.test(text)).toBe(opens));
});
