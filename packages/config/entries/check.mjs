import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Packages whose own code loads native modules in a way that a bundler does not see. */
const native = ['onnxruntime-node', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'];

/** What is left out of the bundle, and so stands in its list of imports by the name in the code. */
const external = [
  'node:*',
  ...builtinModules.flatMap((name) => [name, `${name}/*`]),
  ...native.flatMap((name) => [name, `${name}/*`]),
  '*.node',
];

/**
 * What keeps an entry out of a browser: bundles it for one, from the sources of our packages, and looks at every module that
 * it reaches, through lazy imports too.
 *
 * @param {string} entry the file of the entry
 * @param {string} root folder that paths are shown from
 * @returns {Promise<string[]>} one line for each module of Node, native module, package or file that no browser could load
 */
export async function browserProblems(entry, root) {
  try {
    const { metafile } = await build({
      entryPoints: [entry],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'browser',
      format: 'esm',
      conditions: ['tunesmith-source'],
      logLevel: 'silent',
      external,
    });
    const problems = Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
      // esbuild lists its own helpers as an import too
      imports
        .filter((one) => one.external && one.path !== '<runtime>')
        .map(({ path }) => `${from} imports ${told(path)}`),
    );
    return [...new Set(problems)];
  } catch (error) {
    const { errors } = /** @type {import('esbuild').BuildFailure} */ (error);
    return errors.map(({ text, location }) => {
      const missing = /^Could not resolve "(.*)"/.exec(text)?.[1];
      const what = missing === undefined ? text : `imports ${missing}: not found`;
      return location ? `${location.file} ${what}` : what;
    });
  }
}

/** A module outside the bundle, and what is wrong with it where its name alone does not say so. @param {string} path */
function told(path) {
  if (path.endsWith('.node')) return `native ${path}`;
  return native.some((name) => path === name || path.startsWith(`${name}/`))
    ? `${path}, which is native`
    : path;
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
