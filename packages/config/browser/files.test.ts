import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { findBrowser, runPage } from './page.mjs';

it('files of a browser pass the suite of files in one', { timeout: 300_000 }, async (context) => {
  const browser = findBrowser();
  if (browser === undefined) return context.skip('no Chromium is installed');
  const found = await runPage(
    browser,
    fileURLToPath(new URL('../../testing/test-support/files-page.ts', import.meta.url)),
  );
  expect(found.length).toBeGreaterThan(30);
  expect(found.filter(({ error }) => error !== undefined)).toEqual([]);
});
