import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';
import { expect, it } from 'vitest';
import { setup } from './folder.ts';

it('tests run in a folder of their own, which is gone when the run is', () => {
  const ours = tmpdir();
  expect(basename(ours)).toMatch(/^tunesmith-tests-/);
  const teardown = setup();
  const inner = tmpdir();
  expect(existsSync(inner)).toBe(true);
  teardown();
  expect(existsSync(inner)).toBe(false);
  expect(tmpdir()).toBe(ours);
});
