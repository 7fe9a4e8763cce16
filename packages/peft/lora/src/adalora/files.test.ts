import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeModel } from '@tunesmith/models';
import { adapterLogits, createAdapter, largestDifference, type Adapter } from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import { perturbed, tinyModel } from '@tunesmith/testing';
import { expect, test } from 'vitest';
import { adalora, type AdaloraConfig } from '../index.ts';

const model = tinyModel('llama');
const config = { init_r: 3, target_r: 2, targets: ['q_proj'] };
const [first, second] = [0, 1].map((layer) => `model.layers.${layer}.self_attn.q_proj.lora_E`);

/** An adapter of which training took ranks away: the singular values of some are 0. */
async function pruned(values: Readonly<Record<string, readonly number[]>>): Promise<Adapter> {
  const adapter = perturbed(await createAdapter({ model, method: adalora, config, seed: 0 }));
  const changed = Object.entries(values).map(([name, data]) => [
    name,
    { shape: [3, 1], dtype: 'float32' as const, data: Float32Array.from(data) },
  ]);
  const parameters = { ...adapter.parameters, ...Object.fromEntries(changed) };
  return { ...adapter, parameters } as unknown as Adapter;
}

test('ranks that were taken away are not stored, and a target may have none left', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'adalora-'));
  const adapter = await pruned({ [first!]: [0.4, 0, -0.2], [second!]: [0, 0, 0] });
  await saveAdapter(folder, adapter, { baseModel: 'tiny' });
  const stored = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as object;
  expect(stored).toMatchObject({
    rank_pattern: { [first!]: [true, false, true], [second!]: [false, false, false] },
  });
  const loaded = await loadAdapter(folder, { model, methods: [adalora] });
  await rm(folder, { recursive: true });
  expect(Object.values(loaded.parameters).map(({ shape }) => shape)).toEqual([
    [2, 12],
    [16, 2],
    [2, 1],
  ]);
  const device = await openDevice('tfjs-cpu');
  const placed = await placeModel(model, device);
  const logits = (each: Adapter) =>
    adapterLogits({ placed, adapters: [{ adapter: each }], ids: [[1, 2, 3]] });
  expect(largestDifference(await logits(loaded), await logits(adapter))).toBeLessThan(1e-6);
  await device.close();
});

test('before training all singular values are 0, and all ranks are kept', async () => {
  const fresh = await createAdapter({ model, method: adalora, config, seed: 0 });
  const { config: stored } = adalora.files.write(fresh, { baseModel: 'tiny' });
  expect(stored['rank_pattern']).toBeNull();
});

test('a loaded adapter keeps its ranks when it trains on', async () => {
  const adapter = await pruned({ [first!]: [0.4, 0, -0.2] });
  const { config: stored } = adalora.files.write(adapter as Adapter<AdaloraConfig>, {
    baseModel: 'tiny',
  });
  const rank_pattern = stored['rank_pattern'] as AdaloraConfig['rank_pattern'];
  const plan = adalora.plan(model.spec, { ...(adapter.config as AdaloraConfig), rank_pattern });
  expect(plan.state).toBeUndefined();
});

test('more ranks to be left than there are, and a schedule without room, are refused', async () => {
  const create = (more: object) =>
    createAdapter({ model, method: adalora, config: { ...config, ...more }, seed: 0 });
  await expect(create({ target_r: 4 })).rejects.toThrow('target_r 4 is above init_r 3');
  await expect(create({ init_r: 0 })).rejects.toThrow(/init_r/);
  await expect(create({ total_step: 10, tinit: 6, tfinal: 4 })).rejects.toThrow(
    'tinit 6 and tfinal 4 leave no step of 10 to take ranks away in',
  );
});
