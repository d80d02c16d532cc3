/**
 * Writes `licenses.txt`: the licence texts of the npm libraries in the build, which every copy must include. They are the
 * packages that package-lock.json does not mark as development packages. A library without a licence text fails the build.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

interface Lock {
  packages: Record<string, { version: string; dev?: boolean }>;
}

const HEADING = `Lenscast is licensed under either of the Apache License 2.0 and the MIT license.
Its pages contain these libraries, each under the terms that follow its name.
`;

export function licenses(): Plugin {
  let root = '.';
  return {
    name: 'licenses',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    generateBundle() {
      const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
      const used = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
      const texts = used.map(([path, { version }]) => {
        const name = path.replace(/^.*node_modules\//, '');
        return `${'='.repeat(78)}\n${name} ${version}\n${'='.repeat(78)}\n\n${licenseOf(join(root, path), name)}`;
      });
      this.emitFile({ type: 'asset', fileName: 'licenses.txt', source: [HEADING, ...texts].join('\n') });
    },
  };
}

/** The licence text in `folder`, after the authors and notices if they have files of their own. */
function licenseOf(folder: string, name: string): string {
  const license = readdirSync(folder).find((file) => /^licen[cs]e(\.|$)/i.test(file));
  if (!license) throw new Error(`${name} is in the build and has no licence text`);
  const files = ['AUTHORS', 'NOTICE', license].filter((file) => existsSync(join(folder, file)));
  return files
    .map((file) => `${readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim()}\n`)
    .join('\n');
}
