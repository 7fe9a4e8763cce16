import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { build } from 'esbuild';

const builtIn = new Set(builtinModules);

/**
 * What keeps an entry out of a browser: bundles it for one, from the sources of our packages, and looks at every module that
 * it reaches, through lazy imports too.
 *
 * @param {string} entry the file of the entry
 * @param {string} root folder that paths are shown from
 * @param {{ ownOnly?: boolean }} [options] `ownOnly`: look at our own modules and not into the packages that they import
 * @returns {Promise<string[]>} one line for each module of Node, native module, package or file that no browser could load
 */
export async function browserProblems(entry, root, { ownOnly = false } = {}) {
  /** @type {Set<string>} */
  const problems = new Set();
  await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    conditions: ['tunesmith-source'],
    logLevel: 'silent',
    plugins: [
      {
        name: 'what no browser has',
        setup({ onResolve, resolve }) {
          onResolve({ filter: /.*/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
            if (kind === 'entry-point' || pluginData === 'seen') return undefined;
            const from = relative(root, importer);
            const [name = ''] = path.replace(/^node:/, '').split('/');
            if (path.startsWith('node:') || builtIn.has(name)) {
              problems.add(`${from} imports ${path}`);
              return { path, external: true };
            }
            const found = await resolve(path, { kind, importer, resolveDir, pluginData: 'seen' });
            if (found.errors.length > 0) problems.add(`${from} imports ${path}: not found`);
            else if (found.path.endsWith('.node')) problems.add(`${from} imports native ${path}`);
            else if (isNative(path)) problems.add(`${from} imports ${path}, which is native`);
            else if (!ownOnly || !found.path.includes('/.pnpm/')) return found;
            return { path, external: true };
          });
        },
      },
    ],
  }).catch((/** @type {Error} */ error) => problems.add(error.message));
  return [...problems];
}

/** Packages whose own code loads native modules in a way that a bundler does not see. @param {string} path */
function isNative(path) {
  return /^(onnxruntime-node|@tensorflow\/tfjs-node(-gpu)?)(\/|$)/.test(path);
}

/**
 * The file of an entry in the sources.
 *
 * @param {{ directory: string, manifest: import('../ranges/check.mjs').Manifest }} onePackage
 * @param {string} name such as `.` or `./node`
 * @returns {string | undefined}
 */
export function entryFile({ directory, manifest }, name) {
  const entry = /** @type {{ 'tunesmith-source'?: string } | undefined} */ (
    /** @type {Record<string, unknown> | undefined} */ (manifest['exports'])?.[name]
  );
  return entry?.['tunesmith-source'] && join(directory, entry['tunesmith-source']);
}
