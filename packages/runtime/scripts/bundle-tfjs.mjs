/**
 * Writes `generated/tfjs.js`: tfjs-core with its gradients and its CPU backend, as one module for Node and browsers.
 *
 * The whole of tfjs is 270 MB, and what Node resolves of tfjs-core has no gradients; the module has all that is used
 * in 1 MB. Its types are those of tfjs-core.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = fileURLToPath(new URL('../generated/', import.meta.url));

const entry = `
import '@tensorflow/tfjs-core/dist/register_all_gradients';
// Some gradients call \`x.reshape(shape)\`.
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import '@tensorflow/tfjs-backend-cpu';
import { env } from '@tensorflow/tfjs-core';
import { PlatformBrowser } from '@tensorflow/tfjs-core/dist/platforms/platform_browser';
if (!env().platform) env().setPlatform('web-standard', new PlatformBrowser());
export * from '@tensorflow/tfjs-core';
`;

/** The platform of tfjs for Node needs \`require\`; that of browsers does with what Node has as well. */
const onePlatform = {
  name: 'one-platform',
  setup(builder) {
    builder.onLoad({ filter: /tfjs-core\/dist\/platforms\/platform_node\.js$/ }, () => ({
      contents: 'export {};',
    }));
  },
};

mkdirSync(folder, { recursive: true });
await build({
  stdin: { contents: entry, resolveDir: fileURLToPath(new URL('..', import.meta.url)) },
  outfile: `${folder}tfjs.js`,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  legalComments: 'eof',
  plugins: [onePlatform],
  logLevel: 'warning',
});
writeFileSync(`${folder}tfjs.d.ts`, "export * from '@tensorflow/tfjs-core';\n");
