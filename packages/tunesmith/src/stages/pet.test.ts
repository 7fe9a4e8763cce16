import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runStages } from './run.ts';

/** Two generations over two patterns, which say different words for the same labels; then one model that learns from both. */
const recipe = `
model: '@tunesmith/nano'
training: { steps: 1, batch_size: 2, max_length: 64, optimizer: { learning_rate: 1.0e-2 }, checkpoint_every: 0 }
evaluation: { tasks: [] }
device: cpu
stages:
  - name: first
    job: train
    each: { pattern: [yes, short] }
    data: [{ path: known.jsonl, meta: { choices: [small, large] } }]
    template: &pattern { name: cloze, mask: none, pattern: '\${pattern}', task: animals.json }
    objective: choice
    method: { name: lora, r: 2 }
  - name: more
    job: label
    each: { pattern: [yes, short] }
    runs: stages.first
    except: stages.first-\${pattern}
    weights: accuracy
    per_label: 1
    data: [{ path: open.jsonl, meta: { choices: [small, large] } }]
  - name: second
    job: train
    each: { pattern: [yes, short] }
    data:
      - { path: known.jsonl, meta: { choices: [small, large] } }
      - { path: 'stages.more-\${pattern}.data' }
    template: *pattern
    objective: choice
    method: { name: lora, r: 2 }
  - name: soft
    job: label
    runs: stages.second
    weights: [1, 3]
    data: [{ path: open.jsonl, meta: { choices: [small, large] } }]
  - name: final
    job: train
    data: [{ path: stages.soft.data }]
    objective: { name: distillation, over: choices, temperature: 2 }
    method: { name: lora, r: 2 }
`;

/** The file that the recipe names: words of several tokens, and several words for a label. */
const task = {
  name: 'animals',
  fields: ['animal'],
  words: { small: ['yes it is', 'yes'], large: 'no' },
  patterns: [
    { name: 'yes', text: 'Is a {animal} small? {mask}' },
    {
      name: 'short',
      text: 'A {animal} is {mask}.',
      words: { small: 'little', large: ['big', 'huge'] },
    },
  ],
};

test(
  'models of several patterns label rows for one another, and then for one model',
  { timeout: 240_000 },
  async () => {
    const home = await mkdtemp(join(tmpdir(), 'pet-'));
    const rows = (all: readonly (readonly [string, string])[]): string =>
      all.map(([instruction, output]) => `${JSON.stringify({ instruction, output })}\n`).join('');
    const known = [
      ['cat', 'small'],
      ['elephant', 'large'],
      ['mouse', 'small'],
      ['whale', 'large'],
    ] as const;
    const open = ['cow', 'ant', 'giraffe', 'frog'].map((animal) => [animal, ''] as const);
    await writeFile(join(home, 'known.jsonl'), rows(known));
    await writeFile(join(home, 'open.jsonl'), rows(open));
    await writeFile(join(home, 'animals.json'), JSON.stringify(task));
    await writeFile(join(home, 'recipe.yaml'), `${recipe}output: ${join(home, 'run')}\n`);

    const { stages } = await runStages(join(home, 'recipe.yaml'));
    expect(stages.map(({ name, reason }) => [name, reason])).toEqual(
      [
        'first-yes',
        'first-short',
        'more-yes',
        'more-short',
        'second-yes',
        'second-short',
        'soft',
        'final',
      ].map((name) => [name, 'done']),
    );
    const labeled = async (
      stage: string,
    ): Promise<{ output: string; meta: { distribution: number[] } }[]> =>
      (await readFile(join(home, 'run/stages', stage, 'data.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { output: string; meta: { distribution: number[] } });
    const next = await labeled('more-yes');
    expect(next.length).toBe(new Set(next.map(({ output }) => output)).size);
    expect(stages[4]!.summary!.data.splits).toEqual({ train: 4 + next.length });
    const soft = await labeled('soft');
    expect(soft).toHaveLength(4);
    for (const { output, meta } of soft)
      expect(output).toBe(
        ['small', 'large'][meta.distribution[0]! >= meta.distribution[1]! ? 0 : 1],
      );
    expect(stages.at(-1)!.summary!.data.splits).toEqual({ train: 4 });
  },
);
