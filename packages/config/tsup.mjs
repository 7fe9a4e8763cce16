import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const typeRoots = [fileURLToPath(new URL('./node_modules/@types', import.meta.url))];

/**
 * Settings of every library package: ESM and its types from `src/index.ts` and, where a package has one, from `src/node.ts`,
 * its entry for Node; ready for Node 20.
 *
 * Types are made from the built types of the sibling packages, so that each `index.d.ts` imports them by name.
 *
 * @param {import('tsup').Options & { types?: import('tsup').DtsConfig }} [options] what differs for one package; `types`
 * are added to the settings of `dts`
 */
export function library({ types, ...options } = {}) {
  return defineConfig({
    entry: ['src/index.ts', 'src/node.ts'].filter((file) => existsSync(file)),
    format: 'esm',
    target: 'node20',
    dts: { compilerOptions: { customConditions: [], typeRoots }, ...types },
    sourcemap: true,
    // Types are built apart from the code and outlive a new build of it.
    clean: ['!**/*.d.ts'],
    treeshake: true,
    // Hundreds of small files, most of which nobody uses: reading them would be half of what a command waits for at its start.
    noExternal: ['typebox', 'ajv'],
    silent: true,
    ...options,
  });
}
