import {
  createLanguageModel,
  initializeParameters,
  llama,
  memoryWeights,
  placeModel,
} from '@tunesmith/models';
import { openDevice } from '@tunesmith/runtime/node';
import type { Instance } from '@tunesmith/schema';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exactMatch } from '../metrics/exact-match.ts';
import { instanceTasks } from '../tasks/instance-tasks.ts';
import { bareTemplate as template, letterTokenizer as tokenizer } from '../test-support/letters.ts';
import { evaluate } from './evaluate.ts';
import { createPromptEncoder } from './prompt.ts';

const spec = llama.spec({
  model_type: 'llama',
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  vocab_size: tokenizer.vocabularySize,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: true,
  initializer_range: 0.2,
});

let device: Awaited<ReturnType<typeof openDevice>>;
beforeAll(async () => {
  device = await openDevice('cpu', { threads: 1 });
});
afterAll(() => device.close());

const instances: Instance[] = [
  { id: 'closed', instruction: 'is it so', output: 'yes', meta: { choices: ['yes', 'no'] } },
  { id: 'open', instruction: 'name a tree', output: 'oak' },
];

it('measures a real model as its own logits say', async () => {
  const model = {
    spec,
    architecture: llama,
    weights: memoryWeights(initializeParameters(spec, 7)),
  };
  const languageModel = createLanguageModel({ placed: await placeModel(model, device), tokenizer });
  const encoder = createPromptEncoder({ tokenizer, template });
  const { instances: results, overall } = await evaluate({
    languageModel,
    encoder,
    tasks: instanceTasks('heldout', instances),
    metrics: [exactMatch],
    maxNewTokens: 3,
  });

  const likelihood = async (instance: Instance, answer: string) => {
    const { context, continuation } = encoder.answer(instance, answer);
    const { data, shape } = await languageModel.logits([[...context, ...continuation]]);
    const width = shape.at(-1)!;
    return continuation.reduce((sum, token, place) => {
      const start = (context.length + place - 1) * width;
      const row = Array.from(data.subarray(start, start + width));
      const largest = Math.max(...row);
      const normalizer = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
      return sum + row[token]! - largest - Math.log(normalizer);
    }, 0);
  };

  const losses = await Promise.all(instances.map((one) => likelihood(one, one.output)));
  // "yes" and "oak", each with the token that ends it: 4 + 4 tokens.
  expect(overall.scores['loss']?.value).toBeCloseTo(-(losses[0]! + losses[1]!) / 8, 4);
  const [yes, no] = [await likelihood(instances[0]!, 'yes'), await likelihood(instances[0]!, 'no')];
  const ranked = results.find(({ kind }) => kind === 'rank');
  expect(ranked?.prediction).toBe(yes > no ? 'yes' : 'no');
  const written = results.find(({ kind }) => kind === 'generate');
  const [greedy] = await languageModel.generate([encoder.prompt(instances[1]!)], {
    maximumTokens: 3,
  });
  expect(written?.prediction).toBe(greedy?.text.trim());
});
