import { tf, type HostTensor, type TensorMap } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, describe, expect, test } from 'vitest';
import { worstDifference } from '../../test-support/fixtures.ts';
import { findArchitecture } from '../architectures/registry.ts';
import { initializeParameters } from '../checkpoint/initialize.ts';
import { createScope } from '../forward/scope.ts';
import { bindModel } from '../language-model/bound.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { CachedHeads, Model } from '../model.ts';
import { memoryWeights } from '../weights/memory.ts';
import { placeModel } from '../weights/place.ts';
import { createDecoder } from './decoder.ts';
import { ringPlaces } from './rings.ts';

const device = await openDevice('cpu');
afterAll(() => device.close());

const sizes = {
  vocab_size: 23,
  hidden_size: 16,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  max_position_embeddings: 96,
};
const mixed = { layer_types: ['sliding_attention', 'full_attention'] };

/** Every family that has windows, with one of four tokens in one layer or in all. */
const windowed: Readonly<Record<string, object>> = {
  mistral: {},
  mixtral: { num_local_experts: 2, num_experts_per_tok: 1 },
  qwen2: { use_sliding_window: true, ...mixed },
  qwen3: { use_sliding_window: true, ...mixed },
  qwen3_moe: {
    use_sliding_window: true,
    num_experts: 2,
    num_experts_per_tok: 1,
    moe_intermediate_size: 8,
  },
  gemma2: mixed,
  gemma3_text: mixed,
  phi3: {},
  smollm3: { use_sliding_window: true, no_rope_layers: [0, 1], ...mixed },
  starcoder2: {},
};
const window = 4;

function modelOf(modelType: string): Model {
  const configuration = {
    model_type: modelType,
    sliding_window: window,
    ...sizes,
    ...windowed[modelType],
  };
  const architecture = findArchitecture(configuration);
  const spec = architecture.spec(configuration);
  const weights = memoryWeights(initializeParameters(spec, 1, { std: 0.3 }));
  return { spec, architecture, weights };
}

/** Tokens without a pattern, the same each time. */
const tokens = (count: number, from: number): number[] =>
  Array.from({ length: count }, (_, i) => ((i + from) * (i + from) * 7 + 3 * i) % sizes.vocab_size);

describe.each(Object.keys(windowed))('%s', (modelType) => {
  const model = modelOf(modelType);

  test('decodes with rings what it computes at once, from prompts shorter and longer than the window', async () => {
    const placed = await placeModel(model, device);
    const texts = [tokens(31, 1), tokens(26, 5), tokens(20, 9)];
    const prompts = [3, 19, 4].map((length, row) => texts[row]!.slice(0, length));
    const language = createLanguageModel({ placed });
    const whole = await Promise.all(
      texts.map(async (text) => (await language.logits([text])).data as Float32Array),
    );
    const expected = (text: number, at: number): Float32Array =>
      whole[text]!.slice(at * sizes.vocab_size, (at + 1) * sizes.vocab_size);
    const group = await createDecoder(bindModel({ placed }))(prompts, 70);
    let logits = group.first;
    const read = prompts.map(({ length }) => length);
    while (read.some((count, row) => count < texts[row]!.length)) {
      const ids = texts.map((text, row) => text[read[row]!]);
      for (const [row, id] of ids.entries())
        if (id !== undefined)
          expect(worstDifference(logits[row]!, expected(row, read[row]! - 1))).toBeLessThan(1e-4);
      logits = await group.next(ids);
      ids.forEach((id, row) => (read[row]! += id === undefined ? 0 : 1));
    }
    group.close();
    placed.dispose();
  });

  test('holds keys and values of the window alone where it sees no further', async () => {
    const placed = await placeModel(model, device);
    const capacity = 128;
    const group = await createDecoder(bindModel({ placed }))([tokens(40, 2), tokens(33, 3)], 60);
    const columns = model.spec.caches.map((cache): number => cache.window ?? capacity);
    expect(columns).toContain(window);
    const perColumn = 2 * sizes.num_key_value_heads * sizes.head_dim * 4;
    expect(group.cacheBytes()).toBe(2 * perColumn * columns.reduce((sum, one) => sum + one, 0));
    group.close();
    placed.dispose();
  });
});

test('a ring begins with the last tokens of each prompt, each in the column of its number', () => {
  expect([...ringPlaces([6, 2], 8, 4).data]).toEqual([4, 5, 2, 3, 8, 9, 8, 8]);
});

test('several tokens at once go on from a ring that has room for them beside the window', async () => {
  const { spec, architecture, weights } = modelOf('mistral');
  const chunk = 3;
  const ring = window + chunk - 1;
  const text = tokens(15, 4);
  const parameters = Object.fromEntries(
    await Promise.all(weights.names.map(async (name) => [name, await weights.read(name)] as const)),
  );
  const forward = (inputs: TensorMap, heads?: Record<string, CachedHeads>) => {
    const columns = {
      segmentIds: inputs['held']!,
      positions: inputs['places']!,
      columns: inputs['columns']!,
    };
    return architecture.forward(spec, createScope({ parameters: inputs }), {
      ids: inputs['ids']!,
      positions: inputs['positions']!,
      segmentIds: tf.onesLike(inputs['ids']!),
      keepCaches: true,
      ...(heads ? { caches: { heads, ...columns, rings: { [window]: columns } } } : {}),
    });
  };
  const whole = device.jit('whole', (inputs) => ({ hidden: forward(inputs).hidden }));
  const goOn = device.jit('chunk', (inputs) => {
    const past = spec.caches.map(
      ({ site }) =>
        [site, { key: inputs[`${site}:key`]!, value: inputs[`${site}:value`]! }] as const,
    );
    const { hidden, caches } = forward(inputs, Object.fromEntries(past));
    const kept = spec.caches.flatMap(({ site }) => [
      [`${site}:key`, caches![site]!.key] as const,
      [`${site}:value`, caches![site]!.value] as const,
    ]);
    return { hidden, ...Object.fromEntries(kept) };
  });
  const int = (values: readonly number[]): HostTensor => ({
    dtype: 'int32',
    shape: [1, values.length],
    data: Int32Array.from(values),
  });
  const all = text.map((_, at) => at);
  const at = await whole({ ...parameters, ids: int(text), positions: int(all) });
  const expected = (await device.read(at['hidden']!)).data as Float32Array;

  let caches: Record<string, HostTensor> = Object.fromEntries(
    spec.caches.flatMap(({ site, shape }) =>
      ['key', 'value'].map((part) => [
        `${site}:${part}`,
        { dtype: 'float32', shape: [1, ring, ...shape], data: new Float32Array(ring * 8) },
      ]),
    ),
  );
  const found: number[] = [];
  for (let first = 0; first < text.length; first += chunk) {
    const own = all.slice(first, first + chunk);
    // The newest token that stands in each column once this call has written.
    const places = Array.from({ length: ring }, (_, column) =>
      all.slice(0, first + chunk).findLast((position) => position % ring === column),
    );
    const outputs = await goOn({
      ...parameters,
      ...caches,
      ids: int(own.map((position) => text[position]!)),
      positions: int(own),
      columns: int(own.map((position) => position % ring)),
      held: int(places.map((position) => (position === undefined ? 0 : 1))),
      places: int(places.map((position) => position ?? 0)),
    });
    const { hidden, ...kept } = outputs;
    found.push(...(await device.read(hidden!)).data);
    caches = Object.fromEntries(
      await Promise.all(
        Object.entries(kept).map(
          async ([name, tensor]) => [name, await device.read(tensor)] as const,
        ),
      ),
    );
  }
  expect(worstDifference(Float32Array.from(found), expected)).toBeLessThan(1e-5);
});
