import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createScope, placeModel } from '@tunesmith/models';
import { loadModel, readSafetensors, saveModel, writeSafetensors } from '@tunesmith/models/node';
import type { Model } from '@tunesmith/models';
import {
  adapterFeeds,
  adapterLogits,
  composeHooks,
  createAdapter,
  largestDifference,
  mergeAdapter,
  parameterCount,
} from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import type { Adapter } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device } from '@tunesmith/runtime';
import { perturbed, readExpectedLogits } from '@tunesmith/testing';
import { lora } from './index.ts';

// golden-peft/make.py made these with Hugging Face PEFT.
const golden = new URL('../golden-peft/', import.meta.url).pathname;
const models: Record<string, Model> = {};
let device: Device;
let folder: string;
beforeAll(async () => {
  for (const kind of ['llama', 'gpt2']) models[kind] = await loadModel(`${golden}tied_${kind}`);
  device = await openDevice('tfjs-cpu');
  folder = await mkdtemp(join(tmpdir(), 'lora-tying-'));
});
afterAll(async () => {
  await device.close();
  await rm(folder, { recursive: true, force: true });
});

const baseOf = (name: string): Model => models[name.split('_')[0]!]!;
const load = (name: string, directory = golden + name): Promise<Adapter> =>
  loadAdapter(directory, { model: baseOf(name), methods: [lora] });
const logits = async (model: Model, ids: readonly (readonly number[])[], ...adapters: Adapter[]) =>
  adapterLogits({
    placed: await placeModel(model, device),
    adapters: adapters.map((adapter) => ({ adapter })),
    ids,
  });

/** What trains besides the matrices, and whether the merged model's head is still the embedding. */
const cases = [
  ['llama_head', ['lm_head.weight'], false],
  ['llama_embedding', ['model.embed_tokens.weight'], false],
  ['llama_both', ['model.embed_tokens.weight', 'lm_head.weight'], false],
  ['llama_head_tied', ['model.embed_tokens.weight'], true],
  ['llama_embedding_tied', ['model.embed_tokens.weight'], true],
  ['llama_both_tied', ['model.embed_tokens.weight'], true],
  ['llama_embedding_adapted_head', ['model.embed_tokens.weight'], false],
  // PEFT saves a module whole that it is also asked to adapt
  ['llama_head_also_target', ['lm_head.weight'], false],
  ['gpt2_head', ['lm_head.weight'], false],
  ['gpt2_embedding', ['transformer.wte.weight'], false],
  ['gpt2_both', ['transformer.wte.weight', 'lm_head.weight'], false],
  ['gpt2_head_tied', ['transformer.wte.weight'], true],
  // PEFT ties by the names embed_tokens and lm_head, and wte is neither
  ['gpt2_embedding_tied', ['transformer.wte.weight'], false],
  ['gpt2_both_tied', ['transformer.wte.weight'], true],
  ['gpt2_head_also_target', ['lm_head.weight'], false],
  ['gpt2_embedding_adapted_head', ['transformer.wte.weight'], false],
] as const;

describe.each(cases)(
  'an adapter of PEFT that saves an end of a tied table: %s',
  (name, base, tied) => {
    it('gives the logits that PEFT gives', async () => {
      const expected = await readExpectedLogits(golden + name, 'expected.safetensors');
      const adapter = await load(name);
      expect(adapter.plan.base).toEqual(base);
      const found = await logits(baseOf(name), expected.ids, adapter);
      expect(largestDifference(found, expected.logits)).toBeLessThan(1e-4);
      expect(largestDifference(found, await logits(baseOf(name), expected.ids))).toBeGreaterThan(
        0.1,
      );
    });

    it('gives them once merged, stored as a model and read again', async () => {
      const { ids, logits: expected } = await readExpectedLogits(
        golden + name,
        'expected.safetensors',
      );
      const model = baseOf(name);
      const merged = await mergeAdapter({ model, adapter: await load(name), device });
      const directory = join(folder, `merged-${name}`);
      await saveModel(merged, directory);
      const stored = await loadModel(directory);
      expect(largestDifference(await logits(stored, ids), expected)).toBeLessThan(1e-4);
      expect(stored.spec.tied).toBe(tied);
      expect(stored.weights.names.includes('lm_head.weight')).toBe(!tied);
      expect(model.weights.names).not.toContain('lm_head.weight');
    });

    it('is written again with the same tensors and options', async () => {
      const directory = join(folder, name);
      await saveAdapter(directory, await load(name), { baseModel: `tied_${name.split('_')[0]}` });
      const [ours, theirs] = await Promise.all(
        [directory, golden + name].map(async (path) => ({
          config: JSON.parse(await readFile(join(path, 'adapter_config.json'), 'utf8')) as Record<
            string,
            unknown
          >,
          tensors: (await readSafetensors(join(path, 'adapter_model.safetensors'))).tensors,
        })),
      );
      // PEFT repeats the frozen weight of an adapted head; both load without.
      delete theirs!.tensors['base_model.model.lm_head.base_layer.weight'];
      expect(ours!.tensors).toEqual(theirs!.tensors);
      const tying = name === 'gpt2_embedding_tied' ? { ensure_weight_tying: false } : {};
      // The release, and what the last target of several layouts left behind.
      const { peft_version, fan_in_fan_out } = ours!.config;
      expect(ours!.config).toEqual({ ...theirs!.config, ...tying, peft_version, fan_in_fan_out });
    });
  },
);

describe('a new adapter that saves an end of a tied table', () => {
  const create = (kind: string, config: object): Promise<Adapter> =>
    createAdapter({ model: models[kind]!, method: lora, config: { r: 2, ...config }, seed: 0 });

  it.each([
    ['llama', ['lm_head']],
    ['llama', ['embed_tokens', 'lm_head']],
    ['gpt2', ['wte']],
  ])('starts as the base: %s %j', async (kind, modules_to_save) => {
    const [plain, tuned] = await Promise.all(
      [[], [await create(kind, { modules_to_save })]].map((adapters) =>
        logits(models[kind]!, [[1, 2, 3]], ...adapters),
      ),
    );
    expect(tuned).toEqual(plain);
  });

  it('trains one table, or two', async () => {
    const count = async (config: object): Promise<number> => {
      const { plan, model } = await create('llama', config);
      return parameterCount(plan, model) - parameterCount({ ...plan, base: [] }, model);
    };
    const modules_to_save = ['embed_tokens', 'lm_head'];
    expect(await count({ modules_to_save })).toBe(2 * 64 * 16);
    expect(await count({ modules_to_save, ensure_weight_tying: true })).toBe(64 * 16);
  });

  it.each([
    ['llama', 'lm_head', ['model.embed_tokens']],
    ['llama', 'embed_tokens', ['embed_tokens', 'model.embed_tokens']],
    ['gpt2', 'lm_head', ['transformer.wte']],
    ['gpt2', 'wte', ['wte', 'transformer.wte']],
  ])('that stays tied is the same one from its files: %s %s', async (kind, module, stored) => {
    const config = { modules_to_save: [module], ensure_weight_tying: true };
    const adapter = perturbed(await create(kind, config), 0.2);
    const directory = await mkdtemp(join(folder, 'written-'));
    await saveAdapter(directory, adapter, { baseModel: `tied_${kind}` });
    const loaded = await load(kind, directory);
    expect(loaded).toMatchObject({ config: { modules_to_save: stored }, plan: adapter.plan });
    expect(loaded.parameters).toEqual(adapter.parameters);
  });

  it('is what fused losses take for the head: its own copy, or the one of the embedding', async () => {
    const headOf = async (config: object): Promise<string | undefined> => {
      const adapter = perturbed(await create('llama', config), 0.2);
      const tensors = Object.fromEntries(
        Object.entries({ ...adapter.model.tensors, ...adapterFeeds([adapter]) }).map(
          ([name, tensor]) => [
            name,
            'data' in tensor
              ? tf.tensor(tensor.data, [...tensor.shape])
              : tf.zeros([...tensor.shape]),
          ],
        ),
      );
      const hooks = composeHooks([{ adapter }])(tensors, { training: false });
      const weight = createScope({ parameters: tensors, hooks }).weight(adapter.model.head);
      return Object.keys(tensors).find((name) => tensors[name] === weight);
    };
    expect(await headOf({ modules_to_save: ['lm_head'] })).toBe('default/lm_head.weight');
    expect(await headOf({ modules_to_save: ['embed_tokens'] })).toBe('model.embed_tokens.weight');
    expect(await headOf({ modules_to_save: ['lm_head'], ensure_weight_tying: true })).toBe(
      'default/model.embed_tokens.weight',
    );
  });

  it('cannot adapt the head that it saves', async () => {
    const targets = ['q_proj', 'lm_head'];
    await expect(create('llama', { targets, modules_to_save: ['lm_head'] })).rejects.toThrow(
      '"lm_head" is a target and also in modules_to_save',
    );
    const config = { targets, modules_to_save: ['embed_tokens'] };
    expect((await create('llama', config)).plan.untied).toBe(true);
    await expect(create('llama', { ...config, ensure_weight_tying: true })).rejects.toThrow(
      '"lm_head" is a target and also in modules_to_save',
    );
  });
});

it('a table that is said to stay tied and is stored as two is refused', async () => {
  const directory = await mkdtemp(join(folder, 'two-'));
  await saveAdapter(directory, await load('llama_head_tied'), { baseModel: 'tied_llama' });
  const path = join(directory, 'adapter_model.safetensors');
  const { tensors } = await readSafetensors(path);
  const head = tensors['base_model.model.lm_head.weight']!;
  const other = { ...head, data: Float32Array.from(head.data as Float32Array, (x) => x + 1) };
  await writeSafetensors(
    path,
    { ...tensors, 'base_model.model.lm_head.weight': other as never },
    { format: 'pt' },
  );
  await expect(load('llama', directory)).rejects.toThrow('lm_head.weight" differ');
});
