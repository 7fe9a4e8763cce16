import { bitfit } from '@tunesmith/bitfit';
import { lora } from '@tunesmith/lora';
import {
  bart,
  bert,
  distilbert,
  initializeParameters,
  memoryWeights,
  roberta,
  t5,
  type Architecture,
  type Model,
} from '@tunesmith/models';
import { createAdapter, type PeftMethod } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import { train } from '@tunesmith/trainer';
import { afterAll, expect, it } from 'vitest';

const device = await openDevice('cpu');
afterAll(() => device.close());

const fresh = (architecture: Architecture, configuration: object): Model => {
  const spec = architecture.spec({ vocab_size: 29, ...configuration });
  const weights = memoryWeights(initializeParameters(spec, 1, { std: 0.2 }));
  return { spec, architecture, weights };
};
const encoder = {
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  max_position_embeddings: 32,
};
const stacks = (stack: string): object => ({
  [`${stack}_layers`]: 1,
  [`${stack}_attention_heads`]: 3,
  [`${stack}_ffn_dim`]: 20,
});
const models: Record<string, Model> = {
  bert: fresh(bert, { model_type: 'bert', ...encoder }),
  roberta: fresh(roberta, { model_type: 'roberta', ...encoder }),
  distilbert: fresh(distilbert, {
    model_type: 'distilbert',
    dim: 12,
    hidden_dim: 20,
    n_layers: 2,
    n_heads: 3,
  }),
  t5: fresh(t5, {
    model_type: 't5',
    d_model: 12,
    d_kv: 4,
    d_ff: 20,
    num_layers: 1,
    num_heads: 3,
    relative_attention_num_buckets: 8,
    relative_attention_max_distance: 16,
    tie_word_embeddings: false,
  }),
  bart: fresh(bart, {
    model_type: 'bart',
    d_model: 12,
    ...stacks('encoder'),
    ...stacks('decoder'),
  }),
};
const methods: Record<string, PeftMethod> = {
  lora: lora as unknown as PeftMethod,
  bitfit: bitfit as unknown as PeftMethod,
};
const cases = Object.keys(models).flatMap((name) =>
  Object.keys(methods).map((method) => [name, method] as const),
);

it.each(cases)('%s learns by %s', async (name, method) => {
  const model = models[name]!;
  const crossed = model.spec.kind === 'encoder-decoder';
  const config = method === 'lora' ? { r: 4, targets: 'all-linear' } : {};
  const adapter = await createAdapter({ model, method: methods[method]!, config, name, seed: 3 });
  const losses: number[] = [];
  await train({
    model,
    adapters: [adapter],
    objective: crossed ? 'seq2seq' : 'masked-lm',
    data: [{ id: 'a', input_ids: [3, 5, 4, 11, 4, 2], labels: [-100, -100, 7, -100, 13, -100] }],
    training: {
      steps: 40,
      batch_size: 1,
      max_length: 8,
      optimizer: { learning_rate: 3e-2 },
      schedule: { name: 'constant' },
      checkpoint_every: 0,
    },
    device,
    seed: 0,
    onEvent: (event) => {
      if (event.type === 'step') losses.push(event.loss);
    },
  });
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)!).toBeLessThan(0.7 * losses[0]!);
});
