import { expect, test } from 'vitest';
import { withPlainRanges, wrongRanges } from './check.mjs';

const house = {
  catalog: { ajv: '8.20.0', vitest: '4.1.12' },
  workspace: [
    { name: '@example/schema', version: '0.3.1' },
    { name: '@example/config', version: '0.0.0', private: true },
  ],
};

test('what pnpm alone understands is refused, with what stands there instead', () => {
  const manifest = {
    name: '@example/lora',
    version: '0.1.0',
    dependencies: { '@example/schema': 'workspace:^', ajv: 'catalog:' },
    devDependencies: { '@example/config': 'workspace:*', vitest: '4.1.12' },
  };
  expect(wrongRanges(manifest, house)).toEqual([
    {
      group: 'dependencies',
      name: '@example/schema',
      found: 'workspace:^',
      expected: '^0.3.1',
    },
    { group: 'dependencies', name: 'ajv', found: 'catalog:', expected: '8.20.0' },
    { group: 'devDependencies', name: '@example/config', found: 'workspace:*', expected: '0.0.0' },
  ]);
  expect(withPlainRanges(manifest, house)).toEqual({
    ...manifest,
    dependencies: { '@example/schema': '^0.3.1', ajv: '8.20.0' },
    devDependencies: { '@example/config': '0.0.0', vitest: '4.1.12' },
  });
});

test('a version other than that of the catalog or the workspace is refused', () => {
  const manifest = {
    name: '@example/lora',
    version: '0.1.0',
    dependencies: { '@example/schema': '^0.2.0', ajv: '8.19.0' },
  };
  expect(wrongRanges(manifest, house).map(({ expected }) => expected)).toEqual([
    '^0.3.1',
    '8.20.0',
  ]);
});

test('a package that is neither ours nor in the catalog is refused, and left as it is', () => {
  const manifest = { name: '@example/lora', version: '0.1.0', dependencies: { other: '^1.0.0' } };
  expect(wrongRanges(manifest, house)).toEqual([
    { group: 'dependencies', name: 'other', found: '^1.0.0', expected: undefined },
  ]);
  expect(withPlainRanges(manifest, house)).toEqual(manifest);
});

test('a peer is a compatible version', () => {
  const peers = { name: 'x', version: '0.1.0', peerDependencies: { ajv: '^8.20.0' } };
  expect(wrongRanges(peers, house)).toEqual([]);
});
