import { defineConfig } from 'tsup';

/**
 * Settings of every library package: ESM and its types from `src/index.ts`, ready for Node 20.
 *
 * @param {import('tsup').Options} [options] what differs for one package
 */
export function library(options = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'node20',
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    ...options,
  });
}
