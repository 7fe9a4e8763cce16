import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { publishedPackages } from '../workspace/packages.mjs';

/**
 * Packs every published package as plain npm does.
 *
 * @param {string} destination an existing folder
 * @returns {{ name: string, directory: string, tarball: string }[]}
 */
export function packAll(destination) {
  const packages = publishedPackages();
  const parameters = ['pack', '--json', '--ignore-scripts', '--pack-destination', destination];
  const folders = packages.map(({ directory }) => directory);
  const output = npm([...parameters, ...folders], { cwd: destination });
  /** @type {{ name: string, filename: string }[]} */
  const packed = JSON.parse(output);
  return packages.map(({ directory, manifest: { name } }) => {
    const entry = packed.find((one) => one.name === name);
    if (!entry) throw new Error(`npm packed no ${name}`);
    const file = entry.filename.replace('@', '').replace('/', '-');
    return { name, directory, tarball: join(destination, file) };
  });
}

/**
 * Runs npm and gives back what it printed.
 *
 * @param {readonly string[]} parameters
 * @param {{ cwd: string, env?: Record<string, string> }} options
 * @returns {string}
 */
export function npm(parameters, { cwd, env = {} }) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  return execFileSync('npm', parameters, {
    cwd,
    encoding: 'utf8',
    env: { ...Object.fromEntries(own), ...env },
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
