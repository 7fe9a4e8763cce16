import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AttentionSite, Model } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { createAdapter, mergeAdapter } from '@tunesmith/peft';
import { saveAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import { perturbed, tinyModel } from '@tunesmith/testing';
import type { TinyModelName } from '@tunesmith/testing';
import { bitfit } from './method.ts';

const create = (name: TinyModelName, config: object = {}) =>
  createAdapter({ model: tinyModel(name), method: bitfit, config, seed: 0 });

describe('the plan of BitFit', () => {
  it('is every bias there is, where every map has one', async () => {
    const { plan } = await create('gpt2');
    expect(plan.tensors).toEqual([]);
    expect(plan.base).toHaveLength(2 * 4 + 2 * 2 + 1);
  });

  it('adds zero biases to the maps that have none, and none to the head', async () => {
    const { plan, parameters } = await create('llama');
    expect(plan.base).toEqual([]);
    expect(plan.tensors).toHaveLength(14);
    expect(plan.tensors[0]).toMatchObject({
      name: 'model.layers.0.self_attn.q_proj.added_bias',
      shape: [16],
    });
    expect(Object.values(parameters).every(({ data }) => data.every((value) => value === 0))).toBe(
      true,
    );
  });

  it('does both where some maps have one', async () => {
    const { plan } = await create('qwen2');
    expect(plan.base).toHaveLength(6);
    expect(plan.tensors).toHaveLength(8);
  });

  it('takes the maps into queries and feed-forward part', async () => {
    const { plan } = await create('llama', { targets: 'query-intermediate' });
    expect(plan.sites.slice(0, 3)).toEqual([
      'model.layers.0.self_attn.q_proj',
      'model.layers.0.mlp.gate_proj',
      'model.layers.0.mlp.up_proj',
    ]);
  });

  it.each<[TinyModelName, object, string]>([
    [
      'llama',
      { add_missing: false },
      '"model.layers.0.self_attn.q_proj" has no bias, and 13 other targets have none',
    ],
    ['llama', { targets: ['lm_head'] }, 'the head "lm_head" cannot be given a bias'],
    ['llama', { targets: ['q_porj'] }, 'nearest: "q_proj"'],
  ])('of %s with %o is refused', async (name, config, message) => {
    await expect(create(name, config)).rejects.toThrow(message);
  });
});

describe('the queries of one map onto queries, keys and values', () => {
  const fixture = (name: string) =>
    loadModel(
      new URL(`../../../../models/test-support/fixtures/${name}`, import.meta.url).pathname,
    );
  const chosen = (model: Model) =>
    createAdapter({ model, method: bitfit, config: { targets: 'query-intermediate' }, seed: 0 });
  /** Which outputs of a map's bias a merge of a moved adapter changes. */
  const movedOutputs = async (model: Model, bias: string): Promise<number[]> => {
    const device = await openDevice('tfjs-cpu');
    const merged = await mergeAdapter({ model, adapter: perturbed(await chosen(model)), device });
    await device.close();
    const [before, after] = [await model.weights.read(bias), await merged.weights.read(bias)];
    return [...after.data.keys()].filter((i) => after.data[i] !== before.data[i]);
  };

  it('are what its bias says at first, and the rest of it stays', async () => {
    const model = tinyModel('gpt2');
    const { plan, parameters } = await chosen(model);
    const bias = 'transformer.h.0.attn.c_attn.bias';
    expect(plan.tensors[0]).toMatchObject({
      name: 'transformer.h.0.attn.c_attn.query_bias',
      shape: [12],
    });
    expect(parameters['transformer.h.0.attn.c_attn.query_bias']!.data).toEqual(
      (await model.weights.read(bias)).data.slice(0, 12),
    );
    expect(plan.base).not.toContain(bias);
    expect(plan.base).toContain('transformer.h.0.mlp.c_fc.bias');
    expect(await movedOutputs(model, bias)).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  it('stand between keys and values of other heads where a family lays them out by heads', async () => {
    for (const [name, bias] of [
      ['bloom', 'transformer.h.0.self_attention.query_key_value.bias'],
      ['gpt_neox', 'gpt_neox.layers.0.attention.query_key_value.bias'],
    ] as const) {
      const model = await fixture(name);
      const site = model.spec.sites.find((one) => one.kind === 'attention')!;
      const { heads, headDim } = site as AttentionSite;
      const queries = Array.from({ length: heads * headDim }, (_, i) => {
        const head = Math.floor(i / headDim);
        return 3 * headDim * head + (i % headDim);
      });
      expect(await movedOutputs(model, bias), name).toEqual(queries);
    }
  });

  it('get a bias of their own where the map has none', async () => {
    const { plan } = await chosen(await fixture('phi3'));
    const [query] = plan.tensors.filter(({ name }) => name.endsWith('.query_bias'));
    expect(query).toMatchObject({ init: { kind: 'zeros' } });
    expect(plan.changed).toEqual([]);
  });
});

describe('a merge of BitFit', () => {
  const merge = async (name: TinyModelName, config: object) => {
    const device = await openDevice('tfjs-cpu');
    try {
      return await mergeAdapter({
        model: tinyModel(name),
        adapter: perturbed(await create(name, config)),
        device,
      });
    } finally {
      await device.close();
    }
  };

  it('turns attention_bias on for a Llama, and leaves the feed-forward part without', async () => {
    const { spec, weights } = await merge('llama', { targets: ['q_proj'] });
    const bias = async (map: string) =>
      (await weights.read(`model.layers.0.self_attn.${map}.bias`)).data;
    expect(spec.configuration).toMatchObject({ attention_bias: true });
    expect(spec.configuration['mlp_bias']).toBeUndefined();
    expect((await bias('q_proj')).some((value) => value !== 0)).toBe(true);
    expect((await bias('k_proj')).every((value) => value === 0)).toBe(true);
  });

  it('turns on both where both parts have biases', async () => {
    expect((await merge('llama', {})).spec.configuration).toMatchObject({
      attention_bias: true,
      mlp_bias: true,
    });
  });

  it('is refused where the configuration has no place for a bias', async () => {
    await expect(merge('qwen2', {})).rejects.toThrow(
      'a qwen2 model has no place for a bias of "model.layers.0.self_attn.o_proj"',
    );
    await expect(
      merge('qwen2', { targets: ['q_proj', 'k_proj'], add_missing: false }),
    ).resolves.toBeDefined();
  });
});

describe('files of BitFit', () => {
  it('say their format and hold biases under their Hugging Face names', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bitfit-'));
    try {
      await saveAdapter(directory, await create('qwen2', { targets: ['o_proj'] }), {
        baseModel: 'base',
      });
      const config: unknown = JSON.parse(
        await readFile(join(directory, 'adapter_config.json'), 'utf8'),
      );
      expect(config).toEqual({
        format: 'tunesmith.bitfit',
        format_version: 1,
        base_model_name_or_path: 'base',
        config: { targets: ['o_proj'], norms: true, add_missing: true },
      });
      expect(await readFile(join(directory, 'adapter_model.safetensors'), 'utf8')).toContain(
        '"model.layers.1.self_attn.o_proj.bias"',
      );
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
