import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel } from '@tunesmith/models/node';
import { expect, onTestFinished, test } from 'vitest';
import { exportGguf } from './export.ts';
import { inspectWeights } from './inspect.ts';
import { computeLogits } from './logits.ts';

const peft = (path: string): string =>
  fileURLToPath(new URL(`../../testing/fixtures/peft/${path}`, import.meta.url));
const ids = [[3, 17, 5, 29, 11, 30]];

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tunesmith-export-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a model with its adapter folded in computes as GGUF what both compute', async () => {
  const out = join(await temporary(), 'tuned.gguf');
  const tuned = { model: peft('base_llama'), adapter: peft('llama_lora'), device: 'cpu' };
  const { adapters } = await exportGguf({ ...tuned, out, encoding: 'f32' });
  expect(adapters).toHaveLength(1);
  const one = await computeLogits({ ...tuned, ids });
  const other = await computeLogits({ model: out, device: 'cpu', ids });
  const worst = one.data.map((value, i) => Math.abs(value - other.data[i]!));
  expect(Math.max(...(worst as Float32Array))).toBeLessThan(1e-4);
});

test('maps are in the encoding that is asked for, norms in float32', async () => {
  const out = join(await temporary(), 'small.gguf');
  const model = fileURLToPath(new URL('../../nano/model', import.meta.url));
  await exportGguf({ model, out, encoding: 'q4_0', device: 'cpu' });
  const { weights } = await loadModel(out);
  expect(weights.spec('model.layers.0.mlp.up_proj.weight').encoding).toBe('q4_0');
  expect(weights.spec('model.embed_tokens.weight').encoding).toBe('q8_0');
  expect(weights.spec('model.norm.weight').encoding).toBe('float32');
});

test('the metadata say where a model and an adapter come from', async () => {
  const folder = await temporary();
  for (const as of ['model', 'adapter'] as const) {
    const out = join(folder, `${as}.gguf`);
    const tuned = { model: peft('base_llama'), adapter: peft('llama_lora'), device: 'cpu' };
    await exportGguf({ ...tuned, out, as });
    const { metadata } = await inspectWeights({ path: out });
    expect(metadata[`${as}.gguf`]).toMatchObject({
      'general.name': 'base_llama with default',
      'general.base_model.0.name': 'base_llama',
      'general.tags': ['tunesmith'],
      'general.description': expect.stringContaining(
        'The files of the base state no license: look where it came from.',
      ),
    });
  }
});

test('what the format cannot say leaves no file', async () => {
  const folder = await temporary();
  const model = fileURLToPath(
    new URL('../../models/test-support/fixtures/gemma2', import.meta.url),
  );
  const out = join(folder, 'a.gguf');
  await expect(exportGguf({ model, out, device: 'cpu' })).rejects.toThrow('its logits move by');
  expect(await readdir(folder)).toEqual([]);
});
