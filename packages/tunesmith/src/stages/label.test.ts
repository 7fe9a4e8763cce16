import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecipeInput, StageRecipe } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { tunedModel } from '../run/tuned-model.ts';
import { runStages } from './run.ts';

/** Several runs of a real model, one after the other. */
const minutes = { timeout: 240_000 };

let home: string;
let output: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'label-'));
  output = join(home, 'run');
  const row = (word: string, answer: string) =>
    JSON.stringify({
      instruction: `Is the word "${word}" short?`,
      output: answer,
      meta: { choices: ['yes', 'no'] },
    });
  const known = [row('cat', 'yes'), row('elephant', 'no'), row('dog', 'yes'), row('giraffe', 'no')];
  const open = ['cow', 'crocodile', 'ant', 'butterfly'];
  await writeFile(join(home, 'known.jsonl'), `${known.join('\n')}\n`);
  await writeFile(join(home, 'open.jsonl'), `${open.map((word) => row(word, '')).join('\n')}\n`);
});

const known = () => [{ path: join(home, 'known.jsonl'), format: 'alpaca' }];
const open = () => [{ path: join(home, 'open.jsonl'), format: 'alpaca' }];

/** One model a pattern; what they agree on; one model that learns it. */
const recipe = (label: Partial<StageRecipe> = {}): RecipeInput => ({
  model: '@tunesmith/nano',
  training: {
    steps: 2,
    batch_size: 2,
    max_length: 64,
    optimizer: { learning_rate: 1e-2 },
    checkpoint_every: 0,
  },
  evaluation: { tasks: [] },
  device: 'cpu',
  output,
  stages: [
    {
      name: 'pattern',
      job: 'train',
      each: { template: ['plain', 'headed'] },
      template: '${template}',
      data: known(),
      objective: 'choice',
      method: { name: 'lora', r: 2 },
    },
    { name: 'soft', job: 'label', runs: 'stages.pattern', data: open(), ...label },
    {
      name: 'final',
      job: 'train',
      data: [{ path: 'stages.soft.data' }],
      objective: { name: 'distillation', over: 'choices', temperature: 2 },
      method: { name: 'lora', r: 2 },
    },
  ],
});

interface Labeled {
  output: string;
  meta: { choices: string[]; distribution: number[]; generator: string };
}
const labels = async (stage = 'soft'): Promise<Labeled[]> =>
  (await readFile(join(output, 'stages', stage, 'data.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Labeled);

describe('a stage that labels', () => {
  test('asks every run, and leaves what a later stage learns from', minutes, async () => {
    const { stages } = await runStages(recipe());
    expect(stages.map(({ name, reason }) => [name, reason])).toEqual([
      ['pattern-plain', 'done'],
      ['pattern-headed', 'done'],
      ['soft', 'done'],
      ['final', 'done'],
    ]);
    const rows = await labels();
    expect(rows).toHaveLength(4);
    for (const { output: answer, meta } of rows) {
      expect(meta.distribution[0]! + meta.distribution[1]!).toBeCloseTo(1, 9);
      expect(answer).toBe(meta.choices[meta.distribution[0]! >= meta.distribution[1]! ? 0 : 1]);
      expect(meta.generator).toBe('stage soft');
    }
    expect(stages.at(-1)!.summary!.data.splits).toEqual({ train: 4 });
    expect(await tunedModel(output)).toMatchObject({
      adapter: join(output, 'stages', 'final', 'adapter'),
    });
    expect(await readFile(join(output, 'report.html'), 'utf8')).toContain('<h1>soft</h1>');

    const again = await runStages(output, { resume: true });
    expect(again.stages.map(({ reason }) => reason)).toEqual(['kept', 'kept', 'kept', 'kept']);
  });

  test('weighs runs, and may leave some out', minutes, async () => {
    const [soft] = recipe().stages!.slice(1);
    const variant = (name: string, more: Partial<StageRecipe>) => ({ ...soft!, name, ...more });
    await runStages({
      ...recipe(),
      stages: [
        recipe().stages![0]!,
        variant('plain', { except: 'stages.pattern-headed' }),
        variant('headed', { weights: [0, 1] }),
        variant('both', {}),
        variant('sure', { weights: 'accuracy', share: 0.5, per_label: 1 }),
      ],
    });
    const shares = async (name: string) =>
      (await labels(name)).map(({ meta }) => meta.distribution[0]!);
    const [plain, headed] = [await shares('plain'), await shares('headed')];
    expect(plain).not.toEqual(headed);
    const odds = (p: number) => Math.log(p / (1 - p));
    for (const [i, p] of (await shares('both')).entries())
      expect(odds(p)).toBeCloseTo((odds(plain[i]!) + odds(headed[i]!)) / 2, 5);
    // one of the two runs, whichever the seed draws, and one row of each answer
    const sure = await labels('sure');
    expect(new Set(sure.map((row) => row.output)).size).toBe(sure.length);
    for (const { meta } of sure)
      expect([...plain, ...headed].some((p) => Math.abs(p - meta.distribution[0]!) < 1e-9)).toBe(
        true,
      );
  });
});

describe('before anything runs, it is an error', () => {
  const nothingWritten = async () => expect(await readdir(home)).not.toContain('run');
  test.each<[string, Partial<StageRecipe>, string]>([
    ['to ask a stage that leaves no run', { runs: 'stages.final' }, 'stage "final" comes later'],
    ['to ask an adapter', { runs: 'stages.pattern-plain.adapter' }, 'run is wanted there'],
    ['to ask nobody', { except: 'stages.pattern' }, 'leaves out every run that it names'],
    ['to weigh other runs', { weights: [1, 2, 3] }, 'has 3 weights for 2 runs'],
    [
      'to ask by what does not exist',
      { objective: 'choise' },
      'there is no objective named "choise"',
    ],
    [
      'to ask a folder that does not exist',
      { runs: 'nowhere' },
      'the run "nowhere" does not exist',
    ],
    ['to say more', { method: 'lora' }, '"stages[1].method" is not a known key'],
  ])('%s', async (_, label, message) => {
    await expect(runStages(recipe(label))).rejects.toThrow(message);
    await nothingWritten();
  });

  test('to learn from rows of a stage that leaves none', async () => {
    const given = recipe();
    const [pattern, soft, final] = given.stages!;
    const wrong = { ...final!, data: [{ path: 'stages.pattern.data' }] };
    await expect(runStages({ ...given, stages: [pattern!, soft!, wrong] })).rejects.toThrow(
      'stage "pattern-plain" leaves its adapter and its run; accepted: stages.soft.data',
    );
    await nothingWritten();
  });
});
