import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { modelAddress } from './index.ts';
import { modelDirectory } from './node.ts';

test('the address and the folder lead to the model', async () => {
  const config = await readFile(join(modelDirectory, 'config.json'), 'utf8');
  expect(JSON.parse(config)).toMatchObject({ hidden_size: 192 });
  expect(await readFile(fileURLToPath(`${modelAddress}config.json`), 'utf8')).toBe(config);
});
