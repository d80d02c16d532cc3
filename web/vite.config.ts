// The build of the pages and of the web component `player.js`: hashed assets, every address relative so that it works
// at any prefix, and for the component on any origin.
// The output folder is `--outDir DIR`, else the environment's LENSCAST_WEB_OUT, else `dist`.
/// <reference types="vitest/config" />
import { defineConfig } from 'vite';
import { classicPages } from './compat/classic-pages';
import { runningServer } from './dev-server';
import { licenses } from './licenses';

export default defineConfig({
  base: './',
  plugins: [classicPages(), licenses(), runningServer()],
  worker: { format: 'es' },
  test: { css: true }, // the house rules read the styles, too
  build: {
    outDir: process.env['LENSCAST_WEB_OUT'] ?? 'dist',
    emptyOutDir: true,
    target: 'es2021',
    assetsInlineLimit: 0, // no data: addresses; a Content-Security-Policy can stay at 'self'
    modulePreload: false,
    rollupOptions: {
      input: { index: 'index.html', grid: 'grid.html', 404: '404.html', player: 'src/component.ts' },
      output: { entryFileNames: ({ name }) => (name === 'player' ? 'player.js' : 'assets/[name]-[hash].js') },
    },
  },
});
