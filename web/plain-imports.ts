/**
 * Leaves out the helper into which Vite wraps every dynamic import, a fortieth of the page. It loads styles before a
 * chunk that needs them; a dynamic chunk with a style fails the build.
 */
import type { Plugin } from 'vite';

const HELPER = '\0vite/preload-helper.js';

export function plainImports(): Plugin {
  return {
    name: 'plain-imports',
    apply: 'build',
    enforce: 'pre',
    load: (id) => (id === HELPER ? 'export const __vitePreload = (load) => load();' : null),
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        if (chunk.code.includes('vite:preloadError'))
          this.error(`${chunk.fileName} has the helper, which Vite must have renamed`);
        if (chunk.isDynamicEntry && chunk.viteMetadata?.importedCss.size)
          this.error(`${chunk.fileName} needs a style, which only Vite's helper would load`);
      }
    },
  };
}
