// The build of the page: two HTML entries, hashed assets, every address relative so that it works at any prefix.
// The output folder is `--outDir DIR`, else the environment's LENSCAST_WEB_OUT, else `dist`.
import { defineConfig } from 'vite';
import { classicPages } from './compat/classic-pages';

export default defineConfig({
  base: './',
  plugins: [classicPages()],
  build: {
    outDir: process.env['LENSCAST_WEB_OUT'] ?? 'dist',
    emptyOutDir: true,
    target: 'es2021',
    assetsInlineLimit: 0, // no data: addresses; a Content-Security-Policy can stay at 'self'
    modulePreload: false,
    rollupOptions: { input: ['index.html', '404.html'] },
  },
});
