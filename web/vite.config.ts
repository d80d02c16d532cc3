// Builds the pages and the web component `player.js`. Assets have hashed names. All addresses are relative, so the pages
// work at any prefix and the component on any origin.
// The output folder is `--outDir DIR`, else the variable LENSCAST_WEB_OUT, else `dist`.
/// <reference types="vitest/config" />
import { defineConfig } from 'vite';
import { classicPages } from './compat/classic-pages';
import { runningServer } from './dev-server';
import { licenses } from './licenses';
import { plainImports } from './plain-imports';

export default defineConfig({
  base: './',
  plugins: [classicPages(), licenses(), plainImports(), runningServer()],
  worker: { format: 'es' },
  test: { css: true }, // house_rules.test.ts reads the styles, too
  build: {
    outDir: process.env['LENSCAST_WEB_OUT'] ?? 'dist',
    emptyOutDir: true,
    target: 'es2021',
    assetsInlineLimit: 0, // no data: addresses, which the Content-Security-Policy 'self' forbids
    modulePreload: false,
    rollupOptions: {
      input: {
        index: 'index.html',
        grid: 'grid.html',
        404: '404.html',
        login: 'login.html',
        trust: 'trust.html',
        access: 'access.html',
        player: 'src/component.ts',
      },
      output: { entryFileNames: ({ name }) => (name === 'player' ? 'player.js' : 'assets/[name]-[hash].js') },
    },
  },
});
