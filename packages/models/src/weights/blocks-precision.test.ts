import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, expect, test } from 'vitest';
import { worstDifference } from '../../test-support/fixtures.ts';
import { findArchitecture } from '../architectures/registry.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createDecoder } from '../generation/decoder.ts';
import { blockRows } from '../gguf/blocks/block-rows.ts';
import { encodeBlocks } from '../gguf/blocks/encode.ts';
import { decodeQ80 } from '../gguf/blocks/plain.ts';
import { bindModel } from '../language-model/bound.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Model } from '../model.ts';
import { blocksPrecision } from './blocks-precision.ts';
import { memoryWeights } from './memory.ts';
import { placeModel } from './place.ts';
import type { WeightStore } from './store.ts';

const device = await openDevice('cpu');
afterAll(() => device.close());

const configuration = {
  model_type: 'llama',
  vocab_size: 40,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
};

/** A model whose matrices are rounded to Q8_0, and whose store has them in blocks as well. */
function model(): Model {
  const architecture = findArchitecture(configuration);
  const spec = architecture.spec(configuration);
  const tensors = initializeParameters(spec, 5, { std: 0.2 });
  const blocks = new Map<string, Uint8Array>();
  for (const [name, tensor] of Object.entries(tensors)) {
    if (tensor.shape.length !== 2) continue;
    const bytes = encodeBlocks.Q8_0(tensor.data as Float32Array);
    decodeQ80(bytes, tensor.data as Float32Array);
    blocks.set(name, bytes);
  }
  const weights: WeightStore = {
    ...memoryWeights(tensors),
    readBlocks: async (name) => {
      const bytes = blocks.get(name);
      const [out, width] = tensors[name]!.shape as [number, number];
      return bytes && blockRows('q8_0', bytes, [out, width]);
    },
  };
  return { spec, architecture, weights };
}

test('a model in its blocks takes a quarter of the memory, and none of its matrices is decoded', async () => {
  const held = model();
  const placed = await placeModel(held, device, { precision: blocksPrecision(held.spec) });
  const whole = await placeModel(held, device);
  const { embed } = held.spec;
  expect(Object.keys(placed.tensors).filter((name) => name.startsWith(embed.weight))).toEqual([
    `${embed.weight}:codes`,
    `${embed.weight}:block_scales`,
  ]);
  expect(placed.bytes / whole.bytes).toBeLessThan(0.3);
});

test('it decodes with the logits of the decoded weights to 2 % of the largest, and scores with them exactly', async () => {
  const held = model();
  const [blocks, whole] = [
    await placeModel(held, device, { precision: blocksPrecision(held.spec) }),
    await placeModel(held, device),
  ];
  const logits = await Promise.all(
    [blocks, whole].map(async (placed) => {
      const group = await createDecoder(bindModel({ placed }))(
        [
          [3, 1, 4, 1, 5],
          [9, 2],
        ],
        3,
      );
      return [...group.first, ...(await group.next([6, 7]))];
    }),
  );
  for (const [i, wanted] of logits[1]!.entries()) {
    const largest = wanted.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
    expect(worstDifference(logits[0]![i]!, wanted) / largest).toBeLessThan(0.02);
  }
  const requests = [{ context: [3, 1, 4], continuation: [1, 5] }];
  const [found, wanted] = await Promise.all(
    [blocks, whole].map(async (placed) => {
      const [score] = await createLanguageModel({ placed }).logLikelihoods(requests);
      return score!.sum;
    }),
  );
  expect(found).toBeCloseTo(wanted!, 3);
});
