/**
 * Adds the pages of the classic systems to the build as `compat/SYSTEM/…`: plain HTML and scripts with the libraries of
 * those systems, under the names that the systems used. No file is hashed or rewritten. The server replaces @…@ and ${…}
 * in an index.html.
 */
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plugin } from 'vite';

/** The name in the build and the file below web/ that it is copied from. */
const FILES: Record<string, string> = {
  'rpicam/index.html': 'compat/rpicam/index.html',
  'rpicam/page.js': 'compat/rpicam/page.js',
  'rpicam/jmuxer.min.js': 'node_modules/jmuxer/dist/jmuxer.min.js',
  'rpicam/jmuxer.LICENSE.txt': 'node_modules/jmuxer/LICENSE',
  'rpicam/silence.js': 'compat/silence.js',
  'broadway/index.html': 'compat/broadway/index.html',
  'broadway/page.js': 'compat/broadway/page.js',
  'broadway/Decoder.js': 'node_modules/broadway-player/Player/Decoder.js',
  'broadway/YUVCanvas.js': 'node_modules/broadway-player/Player/YUVCanvas.js',
  'broadway/Player.js': 'node_modules/broadway-player/Player/Player.js',
  'broadway/LICENSE.txt': 'node_modules/broadway-player/LICENSE',
  'broadway/silence.js': 'compat/silence.js',
  'pistreaming/index.html': 'compat/pistreaming/index.html',
  'pistreaming/page.js': 'compat/pistreaming/page.js',
  'pistreaming/silence.js': 'compat/silence.js',
  'pistreaming/jsmpg.LICENSE.txt': 'node_modules/@cycjimmy/jsmpeg-player/LICENSE',
};

export function classicPages(): Plugin {
  let root = '.';
  return {
    name: 'classic-pages',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    async generateBundle() {
      for (const [name, from] of Object.entries(FILES)) {
        this.emitFile({
          type: 'asset',
          fileName: `compat/${name}`,
          source: readFileSync(resolve(root, from)),
        });
      }
      const shim = await build({
        entryPoints: [resolve(root, 'compat/pistreaming/jsmpg.js')],
        bundle: true,
        minify: true,
        format: 'iife',
        target: 'es2017',
        write: false,
        logLevel: 'silent',
      });
      for (const file of shim.outputFiles) {
        this.emitFile({ type: 'asset', fileName: 'compat/pistreaming/jsmpg.js', source: file.contents });
      }
    },
  };
}
