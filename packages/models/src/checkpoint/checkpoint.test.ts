import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import type { Model } from '../model.ts';
import { toHostTensor } from '../safetensors/format.ts';
import { roundToHalf } from '../safetensors/half.ts';
import { readSafetensors, writeSafetensors } from '../node/safetensors.ts';
import { checkpointFolder } from '../../test-support/checkpoint-fixtures.ts';
import { golden, peftFixture, temporaryFolder } from '../../test-support/fixtures.ts';
import { memoryWeights } from '../weights/memory.ts';
import { overlayWeights } from '../weights/overlay.ts';
import { readEveryWeight } from '../weights/store.ts';
import { initializeParameters } from './initialize.ts';
import { loadModel } from '../node/load.ts';
import { saveModel } from '../node/save.ts';

/** A copy of a checkpoint whose tensors and configuration were changed. */
async function changed(
  source: string,
  change: (tensors: Record<string, HostTensor>) => Record<string, HostTensor>,
  configure: (configuration: Record<string, unknown>) => Record<string, unknown> = (
    configuration,
  ) => configuration,
): Promise<string> {
  const folder = await temporaryFolder();
  await cp(source, folder, { recursive: true });
  const path = join(folder, 'model.safetensors');
  const { tensors } = await readSafetensors(path);
  await writeSafetensors(
    path,
    change(
      Object.fromEntries(
        Object.entries(tensors).map(([name, one]) => [name, toHostTensor(one, name)]),
      ),
    ),
  );
  const configuration = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  await writeFile(join(folder, 'config.json'), JSON.stringify(configure(configuration)));
  return folder;
}

/** The tensors but those of the given names. */
function without(
  tensors: Readonly<Record<string, HostTensor>>,
  ...names: string[]
): Record<string, HostTensor> {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !names.includes(name)));
}

async function values({ weights }: Model): Promise<Record<string, HostTensor['data']>> {
  return Object.fromEntries(
    Object.entries(await readEveryWeight(weights)).map(([name, { data }]) => [name, data]),
  );
}

describe('loading is strict', () => {
  test('a missing tensor is named', async () => {
    const folder = await changed(peftFixture('base_llama'), (tensors) =>
      without(tensors, 'model.norm.weight'),
    );
    await expect(loadModel(folder)).rejects.toThrow(/tensor "model.norm.weight" is missing/);
  });

  test('the table of a tied model may lie under the name of its head alone', async () => {
    const tied = (name: string) => loadModel(golden(name));
    for (const [name, table, head] of [
      ['qwen2_tied', 'model.embed_tokens.weight', 'lm_head.weight'],
      ['llama_tied_biases', 'model.embed_tokens.weight', 'lm_head.weight'],
    ] as const) {
      const folder = await changed(golden(name), (tensors) => ({
        ...without(tensors, table),
        [head]: tensors[table]!,
      }));
      expect(await values(await loadModel(folder))).toEqual(await values(await tied(name)));
    }
    const mixed = await changed(peftFixture('base_gpt2'), (tensors) => ({
      ...without(tensors, 'transformer.wte.weight'),
      'lm_head.weight': tensors['transformer.wpe.weight']!,
    }));
    await expect(loadModel(mixed)).resolves.toBeDefined();
    const short = await changed(golden('qwen2_tied'), (tensors) => ({
      ...without(tensors, 'model.embed_tokens.weight'),
      'lm_head.weight': tensors['model.norm.weight']!,
    }));
    await expect(loadModel(short)).rejects.toThrow(
      /"lm_head.weight" has shape \[16\], the configuration asks for \[40, 16\]/,
    );
  });

  test('an extra tensor is named, with the nearest one of the model', async () => {
    const folder = await changed(peftFixture('base_llama'), (tensors) => ({
      ...tensors,
      'model.norm.bias': tensors['model.norm.weight']!,
    }));
    await expect(loadModel(folder)).rejects.toThrow(
      /tensor "model.norm.bias" is not part of the model; nearest: "model.norm.weight"/,
    );
  });

  test('a mis-shaped tensor is named with both shapes', async () => {
    const folder = await changed(
      peftFixture('base_llama'),
      (tensors) => tensors,
      (configuration) => ({ ...configuration, intermediate_size: 48 }),
    );
    await expect(loadModel(folder)).rejects.toThrow(
      /mlp.down_proj.weight" has shape \[16, 32\], the configuration asks for \[16, 48\]/,
    );
  });

  test('every problem is listed', async () => {
    const folder = await changed(peftFixture('base_llama'), (tensors) => ({
      ...without(tensors, 'model.norm.weight', 'lm_head.weight'),
      norms: tensors['model.norm.weight']!,
    }));
    const error = await loadModel(folder).catch((caught: unknown) => caught);
    expect(TunesmithError.is(error) && error.problems).toHaveLength(3);
  });

  test('recomputed buffers of older checkpoints are passed over', async () => {
    const buffer = { dtype: 'float32', shape: [2], data: new Float32Array(2) } as const;
    const folder = await changed(peftFixture('base_llama'), (tensors) => ({
      ...tensors,
      'model.layers.0.self_attn.rotary_emb.inv_freq': buffer,
    }));
    await expect(loadModel(folder)).resolves.toHaveProperty('spec.layers', 2);
  });

  /** Files that hold a table a second time, under another name and `scale` times as large. */
  const repeated =
    (table: string, name: string, scale: number) => (tensors: Record<string, HostTensor>) => {
      const data = (tensors[table]!.data as Float32Array).map((value) => value * scale);
      return { ...tensors, [name]: { ...tensors[table]!, data } };
    };

  test('a head that differs from the table it is tied to stands apart, and is saved so', async () => {
    const [table, head] = ['transformer.wte.weight', 'lm_head.weight'];
    const same = await loadModel(await changed(peftFixture('base_gpt2'), repeated(table, head, 1)));
    expect(same.spec.tied).toBe(true);
    const other = await loadModel(
      await changed(peftFixture('base_gpt2'), repeated(table, head, 2)),
    );
    expect(other.spec.tied).toBe(false);
    const folder = join(await temporaryFolder(), 'apart');
    await saveModel(other, folder);
    const saved = await loadModel(folder);
    expect(saved.spec.configuration).toMatchObject({ tie_word_embeddings: false });
    const [single, double] = [await saved.weights.read(table), await saved.weights.read(head)];
    expect([...double.data]).toEqual([...single.data].map((value) => 2 * value));
  });

  test('what ties a head says nothing of how the outputs of T5 are scaled', async () => {
    const scaled = async (name: string, more: object): Promise<object> => {
      const model = await loadModel(
        await changed(
          join(checkpointFolder, name),
          (tensors) => tensors,
          (all) => ({ ...all, ...more }),
        ),
      );
      const { tied, configuration } = model.spec;
      return { tied, ...(tied ? {} : { scaled: configuration['scale_decoder_outputs'] }) };
    };
    expect(await scaled('t5_own_head', {})).toEqual({ tied: false, scaled: true });
    expect(await scaled('flan_t5_own_head', {})).toEqual({ tied: false, scaled: false });
    // Files without a head of their own are tied, whatever the configuration says.
    expect(await scaled('t5', { tie_word_embeddings: false })).toEqual({ tied: true });
  });

  test('another copy of the table must be the same table', async () => {
    const [table, copy] = ['shared.weight', 'encoder.embed_tokens.weight'];
    const { weights } = await loadModel(
      await changed(join(checkpointFolder, 't5'), repeated(table, copy, 1)),
    );
    await expect(weights.read(table)).resolves.toHaveProperty('shape', [96, 32]);
    const other = await loadModel(
      await changed(join(checkpointFolder, 't5'), repeated(table, copy, 2)),
    );
    for (const read of [
      () => other.weights.read(table),
      () => other.weights.readInto(table, new Float32Array(16), 32),
    ])
      await expect(read()).rejects.toThrow(
        /"encoder.embed_tokens.weight" differs from "shared.weight"/,
      );
  });

  test.for([
    ['__proto__', 'no tensor can be named "__proto__"'],
    ['constructor', 'tensor "constructor" is not part of the model'],
  ] as const)('a tensor named "%s" is refused', async ([name, message]) => {
    const empty: HostTensor = { dtype: 'float32', shape: [0], data: new Float32Array(0) };
    const folder = await changed(peftFixture('base_llama'), (tensors) =>
      Object.fromEntries([...Object.entries(tensors), [name, empty]]),
    );
    await expect(loadModel(folder)).rejects.toThrow(message);
  });

  test('weights that are not finite are named when they are read', async () => {
    const folder = await changed(peftFixture('base_llama'), (tensors) => {
      const norm = tensors['model.norm.weight']!;
      return {
        ...tensors,
        'model.norm.weight': { ...norm, data: Float32Array.from(norm.data).fill(NaN, 3, 5) },
      };
    });
    const { weights } = await loadModel(folder);
    for (const read of [
      weights.read('model.norm.weight'),
      weights.readInto('model.norm.weight', new Float32Array(2), 4),
    ])
      await expect(read).rejects.toThrow(
        /model.safetensors: tensor "model.norm.weight" holds NaN at element 3; 2 of its 16 elements/,
      );
    await expect(weights.read('lm_head.weight')).resolves.toBeDefined();
  });

  test('the masks of older checkpoints may hold infinities', async () => {
    const mask: HostTensor = { dtype: 'float32', shape: [1], data: Float32Array.of(-Infinity) };
    const folder = await changed(peftFixture('base_gpt2'), (tensors) => ({
      ...tensors,
      'transformer.h.0.attn.masked_bias': mask,
    }));
    await expect(loadModel(folder)).resolves.toHaveProperty('spec.layers', 2);
  });

  describe('an index', () => {
    const indexed = async (
      change: (places: Record<string, string>) => Record<string, unknown>,
    ): Promise<string> => {
      const folder = join(await temporaryFolder(), 'model');
      await cp(golden('llama_float16_sharded'), folder, { recursive: true });
      const path = join(folder, 'model.safetensors.index.json');
      const { weight_map: places } = JSON.parse(await readFile(path, 'utf8')) as {
        weight_map: Record<string, string>;
      };
      await writeFile(path, JSON.stringify({ weight_map: change(places) }));
      return folder;
    };
    const norm = 'model.norm.weight';

    test.for<[what: string, places: (all: Record<string, string>) => object, message: RegExp]>([
      [
        'that leaves out a tensor',
        (all) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== norm)),
        /holds tensor "model.norm.weight", which the index places nowhere/,
      ],
      [
        'that places a tensor in another shard',
        (all) => ({ ...all, [norm]: all['model.embed_tokens.weight']! }),
        /model.norm.weight.*(, which the index places in|which does not hold it)/,
      ],
      [
        'that names a tensor no shard holds',
        (all) => ({ ...all, extra: all[norm]! }),
        /places tensor "extra" in .*, which does not hold it/,
      ],
      [
        'that names a tensor like a property of every object',
        (all) => Object.fromEntries([...Object.entries(all), ['__proto__', all[norm]!]]),
        /places tensor "__proto__" in .*, which does not hold it/,
      ],
      [
        'that names a missing shard',
        (all) => ({ ...all, [norm]: 'model-00099.safetensors' }),
        /index.json: tensor "model.norm.weight" is placed in "model-00099.safetensors", which is missing/,
      ],
      [
        'that leaves its folder upwards',
        (all) => ({ ...all, [norm]: '../other.safetensors' }),
        /"..\/other.safetensors", outside the folder of the model/,
      ],
      [
        'that leaves its folder in a roundabout way',
        (all) => ({ ...all, [norm]: 'a/../../model/x.safetensors' }),
        /outside the folder of the model/,
      ],
      [
        'that names an absolute path',
        (all) => ({ ...all, [norm]: '/etc/passwd' }),
        /"\/etc\/passwd", outside the folder of the model/,
      ],
      ['that names no file', (all) => ({ ...all, [norm]: '' }), /"", outside the folder/],
      ['that is a list', () => [], /"weight_map" must map tensor names to files/],
    ])('%s is refused', async ([, change, message]) => {
      await expect(
        loadModel(
          await indexed(change as (all: Record<string, string>) => Record<string, unknown>),
        ),
      ).rejects.toThrow(message);
    });

    test('may name links and folders below its own', async () => {
      const folder = await indexed((all) =>
        Object.fromEntries(Object.entries(all).map(([name, file]) => [name, `shards/${file}`])),
      );
      await mkdir(join(folder, 'shards'));
      for (const name of await readdir(folder)) {
        if (!name.endsWith('.safetensors')) continue;
        await rename(join(folder, name), join(folder, '..', name));
        await symlink(join(folder, '..', name), join(folder, 'shards', name));
      }
      await expect(loadModel(folder)).resolves.toHaveProperty('spec.layers', 2);
    });
  });

  test('a folder without weights says which files it looked for', async () => {
    const folder = await changed(peftFixture('base_llama'), (tensors) => tensors);
    await rm(join(folder, 'model.safetensors'));
    await expect(loadModel(folder)).rejects.toThrow(
      /holds no weights; accepted: model.safetensors, model.safetensors.index.json/,
    );
  });
});

describe('saving', () => {
  test('gives back the same model, in one file or in shards', async () => {
    const model = await loadModel(peftFixture('base_qwen2'));
    const folder = await temporaryFolder();
    await saveModel(model, join(folder, 'one'));
    await saveModel(model, join(folder, 'many'), { shardBytes: 5000 });
    expect(await values(await loadModel(join(folder, 'one')))).toEqual(await values(model));
    expect(await values(await loadModel(join(folder, 'many')))).toEqual(await values(model));
    expect(await readdir(join(folder, 'many'))).toContain('model.safetensors.index.json');
    expect(await readdir(join(folder, 'one'))).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
  });

  test('rounds to the asked type and says so in the configuration', async () => {
    const model = await loadModel(peftFixture('base_llama'));
    const folder = join(await temporaryFolder(), 'narrow');
    await saveModel(model, folder, { dtype: 'bfloat16' });
    const saved = await loadModel(folder);
    expect(saved.spec.configuration['dtype']).toBe('bfloat16');
    const head = await model.weights.read('lm_head.weight');
    expect(saved.weights.spec('lm_head.weight')).toMatchObject({
      encoding: 'bfloat16',
      bytes: 2048,
    });
    expect((await saved.weights.read('lm_head.weight')).data).toEqual(
      (head.data as Float32Array).map((value) => roundToHalf(value, 'bfloat16')),
    );
  });

  test('goes where the model was loaded from, whole shards at a time', async () => {
    const folder = join(await temporaryFolder(), 'here');
    await saveModel(await loadModel(peftFixture('base_llama')), folder, { shardBytes: 5000 });
    const model = await loadModel(folder);
    const before = await values(model);
    await saveModel(model, folder, { shardBytes: 5000 });
    expect(await values(await loadModel(folder))).toEqual(before);
    await expect(model.weights.read('model.norm.weight')).rejects.toThrow(
      /was replaced or written to while it was in use/,
    );
  });

  test('removes shards of an earlier save that the new one does not have', async () => {
    const model = await loadModel(peftFixture('base_llama'));
    const folder = join(await temporaryFolder(), 'again');
    await saveModel(model, folder, { shardBytes: 5000 });
    await saveModel(model, folder);
    expect(await readdir(folder)).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
    ]);
  });

  test.each([
    [70_000, 'float16', 'holds 70000 at 3, which float16 cannot hold'],
    [65_520, 'float16', 'holds 65520 at 3, which float16 cannot hold'],
    [Number.POSITIVE_INFINITY, 'float32', 'holds Infinity at 3'],
    [Number.NaN, 'bfloat16', 'holds NaN at 3'],
  ] as const)(
    'refuses to store %d as %s, and leaves nothing behind',
    async (value, dtype, text) => {
      const model = await loadModel(peftFixture('base_llama'));
      const name = 'model.layers.0.mlp.gate_proj.weight';
      const tensor = await model.weights.read(name);
      const data = Float32Array.from(tensor.data);
      data[3] = value;
      const weights = overlayWeights(model.weights, { [name]: { ...tensor, data } });
      const folder = await temporaryFolder();
      await expect(
        saveModel({ ...model, weights }, join(folder, 'big'), { dtype }),
      ).rejects.toThrow(`tensor "${name}" ${text}`);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  test('stores the largest float16 as what it is', async () => {
    const model = await loadModel(peftFixture('base_llama'));
    const name = 'model.norm.weight';
    const tensor = await model.weights.read(name);
    const data = Float32Array.from(tensor.data).fill(65_519);
    const weights = overlayWeights(model.weights, { [name]: { ...tensor, data } });
    const folder = join(await temporaryFolder(), 'largest');
    await saveModel({ ...model, weights }, folder, { dtype: 'float16' });
    expect((await (await loadModel(folder)).weights.read(name)).data[0]).toBe(65_504);
  });

  test('leaves no folder behind when the model is not whole', async () => {
    const model = await loadModel(peftFixture('base_llama'));
    const weights = memoryWeights(
      without(await readEveryWeight(model.weights), 'model.norm.weight'),
    );
    const folder = await temporaryFolder();
    await expect(saveModel({ ...model, weights }, join(folder, 'broken'))).rejects.toThrow(
      /lacks tensor "model.norm.weight"/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('fresh parameters', () => {
  test('depend on the seed alone', async () => {
    const { spec } = await loadModel(peftFixture('base_llama'));
    expect(initializeParameters(spec, 7)).toEqual(initializeParameters(spec, 7));
    expect(initializeParameters(spec, 8)).not.toEqual(initializeParameters(spec, 7));
  });

  test('are normal for matrices, one for norms, zero for biases, and smaller at the end of sub-layers for GPT-2', async () => {
    const { spec } = await loadModel(peftFixture('base_gpt2'));
    const fresh = initializeParameters(spec, 1, { std: 0.5 });
    const deviation = (name: string): number => {
      const data = fresh[name]!.data as Float32Array;
      return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    };
    expect(deviation('transformer.wte.weight')).toBeCloseTo(0.5, 1);
    expect(deviation('transformer.h.0.mlp.c_proj.weight')).toBeCloseTo(0.5 / Math.sqrt(4), 1);
    expect(new Set(fresh['transformer.ln_f.weight']!.data)).toEqual(new Set([1]));
    expect(new Set(fresh['transformer.h.1.attn.c_attn.bias']!.data)).toEqual(new Set([0]));
  });
});
