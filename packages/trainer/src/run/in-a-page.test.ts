import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findBrowser, runPage } from '@tunesmith/config/browser';
import { tfjsCpuDevice } from '@tunesmith/runtime';
import { memoryFiles } from '@tunesmith/schema';
import { expect, it } from 'vitest';
import { tuneFrom } from '../../test-support/tune-from.ts';

const base = new URL('../../../testing/fixtures/peft/base_llama/', import.meta.url);

it('a page tunes a model as Node does', { timeout: 300_000 }, async (context) => {
  const browser = findBrowser();
  if (browser === undefined) return context.skip('no Chromium is installed');
  const files = Object.fromEntries(
    ['config.json', 'model.safetensors'].map((name) => [name, readFileSync(new URL(name, base))]),
  );
  const device = await tfjsCpuDevice.open();
  const wanted = await tuneFrom(memoryFiles(files), memoryFiles(), device);
  await device.close();
  expect(wanted.losses).toHaveLength(4);
  const page = fileURLToPath(new URL('../../test-support/tuning-page.ts', import.meta.url));
  const shown = { ...files, 'wanted.json': Buffer.from(JSON.stringify(wanted)) };
  expect(await runPage(browser, page, shown)).toEqual([
    { name: 'takes the steps that it takes in Node' },
  ]);
});
