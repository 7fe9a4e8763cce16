import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { checkArrows } from './check.mjs';
import { arrows } from './table.mjs';

const made: string[] = [];

/** A house of two packages, `schema` below `runtime`, with the given files planted on top. */
function house(planted: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'arrows-'));
  made.push(root);
  const files = {
    'packages/schema/package.json': '{ "name": "@tunesmith/schema" }',
    'packages/schema/src/index.ts': 'export const one = 1;',
    'packages/runtime/package.json':
      '{ "name": "@tunesmith/runtime", "dependencies": { "@tunesmith/schema": "workspace:^" } }',
    'packages/runtime/src/index.ts': "import { one } from '@tunesmith/schema';",
    ...planted,
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

afterEach(() => {
  for (const root of made.splice(0)) rmSync(root, { recursive: true });
});

const problems = (planted: Record<string, string>) =>
  checkArrows(house(planted), arrows).findings.map(({ where, problem }) => `${where}: ${problem}`);

describe('checkArrows', () => {
  it('finds nothing in a house whose arrows point down', () => {
    const { findings, packages, imports } = checkArrows(house({}), arrows);
    expect(findings).toEqual([]);
    expect(packages).toBe(2);
    expect(imports).toBe(1);
  });

  it.each([
    ['an import', "import { tf } from '@tunesmith/runtime';"],
    ['a type import', "import type { Device } from '@tunesmith/runtime';"],
    ['a re-export', "export { tf } from '@tunesmith/runtime';"],
    ['a lazy import', "export const later = () => import('@tunesmith/runtime');"],
    ['a subpath', "import '@tunesmith/runtime/node';"],
  ])('catches %s that points up', (_, source) => {
    expect(problems({ 'packages/schema/src/planted.ts': source })).toContain(
      'packages/schema/src/planted.ts: "schema" may not import "runtime"; accepted: no package of ours',
    );
  });

  it('catches a dependency that points up', () => {
    expect(
      problems({
        'packages/schema/package.json':
          '{ "name": "@tunesmith/schema", "dependencies": { "@tunesmith/runtime": "workspace:^" } }',
      }),
    ).toEqual([
      'packages/schema/package.json: "schema" may not import "runtime"; accepted: no package of ours',
      'packages: circle: runtime -> schema -> runtime',
    ]);
  });

  it('catches a circle that only tests close', () => {
    expect(
      problems({
        'packages/schema/package.json':
          '{ "name": "@tunesmith/schema", "devDependencies": { "@tunesmith/runtime": "workspace:^" } }',
        'packages/schema/src/one.test.ts': "import '@tunesmith/runtime';",
      }),
    ).toEqual(['packages: circle: runtime -> schema -> runtime']);
  });

  it('catches an import that package.json does not declare', () => {
    expect(
      problems({
        'packages/peft/lora/package.json': '{ "name": "@tunesmith/lora" }',
        'packages/peft/lora/src/index.ts': "import { one } from '@tunesmith/schema';",
      }),
    ).toEqual([
      'packages/peft/lora/src/index.ts: "@tunesmith/schema" is not declared in packages/peft/lora/package.json',
    ]);
  });

  it('catches a relative import that leaves its package', () => {
    expect(
      problems({ 'packages/runtime/src/planted.ts': "import '../../schema/src/index.ts';" }),
    ).toEqual([
      'packages/runtime/src/planted.ts: "../../schema/src/index.ts" leaves the package; import it by name',
    ]);
  });

  it('catches a package that the table does not know', () => {
    expect(problems({ 'packages/attic/package.json': '{ "name": "@tunesmith/attic" }' })).toEqual([
      'packages/attic/package.json: package "attic" has no line in the table',
    ]);
  });
});

describe('the table', () => {
  it('lets every arrow point to an earlier line only', () => {
    const order = Object.keys(arrows);
    const upward = Object.entries(arrows).flatMap(([name, targets]) =>
      targets.filter((target) => order.indexOf(target) >= order.indexOf(name)),
    );
    expect(upward).toEqual([]);
  });

  it('is kept by this workspace', () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const { findings, packages } = checkArrows(root, arrows);
    expect(findings).toEqual([]);
    expect(packages).toBe(Object.keys(arrows).length);
  });
});
