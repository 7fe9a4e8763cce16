import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findArchitecture, initializeParameters, memoryWeights } from '@tunesmith/models';
import { loadModel, saveModel } from '@tunesmith/models/node';
import { definePlugin, type RecipeInput } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { merge } from '../merge.ts';
import type { TrainSummary } from './job.ts';
import { train } from './train.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'families-'));
});

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const adjectives = { positive: ['good', 'fine', 'great'], negative: ['bad', 'dull', 'poor'] };
const things = ['film', 'book', 'song', 'play'];
const vocabulary = [
  ...special,
  'the',
  'was',
  'positive',
  'negative',
  ...things,
  ...Object.values(adjectives).flat(),
];

/** A tokenizer of whole words, with what BERT or T5 writes around a text. */
async function writeTokenizer(folder: string, around: 'both' | 'end' | 'none'): Promise<void> {
  const id = (token: string): number => vocabulary.indexOf(token);
  const mark = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const single = [
    ...(around === 'both' ? [mark('[CLS]')] : []),
    { Sequence: { id: 'A', type_id: 0 } },
    ...(around === 'none' ? [] : [mark('[SEP]')]),
  ];
  const tokenizer = {
    version: '1.0',
    added_tokens: special.map((content) => ({ id: id(content), content, special: true })),
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: {
      type: 'TemplateProcessing',
      single,
      pair: single,
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((token) => [
          token,
          { id: token, ids: [id(token)], tokens: [token] },
        ]),
      ),
    },
    model: {
      type: 'WordLevel',
      unk_token: '[UNK]',
      vocab: Object.fromEntries(vocabulary.map((word, at) => [word, at])),
    },
  };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  const configuration = { pad_token: '[PAD]', mask_token: '[MASK]', eos_token: '[SEP]' };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(configuration));
}

/** A tiny model with random weights in a folder of its own, as a checkpoint that was trained on nothing. */
async function writeModel(
  configuration: { readonly model_type: string },
  around: 'both' | 'end' | 'none',
): Promise<string> {
  const folder = join(home, 'model');
  const architecture = findArchitecture(configuration);
  const spec = architecture.spec({
    vocab_size: vocabulary.length,
    initializer_range: 0.2,
    pad_token_id: 0,
    eos_token_id: 3,
    ...configuration,
  });
  const weights = memoryWeights(initializeParameters(spec, 1));
  await saveModel({ spec, architecture, weights }, folder);
  await writeTokenizer(folder, around);
  return folder;
}

/** Reviews to train on, and others that are held out, each with the word that says how it is meant. */
async function reviews(): Promise<NonNullable<RecipeInput['data']>> {
  const row = (thing: string, label: string, adjective: string): string =>
    JSON.stringify({
      instruction: `the ${thing} was ${adjective}`,
      output: label,
      meta: { choices: Object.keys(adjectives) },
    });
  const rows = things.flatMap((thing) =>
    Object.entries(adjectives).flatMap(([label, words]) =>
      words.map((word) => row(thing, label, word)),
    ),
  );
  // Every fourth is held out: each of its words stands in others too.
  const part = (isHeldOut: boolean): string =>
    rows.filter((_, i) => (i % 4 === 0) === isHeldOut).join('\n');
  const [path, heldOut] = [join(home, 'train.jsonl'), join(home, 'heldout.jsonl')];
  await writeFile(path, part(false));
  await writeFile(heldOut, part(true));
  return [
    { path, format: 'alpaca' },
    { path: heldOut, format: 'alpaca', split: 'heldout' },
  ];
}

const encoder = {
  hidden_size: 16,
  intermediate_size: 24,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 32,
};
const t5 = {
  model_type: 't5',
  d_model: 16,
  d_kv: 8,
  d_ff: 24,
  num_layers: 1,
  num_heads: 2,
  decoder_start_token_id: 0,
  eos_token_id: 3,
  scale_decoder_outputs: false,
};
const bart = {
  model_type: 'bart',
  d_model: 16,
  encoder_layers: 1,
  decoder_layers: 1,
  encoder_attention_heads: 2,
  decoder_attention_heads: 2,
  encoder_ffn_dim: 24,
  decoder_ffn_dim: 24,
  max_position_embeddings: 32,
  init_std: 0.2,
  decoder_start_token_id: 3,
};
const lora = { name: 'lora', r: 4, targets: 'all-linear' };

async function run(
  model: RecipeInput['model'],
  more: Partial<RecipeInput>,
  steps = 120,
): Promise<TrainSummary> {
  return train({
    model,
    method: lora,
    data: await reviews(),
    training: {
      steps,
      batch_size: 4,
      max_length: 16,
      optimizer: { learning_rate: 1e-2 },
      schedule: 'constant',
      checkpoint_every: 0,
    },
    evaluation: { tasks: ['heldout'] },
    device: 'cpu',
    output: join(home, 'run'),
    ...more,
  } as RecipeInput);
}

/** A score of a task before and after training. */
function change({ before, after }: TrainSummary, measure: string, task = 'heldout'): number[] {
  return [before, after].map(
    (evaluation) => evaluation!.tasks.find(({ name }) => name === task)!.scores[measure]!.value,
  );
}

describe('a new head for labels', () => {
  test.each([
    ['an encoder that knew masked tokens', { model_type: 'bert', ...encoder }, 'both'],
    ['a decoder', { model_type: 'llama', architectures: ['LlamaForCausalLM'], ...encoder }, 'none'],
    ['t5', { ...t5, architectures: ['T5ForConditionalGeneration'] }, 'end'],
    ['bart', { ...bart, architectures: ['BartForConditionalGeneration'] }, 'end'],
  ] as const)(
    'is trained beside LoRA, measured and merged: %s',
    async (_, configuration, around) => {
      const from = await writeModel(configuration, around);
      const summary = await run({ from, labels: 'data' }, { objective: 'classification' });
      expect(summary.recipe.model.labels).toEqual(['negative', 'positive']);
      const [before, after] = change(summary, 'accuracy');
      expect(after).toBeGreaterThan(Math.max(before!, 0.8));
      expect(change(summary, 'f1 positive')[1]).toBeGreaterThan(0.7);

      // The run's folder stands for the model with its head, and so does what is merged.
      const objective = { data: await reviews(), objective: 'classification', method: 'none' };
      const again = await evaluate({ ...objective, model: summary.directory, device: 'cpu' });
      expect(again.evaluation.overall.scores['loss']).toEqual(
        summary.after!.overall.scores['loss'],
      );
      const out = join(home, 'merged');
      await merge({ model: summary.directory, out, device: 'cpu' });
      const { headKind, configuration: saved } = (await loadModel(out)).spec;
      expect(headKind).toMatchObject({ kind: 'labels', labels: ['negative', 'positive'] });
      expect(saved['architectures']).toEqual([expect.stringMatching(/ForSequenceClassification$/)]);
    },
  );

  test('is refused where the method leaves it as it begins', async () => {
    const from = await writeModel({ model_type: 'bert', ...encoder }, 'both');
    await expect(
      run({ from, labels: 'data' }, { objective: 'classification', method: 'bitfit' }),
    ).rejects.toThrow(/bitfit would leave "bert.pooler.dense.weight" of the new head/);
  });
});

test('an encoder of masked tokens is measured by those it guesses, before and after', async () => {
  const from = await writeModel({ model_type: 'bert', ...encoder }, 'both');
  const summary = await run(from, { objective: 'masked-lm' });
  const [before, after] = change(summary, 'token-accuracy');
  expect(after).toBeGreaterThan(before!);
  const [first, last] = change(summary, 'loss');
  expect(last).toBeLessThan(first!);
});

test.each([
  ['t5', t5],
  ['bart', bart],
] as const)(
  '%s ranks choices and writes answers, measured before and after',
  async (_, configuration) => {
    const from = await writeModel(configuration, 'end');
    const summary = await run(from, { objective: 'seq2seq', method: 'full' }, 240);
    const [before, after] = change(summary, 'accuracy', 'heldout-rank');
    expect(before).toBeLessThan(1);
    expect(after).toBe(1);
    expect(change(summary, 'loss', 'heldout-loss')[1]).toBeLessThan(0.3);

    const written = await evaluate(
      {
        model: summary.directory,
        data: await reviews(),
        objective: 'seq2seq',
        method: 'none',
        device: 'cpu',
        evaluation: { tasks: ['answers'] },
      },
      {
        plugins: [
          definePlugin('evaluation-task', {
            specVersion: 2,
            name: 'answers',
            description: 'Written answers to two reviews.',
            kind: 'generate',
            instances: () => [
              { id: 'good', instruction: 'the film was good', output: 'positive' },
              { id: 'dull', instruction: 'the film was dull', output: 'negative' },
            ],
          }),
        ],
      },
    );
    expect(written.evaluation.overall.scores['exact-match']!.value).toBe(1);
  },
);
