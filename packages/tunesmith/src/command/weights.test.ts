import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import { afterAll, beforeAll, expect, test } from 'vitest';

// The built command, as a user runs it.
const command = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const nano = fileURLToPath(new URL('../../../nano/model', import.meta.url));
const weight = 'model.layers.0.mlp.down_proj.weight';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  const row = { instruction: 'Say yes.', output: 'Yes.' };
  await writeFile(join(folder, 'rows.jsonl'), `${JSON.stringify(row)}\n`.repeat(4));
  await writeFile(
    join(folder, 'recipe.yaml'),
    [
      'model: ./broken',
      'data: [{ path: rows.jsonl, format: alpaca }]',
      'method: { name: lora, r: 4 }',
      'training: { steps: 2, max_length: 64 }',
      'output: run',
    ].join('\n'),
  );
  await cp(nano, join(folder, 'broken'), { recursive: true });
  const path = join(folder, 'broken', 'model.safetensors');
  const { tensors } = await readSafetensors(path);
  const stored = tensors[weight]!;
  // All ones are a NaN in every floating type.
  new Uint8Array(stored.data.buffer, stored.data.byteOffset, 8).fill(0xff);
  await writeSafetensors(path, tensors);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.for([
  'generate --model broken --prompt hi',
  'evaluate --model broken --data rows.jsonl --format alpaca',
  'train recipe.yaml',
])('weights that are not finite are named where they are read: %s', (words) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...words.split(' ')], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toMatch(
    /broken\/model.safetensors: tensor ".*" holds NaN at element 0; \d of its/,
  );
  expect(stderr).toContain(weight);
  expect({ status, stdout }).toMatchObject({ status: 2, stdout: '' });
});

test('an adapter whose scale float32 does not hold is refused', async () => {
  const fixtures = fileURLToPath(new URL('../../../testing/fixtures/peft', import.meta.url));
  await cp(join(fixtures, 'llama_lora'), join(folder, 'loud'), { recursive: true });
  const path = join(folder, 'loud', 'adapter_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, lora_alpha: 1e308 }));
  const words = ['merge', '--model', join(fixtures, 'base_llama'), '--adapter', 'loud'];
  const { status, stderr } = spawnSync(process.execPath, [command, ...words, '--out', 'merged'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(stderr).toContain('alpha 1e+308 with rank 4 scales');
  expect(status).toBe(2);
});
