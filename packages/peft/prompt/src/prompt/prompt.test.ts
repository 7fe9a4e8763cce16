import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logits, placeModel, readEveryWeight } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { adapterFeeds, adapterLogits, composeHooks, createAdapter } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor, TensorMap } from '@tunesmith/runtime';
import { tinyModel } from '@tunesmith/testing';
import { prompt } from './method.ts';

const fixtures = new URL('../../../../testing/fixtures/peft/', import.meta.url).pathname;
const model = tinyModel('llama');
const create = (config: object, tokenizer?: { encode(text: string): number[] }) =>
  createAdapter({ model, method: prompt, config, seed: 0, ...(tokenizer ? { tokenizer } : {}) });
const table = await model.weights.read('model.embed_tokens.weight');
const row = (id: number): number[] => Array.from(table.data.subarray(id * 12, (id + 1) * 12));

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await openDevice('tfjs-cpu');
  folder = await mkdtemp(join(tmpdir(), 'prompt-'));
});
afterAll(async () => {
  await device.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a prompt in packed rows', () => {
  it('stands before every document, and each document sees only its own', async () => {
    const adapter = await create({ virtual_tokens: 2 });
    const factory = composeHooks([{ adapter }]);
    const forward = device.jit('packed', (inputs: TensorMap) => {
      const { ids, positions, segmentIds, virtualTokenIds, ...tensors } = inputs;
      const batch = {
        ids: ids!,
        positions: positions!,
        segmentIds: segmentIds!,
        rows: { index: virtualTokenIds! },
      };
      return { logits: logits(model, tensors, batch, factory(tensors, { training: false })) };
    });
    const row = (...values: number[]): HostTensor => ({
      shape: [1, values.length],
      dtype: 'int32',
      data: Int32Array.from(values),
    });
    const packed = await forward({
      ...(await readEveryWeight(model.weights)),
      ...adapterFeeds([adapter]),
      ids: row(0, 0, 7, 8, 9, 0, 0, 4, 5, 0),
      virtualTokenIds: row(0, 1, -1, -1, -1, 0, 1, -1, -1, -1),
      positions: row(0, 1, 2, 3, 4, 0, 1, 2, 3, 0),
      segmentIds: row(1, 1, 1, 1, 1, 2, 2, 2, 2, 0),
    });
    const together = (await device.read(packed['logits']!)).data;
    const placed = await placeModel(model, device);
    const alone = async (ids: number[]) =>
      (await adapterLogits({ placed, adapters: [{ adapter }], ids: [ids] })).data;
    const separate = [...(await alone([7, 8, 9])), ...(await alone([4, 5]))];
    separate.forEach((value, i) => expect(together[i]).toBeCloseTo(value, 5));
  });
});

describe('first values of a prompt', () => {
  it('are embeddings of distinct tokens by default', async () => {
    const { parameters } = await create({ virtual_tokens: 10 });
    const { data } = parameters['prompt_embeddings']!;
    const rows = Array.from({ length: 10 }, (_, i) =>
      Array.from(data.subarray(i * 12, (i + 1) * 12)),
    );
    const tokens = rows.map((values) =>
      Array.from({ length: 29 }, (_, id) => id).find((id) => String(row(id)) === String(values)),
    );
    expect(tokens).not.toContain(undefined);
    expect(new Set(tokens).size).toBe(10);
  });

  it('are the embeddings of a text, repeated to fill the prompt', async () => {
    const adapter = await create(
      { virtual_tokens: 5, init: 'text', text: 'ab' },
      { encode: () => [3, 8] },
    );
    expect([...adapter.parameters['prompt_embeddings']!.data]).toEqual(
      [3, 8, 3, 8, 3].flatMap(row),
    );
  });

  it('are the embeddings of a text, cut to the prompt', async () => {
    const adapter = await create(
      { virtual_tokens: 1, init: 'text', text: 'ab' },
      { encode: () => [3, 8] },
    );
    expect([...adapter.parameters['prompt_embeddings']!.data]).toEqual(row(3));
  });

  it('are the mean embeddings of class labels, and tokens of the vocabulary after them', async () => {
    const tokens: Record<string, number[]> = { good: [3], 'very bad': [8, 5] };
    const adapter = await create(
      { virtual_tokens: 3, init: 'class-labels', labels: Object.keys(tokens) },
      { encode: (text) => tokens[text]! },
    );
    const { data } = adapter.parameters['prompt_embeddings']!;
    expect([...data.subarray(0, 12)]).toEqual(row(3));
    row(8).forEach((value, i) => expect(data[12 + i]).toBeCloseTo((value + row(5)[i]!) / 2, 6));
    const rest = String([...data.subarray(24)]);
    expect(Array.from({ length: 29 }, (_, id) => String(row(id)))).toContain(rest);
  });

  it('spread as the embeddings do, for random ones', async () => {
    const { parameters } = await create({ virtual_tokens: 40, init: 'random' });
    const { data } = parameters['prompt_embeddings']!;
    const deviation = Math.hypot(...data) / Math.sqrt(data.length);
    expect(deviation).toBeCloseTo(0.2, 1);
  });
});

describe('settings of a prompt', () => {
  it.each([
    [{ init: 'text' }, 'init is "text", and no text is given'],
    [{ init: 'text', text: 'ab' }, 'the model came without a tokenizer'],
    [{ text: 'ab' }, 'text is given, but init is "vocabulary"'],
    [{ init: 'class-labels' }, 'no labels are given'],
    [{ labels: ['good'] }, 'labels are given, but init is "vocabulary"'],
    [
      { init: 'class-labels', label_ids: [[1], [2]], virtual_tokens: 1 },
      '2 labels do not fit into 1 virtual tokens',
    ],
    [{ virtual_tokens: 64 }, "64 virtual tokens leave no room in the model's 64 positions"],
    [{ virtual_tokens: 0 }, 'virtual_tokens'],
    [{ num_virtual_tokens: 3 }, 'nearest: "virtual_tokens"'],
  ])('%o are refused', async (config, message) => {
    await expect(create(config)).rejects.toThrow(message);
  });

  it('with a text that has no tokens are refused', async () => {
    await expect(create({ init: 'text', text: ' ' }, { encode: () => [] })).rejects.toThrow(
      'the text " " has no tokens',
    );
  });
});

describe('files of a prompt', () => {
  const load = async (changes: Record<string, unknown>) => {
    const directory = await mkdtemp(join(folder, 'changed-'));
    await cp(`${fixtures}llama_prompt`, directory, { recursive: true });
    const path = join(directory, 'adapter_config.json');
    await writeFile(
      path,
      JSON.stringify({ ...(JSON.parse(await readFile(path, 'utf8')) as object), ...changes }),
    );
    return loadAdapter(directory, {
      model: await loadModel(`${fixtures}base_llama`),
      methods: [prompt],
    });
  };

  const written = async (config: object) => {
    const adapter = await create(config, { encode: () => [3, 8] });
    return prompt.files.write(adapter, { baseModel: 'base' }).config;
  };

  it('name the text a prompt began as, and the tokenizer', async () => {
    expect(await written({ virtual_tokens: 2, init: 'text', text: 'ab' })).toMatchObject({
      prompt_tuning_init: 'TEXT',
      prompt_tuning_init_text: 'ab',
      tokenizer_name_or_path: 'base',
    });
  });

  it.each([
    { virtual_tokens: 2, init: 'text', token_ids: [3, 8] },
    { virtual_tokens: 2, init: 'random' },
  ])('are random ones where no text is known, as PEFT loads them: %o', async (config) => {
    expect(await written(config)).toMatchObject({
      prompt_tuning_init: 'RANDOM',
      prompt_tuning_init_text: null,
      tokenizer_name_or_path: null,
    });
  });

  it('may leave out the number of virtual tokens', async () => {
    expect((await load({ num_virtual_tokens: undefined })).config).toMatchObject({
      virtual_tokens: 5,
      init: 'random',
    });
  });

  it.each([
    [{ num_virtual_tokens: 6 }, 'has shape [5, 16] where the model needs [6, 16]'],
    [{ num_transformer_submodules: 2 }, 'option "num_transformer_submodules" is 2'],
    [{ prompt_tuning_init: 'ELSE' }, 'init'],
    [
      { modules_to_save: ['lm_head'] },
      'tensor "base_model.model.lm_head.weight" [64, 16] is missing',
    ],
    [{ peft_type: 'P_TUNING' }, 'has peft_type "P_TUNING"'],
  ])('with %o are refused', async (changes, message) => {
    await expect(load(changes)).rejects.toThrow(message);
  });
});
