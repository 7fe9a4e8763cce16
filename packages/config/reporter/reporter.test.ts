import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const folder = mkdtempSync(join(here, 'fixture-'));

afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('ends a run with the counts, after each skipped test and its reason', async () => {
  writeFileSync(
    join(folder, 'planted.test.mjs'),
    `import { expect, it } from 'vitest';
     it('holds', () => expect(1).toBe(1));
     it('breaks', () => expect(1).toBe(2));
     it('needs a GPU', (context) => context.skip('no adapter found'));`,
  );
  writeFileSync(join(folder, 'broken.test.mjs'), `import './missing.mjs';`);
  writeFileSync(
    join(folder, 'vitest.config.mjs'),
    `import { CountReporter } from '../reporter.mjs';
     export default { test: { root: import.meta.dirname, include: ['*.test.mjs'], reporters: ['default', new CountReporter()] } };`,
  );
  const run = promisify(execFile)(process.execPath, [vitest, 'run', '--root', folder]);
  const stdout: string = await run.then(
    () => 'the run passed',
    (failure: { stdout: string }) => failure.stdout,
  );
  expect(stdout.trimEnd().split('\n').slice(-2)).toEqual([
    'skipped: planted.test.mjs > needs a GPU: no adapter found',
    '1 passed, 2 failed, 1 skipped',
  ]);
});
