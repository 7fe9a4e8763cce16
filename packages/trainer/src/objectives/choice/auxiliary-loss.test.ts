import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Model } from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { openDevice } from '@tunesmith/runtime/node';
import type { Instance, Mention, PromptTemplate, StepEvent } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { tinyBert, tinyLlama } from '../../../test-support/tiny.ts';
import { wordCount, wordTokenizer } from '../../../test-support/word-tokenizer.ts';
import type { ObjectivePlugin } from '../objective.ts';
import { noVirtualTokens } from '../../data/documents.ts';
import { train } from '../../run/train.ts';
import { createObjective } from '../plugins.ts';
import { choice } from './choice.ts';

const tokenizer = wordTokenizer();
/** The label `good` may be said in two words. */
const template: PromptTemplate = {
  specVersion: 2,
  name: 'reviews',
  description: 'Reviews as cloze questions.',
  messages: ({ instruction, output }) => [
    { role: 'user', content: instruction },
    { role: 'assistant', content: output && { good: 'great', poor: 'bad' }[output]! },
  ],
  answers: ({ output }) => (output === 'good' ? ['great', 'fair'] : ['bad']),
};
const row = (id: string, instruction: string, output: string): Instance => ({
  id,
  instruction,
  output,
  meta: { choices: ['good', 'poor'] },
});
const rows = [
  row('a', 'it was [MASK] ! the cats sat on a mat', 'poor'),
  row('b', 'a movie . [MASK] . it was unbelievable', 'good'),
  row('c', 'the cat sat on the mat . is it [MASK] ?', ''),
];

/** What a step read: its documents, and of each masked token the document, the place in it and what it was. */
interface Drawn {
  readonly documents: number[][];
  readonly masked: number[][];
}

type Reported = StepEvent & { readonly accuracy?: number; readonly masked_loss?: number };

/** The one step that a run over the rows makes, and what it read. */
async function stepOver(
  model: Model,
  data: readonly Instance[],
  { objective, accumulation = 1 }: { objective: Mention; accumulation?: number },
): Promise<Drawn & { readonly step: Reported }> {
  const device = await openDevice('cpu');
  const steps: Reported[] = [];
  const drawn: Drawn = { documents: [], masked: [] };
  await train({
    model,
    full: true,
    objective,
    tokenizer,
    template,
    data,
    device,
    seed: 3,
    plugins: { objectives: [observed(drawn)] },
    training: {
      steps: 1,
      batch_size: data.length / accumulation,
      gradient_accumulation: accumulation,
      max_length: 32,
      packing: false,
      shuffle: false,
      checkpoint_every: 0,
    },
    onEvent: (event) => event.type === 'step' && steps.push(event),
  });
  await device.close();
  return { ...drawn, step: steps[0]! };
}

/** The objective, writing down what its batches hold. */
function observed({ documents, masked }: Drawn): ObjectivePlugin {
  return {
    ...choice,
    create(options, context) {
      const made = choice.create(options, context);
      return {
        ...made,
        collate(rowsOf, shape, draw) {
          const batch = made.collate(rowsOf, shape, draw);
          const { ids, supervised, targets, maskedWeights } = batch.feeds;
          const places = new Map<number, readonly [document: number, at: number]>();
          for (const [number, { segmentIds }] of rowsOf.entries())
            for (let segment = 1; segmentIds.includes(segment); segment++) {
              const start = number * shape.tokens + segmentIds.indexOf(segment);
              const own = segmentIds.filter((one) => one === segment).length;
              for (let at = 0; at < own; at++) places.set(start + at, [documents.length, at]);
              documents.push(Array.from(ids!.data.subarray(start, start + own)));
            }
          for (const [term, weight] of (maskedWeights?.data ?? []).entries())
            if (weight > 0)
              masked.push([...places.get(supervised!.data[term]!)!, targets!.data[term]!]);
          return batch;
        },
      };
    },
  };
}

const masking = { rate: 0.4, mask_share: 0.5, random_share: 0.25 };

test('loss and gradient are those of torch, whatever the micro-batches', async () => {
  const golden = JSON.parse(
    await readFile(new URL('golden/auxiliary-loss.golden.json', import.meta.url), 'utf8'),
  ) as Drawn & Record<'alpha' | 'loss' | 'masked_loss' | 'gradient_norm', number>;
  const model = await loadModel(
    fileURLToPath(new URL('../../../../models/test-support/fixtures/bert_mlm', import.meta.url)),
  );
  const objective = { name: 'choice', masked_lm: { weight: golden.alpha, ...masking } };
  for (const accumulation of [1, 3]) {
    const { step, ...drawn } = await stepOver(model, rows, { objective, accumulation });
    expect(drawn).toEqual({ documents: golden.documents, masked: golden.masked });
    expect(Math.abs(step.loss / golden.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(step.grad_norm / golden.gradient_norm - 1)).toBeLessThan(1e-4);
    expect(step.masked_loss).toBeCloseTo(golden.masked_loss, 4);
  }
});

test('rows without an answer are read for it alone, and without it refused', async () => {
  const model = tinyBert({ vocabulary: wordCount });
  const unlabeled = rows.slice(2);
  const objective = { name: 'choice', masked_lm: { weight: 1e-4 } };
  const { step } = await stepOver(model, unlabeled, { objective });
  expect(step.loss).toBeCloseTo(1e-4 * step.masked_loss!, 8);
  expect(step).not.toHaveProperty('accuracy');
  await expect(stepOver(model, unlabeled, { objective: 'choice' })).rejects.toThrow(
    'example "c" has no answer; accepted: an answer that is one of meta.choices; or masked_lm with a weight',
  );
});

test('only models of masked text have it', () => {
  expect(() =>
    createObjective(
      { name: 'choice', masked_lm: { weight: 1e-4 } },
      { model: tinyLlama(), tokenizer, maximumLength: 16, virtualTokens: noVirtualTokens },
    ),
  ).toThrow('the objective choice with masked_lm cannot train this llama: it is of kind decoder');
});
