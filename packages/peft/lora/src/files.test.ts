import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeModel } from '@tunesmith/models';
import { loadModel, readSafetensors, writeSafetensors } from '@tunesmith/models/node';
import type { Model } from '@tunesmith/models';
import { adapterLogits, createAdapter, largestDifference, mergeAdapter } from '@tunesmith/peft';
import { loadAdapter, saveAdapter } from '@tunesmith/peft/node';
import type { Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import { perturbed } from '@tunesmith/testing';
import { lora } from './index.ts';

const fixtures = new URL('../../../testing/fixtures/peft/', import.meta.url).pathname;
let llama: Model;
let folder: string;
beforeAll(async () => {
  llama = await loadModel(`${fixtures}base_llama`);
  folder = await mkdtemp(join(tmpdir(), 'lora-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = (directory: string, model = llama) =>
  loadAdapter(directory, { model, methods: [lora] });

/** A copy of a stored adapter with changes to its configuration; undefined removes a key. */
async function changed(name: string, changes: Record<string, unknown>): Promise<string> {
  const directory = await mkdtemp(join(folder, 'changed-'));
  await cp(fixtures + name, directory, { recursive: true });
  const path = join(directory, 'adapter_config.json');
  const config = { ...(JSON.parse(await readFile(path, 'utf8')) as object), ...changes };
  await writeFile(path, JSON.stringify(config));
  return directory;
}

describe('reading what PEFT wrote', () => {
  it.each(['llama_lora', 'llama_lora_rslora_pattern', 'gpt2_lora', 'qwen2_lora_bias_all'])(
    'and writing it again gives the same two files: %s',
    async (name) => {
      const text = await readFile(`${fixtures}${name}/adapter_config.json`, 'utf8');
      const { base_model_name_or_path: baseModel } = JSON.parse(text) as {
        base_model_name_or_path: string;
      };
      const model = await loadModel(fixtures + baseModel);
      const directory = join(folder, name);
      await saveAdapter(directory, await load(fixtures + name, model), { baseModel });
      expect(await readFile(join(directory, 'adapter_config.json'), 'utf8')).toBe(text);
      const [ours, theirs] = await Promise.all(
        [directory, fixtures + name].map((path) =>
          readSafetensors(join(path, 'adapter_model.safetensors')),
        ),
      );
      expect(ours).toEqual(theirs);
    },
  );

  it('and what overlapping patterns mean does not depend on the order of their keys in the file', async () => {
    const adapter = await createAdapter({
      model: llama,
      method: lora,
      seed: 0,
      config: {
        targets: ['q_proj', 'v_proj'],
        init: 'random',
        rank_pattern: { q_proj: 2, 'layers.1.self_attn.q_proj': 4 },
        alpha_pattern: { '.*_proj': 3, 'layers.0.self_attn.q_proj': 64 },
      },
    });
    const directory = join(folder, 'overlap');
    await saveAdapter(directory, adapter, { baseModel: 'base_llama' });
    const device = await openDevice('tfjs-cpu');
    const placed = await placeModel(llama, device);
    const [one, other] = await Promise.all(
      [adapter, await load(directory)].map((each) =>
        adapterLogits({ placed, adapters: [{ adapter: each }], ids: [[1, 2, 3]] }),
      ),
    );
    expect(other).toEqual(one);
  });

  it('infers a rank that the configuration leaves out', async () => {
    const adapter = await load(await changed('llama_lora', { r: undefined }));
    expect(adapter.config).toMatchObject({ r: 4, rank_pattern: {} });
  });

  it('infers differing ranks, the commonest as r', async () => {
    const stated = await load(`${fixtures}llama_lora_rslora_pattern`);
    const inferred = await load(
      await changed('llama_lora_rslora_pattern', { r: undefined, rank_pattern: {} }),
    );
    expect(inferred.config).toMatchObject({
      r: 4,
      rank_pattern: { 'model\\.layers\\.1\\.self_attn\\.q_proj': 2 },
    });
    const device = await openDevice('tfjs-cpu');
    const placed = await placeModel(llama, device);
    const [one, other] = await Promise.all(
      [stated, inferred].map((adapter) =>
        adapterLogits({ placed, adapters: [{ adapter }], ids: [[1, 2, 3]] }),
      ),
    );
    expect(one!.data).toEqual(other!.data);
    await device.close();
  });

  it('takes the usual targets where the configuration names none', async () => {
    const adapter = await load(await changed('llama_lora', { target_modules: null }));
    expect(adapter.config).toMatchObject({ targets: ['q_proj', 'v_proj'] });
  });

  it('passes over target names of other architectures, since every tensor is checked anyway', async () => {
    const adapter = await load(
      await changed('llama_lora', { target_modules: ['q_proj', 'v_proj', 'c_attn'] }),
    );
    expect(adapter.config).toMatchObject({ targets: ['q_proj', 'v_proj'] });
  });

  it('loads a configuration of a newer PEFT as long as its new options are off', async () => {
    const adapter = await load(
      await changed('llama_lora', { use_brand_new: false, brand_new_config: null }),
    );
    expect(adapter.config).toMatchObject({ r: 4 });
  });

  it.each(['eva', 'orthogonal', 'mica', 'Gaussian', true, false, null])(
    'takes the stored values whatever rule chose the first ones: init_lora_weights %j',
    async (rule) => {
      const adapter = await load(await changed('llama_lora', { init_lora_weights: rule }));
      expect(adapter.parameters).toEqual((await load(`${fixtures}llama_lora`)).parameters);
    },
  );

  it.each([
    { eva_config: { rho: 2, tau: 0.99 } },
    { loftq_config: { loftq_bits: 4 } },
    { corda_config: { corda_method: 'ipm' }, lora_ga_config: { scale: 'stable' } },
    { megatron_config: { hidden_size: 16 }, megatron_core: 'other.core' },
    { qalora_group_size: 32, runtime_config: { ephemeral_gpu_offload: false } },
    { fan_in_fan_out: true, ensure_weight_tying: true },
    { layers_to_transform: [], layers_pattern: null, modules_to_save: null },
  ])('passes over options that change no number: %o', async (changes) => {
    const adapter = await load(await changed('llama_lora', changes));
    expect(adapter).toEqual(await load(`${fixtures}llama_lora`));
  });

  it('takes the weight of an adapted head that PEFT repeats, and refuses another one', async () => {
    const directory = await mkdtemp(join(folder, 'head-'));
    await rm(directory, { recursive: true });
    const adapter = await createAdapter({
      model: llama,
      method: lora,
      config: { r: 2, targets: ['lm_head'] },
      seed: 0,
    });
    await saveAdapter(directory, adapter, { baseModel: 'base_llama' });
    const path = join(directory, 'adapter_model.safetensors');
    const { tensors } = await readSafetensors(path);
    const head = await llama.weights.read('lm_head.weight');
    const key = 'base_model.model.lm_head.base_layer.weight';
    await writeSafetensors(path, { ...tensors, [key]: head }, { format: 'pt' });
    expect((await load(directory)).parameters).toEqual(adapter.parameters);
    const other = { ...head, data: Float32Array.from(head.data, (value) => -value) };
    await writeSafetensors(path, { ...tensors, [key]: other }, { format: 'pt' });
    await expect(load(directory)).rejects.toMatchObject({ code: 'other-base-model' });
  });
});

describe('refusing what cannot be honored', () => {
  it.each([
    ['llama_ia3', 'has peft_type "IA3"; accepted: peft_type "LORA" (lora)'],
    ['llama_prefix', 'has peft_type "PREFIX_TUNING"'],
    ['llama_ln', 'has peft_type "LN_TUNING"'],
    ['llama_vera', 'has peft_type "VERA"'],
  ])('of %s', async (name, message) => {
    await expect(load(fixtures + name)).rejects.toThrow(message);
  });

  it.each(['gpt2_ia3', 'gpt2_ln'])('of %s', async (name) => {
    const gpt2 = await loadModel(`${fixtures}base_gpt2`);
    await expect(load(fixtures + name, gpt2)).rejects.toThrow(/has peft_type/);
  });

  it.each([
    [
      { trainable_token_indices: [1, 2] },
      'embed_tokens.token_adapter.trainable_tokens_delta" [2, 16] is missing',
    ],
    [{ trainable_token_indices: [64] }, 'names token 64, and "model.embed_tokens" has 64'],
    [{ trainable_token_indices: { wte: [1] } }, 'trainable_token_indices names "wte"'],
    [{ lora_bias: true }, 'q_proj.lora_B.bias" [16] is missing'],
    [{ lora_bias: true, use_dora: true }, 'lora_bias and use_dora exclude each other'],
    [{ layer_replication: [[0, 1]] }, 'option "layer_replication"'],
    [{ target_parameters: ['x'] }, 'option "target_parameters"'],
    [{ use_brand_new: true }, 'option "use_brand_new" is true'],
    [{ init_lora_weights: 'pissa_niter_16' }, 'is "pissa_niter_16": a random approximation'],
    [{ init_lora_weights: 'loftq' }, 'is "loftq": LoftQ replaces the weights of the base model'],
    [{ init_lora_weights: 'corda' }, 'is "corda": CorDA moved a part of the base model'],
    [{ init_lora_weights: 'lora_ga' }, 'is "lora_ga": LoRA-GA moved the base model'],
    [
      { init_lora_weights: 'evo' },
      'is "evo": no rule of that name is known; accepted: true, false',
    ],
    [{ constructor: true }, 'option "constructor" is true, which is not supported'],
    [JSON.parse('{"__proto__":{"r":4}}'), '"__proto__" is not a known key'],
    [{ use_dora: true }, 'q_proj.lora_magnitude_vector" [16] is missing'],
    [{ use_qalora: true }, 'option "use_qalora" is true'],
    [{ use_bdlora: { nblocks: 2 } }, 'option "use_bdlora"'],
    [{ alora_invocation_tokens: [3] }, 'option "alora_invocation_tokens" is [3]'],
    [{ arrow_config: { top_k: 3 } }, 'option "arrow_config"'],
    [{ kasa_config: { beta: 1 } }, 'option "kasa_config"'],
    [{ lora_alpha: 1e308 }, 'alpha 1e+308 with rank 4 scales "model.layers.0.self_attn.q_proj"'],
    [{ lora_alpha: 1e308, use_rslora: true }, 'by 5e+307, which is Infinity in float32'],
    [{ alpha_pattern: { v_proj: 1e300 } }, 'scales "model.layers.0.self_attn.v_proj" by 2.5e+299'],
    [{ lora_alpha: 1e-300 }, 'by 2.5e-301, which is 0 in float32'],
    [{ task_type: 'SING' }, 'task_type is "SING", and PEFT has CAUSAL_LM'],
    [{ bias: 'some' }, 'bias'],
    [{ r: 8 }, 'has shape [4, 16] where the model needs [8, 16]'],
    [
      { target_modules: ['q_proj'] },
      'self_attn.v_proj.lora_A.weight" belongs to no part of this adapter',
    ],
    [
      { target_modules: ['q_proj', 'k_proj', 'v_proj'] },
      'self_attn.k_proj.lora_A.weight" [4, 16] is missing',
    ],
    [{ target_modules: ['query'] }, 'target "query" matches no linear map'],
  ])('of options %o', async (changes, message) => {
    await expect(load(await changed('llama_lora', changes))).rejects.toThrow(message);
  });

  it('of tied updates, which a tied head would share with the embedding', async () => {
    const gpt2 = await loadModel(`${fixtures}base_gpt2`);
    const directory = join(await mkdtemp(join(folder, 'tied-')), 'adapter');
    const config = { r: 2, targets: ['lm_head'] };
    const adapter = await createAdapter({ model: gpt2, method: lora, config, seed: 0 });
    await saveAdapter(directory, adapter, { baseModel: 'base_gpt2' });
    const path = join(directory, 'adapter_config.json');
    const stored = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...stored, ensure_weight_tying: true }));
    await expect(load(directory, gpt2)).rejects.toThrow('"ensure_weight_tying" is true');
  });

  it.each([NaN, Infinity])('of tensors that hold %f', async (value) => {
    const directory = await changed('llama_lora', {});
    const path = join(directory, 'adapter_model.safetensors');
    const { tensors } = await readSafetensors(path);
    const key = 'base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight';
    (tensors[key]!.data as Float32Array)[5] = value;
    await writeSafetensors(path, tensors);
    await expect(load(directory)).rejects.toThrow(
      `adapter_model.safetensors: tensor "${key}" holds ${value} at element 5; 1 of its 64`,
    );
  });

  it('of another base model', async () => {
    const gpt2 = await loadModel(`${fixtures}base_gpt2`);
    await expect(load(`${fixtures}llama_lora`, gpt2)).rejects.toThrow(
      'target "v_proj" matches no linear map',
    );
  });
});

describe('settings', () => {
  const create = (config: object, model = llama): Promise<Adapter> =>
    createAdapter({ model, method: lora, config, seed: 0 });

  it('take the usual targets of the model type', async () => {
    expect((await create({})).plan.sites).toEqual([
      'model.layers.0.self_attn.q_proj',
      'model.layers.0.self_attn.v_proj',
      'model.layers.1.self_attn.q_proj',
      'model.layers.1.self_attn.v_proj',
    ]);
  });

  it('name the nearest setting for one that does not exist', async () => {
    await expect(create({ use_rlsora: true })).rejects.toThrow('nearest: "use_rslora"');
    await expect(create({ r: 0 })).rejects.toThrow(/r.*0/);
    await expect(create({ bias: 'lora' })).rejects.toThrow(/"none", "all", "lora_only"/);
  });

  it('refuse a map that is both adapted and saved whole', async () => {
    await expect(create({ targets: ['q_proj'], modules_to_save: ['self_attn'] })).rejects.toThrow(
      '"model.layers.0.self_attn.q_proj" is a target and also in modules_to_save',
    );
  });

  it('refuse a module to save that does not exist', async () => {
    await expect(create({ modules_to_save: ['score'] })).rejects.toThrow(
      'modules_to_save names "score"',
    );
  });

  it('start A within ±1/√in and B at zero', async () => {
    const { parameters } = await create({ r: 8, targets: ['down_proj'] });
    const a = parameters['model.layers.0.mlp.down_proj.lora_A.weight']!;
    const b = parameters['model.layers.0.mlp.down_proj.lora_B.weight']!;
    const most = Math.max(...[...a.data].map(Math.abs));
    expect(a.shape).toEqual([8, 32]);
    expect(most).toBeGreaterThan(0.9 / Math.sqrt(32));
    expect(most).toBeLessThanOrEqual(1 / Math.sqrt(32));
    expect(b.data.every((value) => value === 0)).toBe(true);
  });

  it('give a tied head an update of its own, which a merge parts from the embedding', async () => {
    const gpt2 = await loadModel(`${fixtures}base_gpt2`);
    const adapter = perturbed(await create({ r: 2, targets: ['lm_head'] }, gpt2));
    const device = await openDevice('tfjs-cpu');
    const placed = await placeModel(gpt2, device);
    const run = (active: boolean) =>
      adapterLogits({ placed, adapters: [{ adapter, active }], ids: [[1, 2]] });
    expect(largestDifference(await run(true), await run(false))).toBeGreaterThan(1e-3);
    const merged = await mergeAdapter({ model: gpt2, adapter, device });
    const there = await placeModel(merged, device);
    const after = await adapterLogits({ placed: there, adapters: [], ids: [[1, 2]] });
    expect(largestDifference(after, await run(true))).toBeLessThan(1e-4);
    expect(merged.spec.configuration).toMatchObject({ tie_word_embeddings: false });
    expect(await merged.weights.read('transformer.wte.weight')).toEqual(
      await gpt2.weights.read('transformer.wte.weight'),
    );
    await device.close();
  });
});
