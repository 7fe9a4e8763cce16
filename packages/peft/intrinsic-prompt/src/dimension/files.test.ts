import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createAdapter } from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import { readSafetensors } from '@tunesmith/models/node';
import { tinyModel } from '@tunesmith/testing';
import { intrinsicDimension } from './method.ts';

it('stores d numbers, and draws the projection again from its seed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'intrinsic-dimension-'));
  const model = tinyModel('gpt2');
  const adapter = await createAdapter({
    model,
    method: intrinsicDimension,
    config: { dimensions: 24, projection_seed: 3 },
    seed: 0,
  });
  await saveAdapter(folder, adapter, { baseModel: 'tiny' });
  const { tensors } = await readSafetensors(join(folder, 'adapter_model.safetensors'));
  expect(Object.keys(tensors).sort()).toEqual(['coordinates', 'scales']);
  const loaded = await loadAdapter(folder, { model, methods: [intrinsicDimension] });
  expect(loaded.parameters).toEqual(adapter.parameters);
  await rm(folder, { recursive: true });
});
