import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { root, workspacePackages } from '../workspace/packages.mjs';
import { browserProblems, entryFile } from './check.mjs';
import { nodeOnly } from './table.mjs';

const packages = workspacePackages().flatMap((one) => {
  const file = entryFile(one, '.');
  const name = String(one.manifest.name);
  return file === undefined || name in nodeOnly ? [] : [{ name, file }];
});

it.each(packages)('$name bundles for a browser', { timeout: 30_000 }, async ({ file }) => {
  expect(await browserProblems(file, root)).toEqual([]);
});

it.each(Object.keys(nodeOnly))('%s is rightly among those of Node alone', async (name) => {
  const one = workspacePackages().find(({ manifest }) => manifest.name === name);
  const file = one && entryFile(one, '.');
  // One without an entry has nothing that another package could take.
  if (file !== undefined) expect(await browserProblems(file, root)).not.toEqual([]);
});

describe('what no browser has is found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'entries-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["import 'node:fs';", 'entry.ts imports node:fs'],
    ["import { join } from 'path'; console.log(join);", 'entry.ts imports path'],
    ["export const later = () => import('node:os');", 'entry.ts imports node:os'],
    ["export * from 'fs/promises';", 'entry.ts imports fs/promises'],
    ["import './one.ts';", 'one.ts imports node:fs'],
    ["import './binding.node';", 'entry.ts imports native ./binding.node'],
    ["import 'no-such-package';", 'entry.ts imports no-such-package: not found'],
  ])('%s', async (code, problem) => {
    writeFileSync(join(folder, 'entry.ts'), code);
    writeFileSync(
      join(folder, 'one.ts'),
      "import { readFileSync } from 'node:fs'; console.log(readFileSync);",
    );
    writeFileSync(join(folder, 'binding.node'), '');
    expect(await browserProblems(join(folder, 'entry.ts'), folder)).toEqual([problem]);
  });

  it('types are no imports', async () => {
    writeFileSync(
      join(folder, 'entry.ts'),
      "import type { Stats } from 'node:fs'; export type S = Stats;",
    );
    expect(await browserProblems(join(folder, 'entry.ts'), folder)).toEqual([]);
  });
});
