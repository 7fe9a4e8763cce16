import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
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
    ['gpt2', { targets: 'query-intermediate' }, 'no map of its own for the queries'],
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
