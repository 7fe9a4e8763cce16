import { appendFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataReport } from '@tunesmith/datasets';
import {
  definePlugin,
  TunesmithError,
  type ChatModelPlugin,
  type Message,
  type RecipeInput,
} from '@tunesmith/schema';
import { beforeEach, expect, test } from 'vitest';
import { readRecipe } from '../recipe/read.ts';
import { describeSynthesis } from '../synthesis/describe.ts';
import { estimateSynthesis } from '../synthesis/estimate.ts';
import { mentionsOf } from '../synthesis/models.ts';
import { runWorker } from '../synthesis/worker.ts';
import { runStages } from './run.ts';

let home: string;
let asked: string[];
let fails: (count: number) => Error | undefined;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'synthesize-'));
  asked = [];
  fails = () => undefined;
  const seeds = Array.from({ length: 5 }, (_, i) => ({
    instruction: `Say the number ${i}`,
    output: `${i}`,
  }));
  await writeFile(join(home, 'seeds.jsonl'), seeds.map((seed) => JSON.stringify(seed)).join('\n'));
});

const scripted: ChatModelPlugin = {
  specVersion: 2,
  name: 'scripted',
  description: 'Answers in capitals.',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      suffix: { type: 'string', default: '', description: 'What every answer ends with.' },
    },
  },
  open: (options = {}) => ({
    name: 'scripted',
    async respond(messages: readonly Message[]) {
      const text = String(messages.at(-1)!.content);
      const error = fails(asked.length);
      if (error) throw error;
      asked.push(text);
      return {
        answers: [
          { text: text.toUpperCase() + String(options['suffix'] ?? ''), finish: 'stop' as const },
        ],
        usage: { inputTokens: 10, outputTokens: 5 },
      };
    },
  }),
};
const grader: ChatModelPlugin = {
  specVersion: 2,
  name: 'grader',
  description: 'Gives everything a five.',
  open: () => ({
    name: 'grader',
    async respond() {
      const error = fails(asked.length);
      if (error) throw error;
      asked.push('a grade');
      return {
        answers: [{ text: '5', finish: 'stop' }],
        usage: { inputTokens: 1, outputTokens: 1 },
      };
    },
  }),
};
const plugins = [definePlugin('chat-model', scripted), definePlugin('chat-model', grader)];

const recipe = (more: object = {}): RecipeInput =>
  ({
    stages: [
      {
        name: 'written',
        job: 'synthesize',
        data: [{ path: join(home, 'seeds.jsonl') }],
        synthesizer: 'distill',
        chat_model: 'scripted',
        at_once: 1,
        ...more,
      },
    ],
    output: join(home, 'run'),
  }) as unknown as RecipeInput;
const file = (name: string) => readFile(join(home, 'run/stages/written', name), 'utf8');

test('a stage leaves what was written, what was asked, and what it took', async () => {
  const { reason } = await runStages(recipe({ chat_model: { name: 'scripted', suffix: '!' } }), {
    plugins,
  });
  expect(reason).toBe('done');
  const rows = (await file('data.jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(rows).toHaveLength(5);
  expect(rows[3]).toMatchObject({
    instruction: 'Say the number 3',
    output: 'SAY THE NUMBER 3!',
    meta: { generator: 'scripted' },
  });
  expect((await file('journal.jsonl')).trimEnd().split('\n')).toHaveLength(5);
  expect(JSON.parse(await file('ledger.json'))).toMatchObject({
    models: { scripted: { requests: 5, inputTokens: 50 } },
  });
  const page = await readFile(join(home, 'run/report.html'), 'utf8');
  expect(page).toMatch(/Rows<\/dt>\s*<dd>5<\/dd>/);
  expect(page).toMatch(/Tokens read<\/dt>\s*<dd>50<\/dd>/);
  expect(page).not.toContain('not come to yet');
});

test('a later stage trains on what was written', async () => {
  const written = recipe();
  const train = {
    name: 'tuned',
    job: 'train',
    model: '@tunesmith/nano',
    data: [{ path: 'stages.written.data' }],
    method: { name: 'lora', r: 2 },
    training: { steps: 1, batch_size: 2, max_length: 32 },
    device: 'cpu',
  };
  const both = { ...written, stages: [...written.stages!, train] } as unknown as RecipeInput;
  const { stages } = await runStages(both, { plugins });
  expect(stages.map(({ name, reason }) => [name, reason])).toEqual([
    ['written', 'done'],
    ['tuned', 'done'],
  ]);
});

test('a job that failed goes on from the journal, and one that is overwritten asks everything again', async () => {
  fails = (count) =>
    count === 3
      ? new TunesmithError({ package: 'p', code: 'unauthorized', message: 'the key went' })
      : undefined;
  await expect(runStages(recipe(), { plugins })).rejects.toThrow('the key went');
  expect(asked).toHaveLength(3);
  fails = () => undefined;
  await runStages(recipe(), { plugins, resume: true });
  expect(asked).toHaveLength(5);
  expect((await file('data.jsonl')).trimEnd().split('\n')).toHaveLength(5);
  await runStages(recipe(), { plugins, overwrite: true });
  expect(asked).toHaveLength(10);
});

test('a job that failed in the filters of its seeds asks them for the rest alone', async () => {
  const filtered = recipe({ filters: [{ name: 'judged', judge: 'grader' }] });
  fails = (count) =>
    count === 3
      ? new TunesmithError({ package: 'p', code: 'unauthorized', message: 'the key went' })
      : undefined;
  await expect(runStages(filtered, { plugins })).rejects.toThrow('the key went');
  expect(asked).toHaveLength(3);
  fails = () => undefined;
  await runStages(filtered, { plugins, resume: true });
  expect(asked.filter((what) => what === 'a grade')).toHaveLength(5);
  expect((await file('answers.jsonl')).trimEnd().split('\n')).toHaveLength(5);
  expect((await file('journal.jsonl')).trimEnd().split('\n')).toHaveLength(5);
});

test('a cap ends the work, says so, and keeps what was written', async () => {
  const warnings: string[] = [];
  const budget = { cap: 4.5e-4, prices: { scripted: { input: 10, output: 10 } } };
  await runStages(recipe({ budget, synthesizer: { name: 'distill', max_tokens: 5 } }), {
    plugins,
    onEvent: (event) => {
      if (event.type === 'warning') warnings.push(event.message);
    },
  });
  expect((await file('data.jsonl')).trimEnd().split('\n')).toHaveLength(3);
  expect(warnings.join()).toContain('the budget ended it');
});

test.each([
  [{ synthesizer: 'distil' }, 'no synthesizer named "distil"; nearest: "distill"'],
  [{ chat_model: { answrer: 'scripted' } }, '"distill" has no role "answrer"'],
  [{ chat_model: 'scriptd' }, 'no chat model named "scriptd"; nearest: "scripted"'],
  [{ budget: { cap: 1 } }, 'a cap of 1 and no prices'],
  [
    { budget: { prices: { other: { input: 1, output: 1 } } } },
    'prices of "other", which it does not ask',
  ],
  [{ prompts: { task: 'no place' } }, 'the prompt "task" has no {instruction}'],
])('%j is refused before anything is asked', async (more, message) => {
  await expect(runStages(recipe(more), { plugins })).rejects.toThrow(message);
  expect(asked).toEqual([]);
});

test('the model of a stage answers with all of its adapters', () => {
  const stage = { name: 's', job: 'synthesize', model: 'base' } as const;
  const adapter = [{ from: 'a' }, { from: 'b' }];
  expect(mentionsOf({ ...stage, adapter })).toEqual([
    [undefined, { name: 'local', model: 'base', adapter: ['a', 'b'] }],
  ]);
  const chosen = [{ from: 'a' }, { from: 'b', by_record: true }];
  expect(() => mentionsOf({ ...stage, adapter: chosen })).toThrow(
    'the adapter b is for records that choose it, and requests choose none',
  );
});

test('workers answer what a stage asks through a queue, which is looked at before anything is written', async () => {
  await expect(runStages(recipe(), { plugins, queue: 'kafka' })).rejects.toThrow(
    'no queue named "kafka"',
  );
  await expect(readdir(join(home, 'run'))).rejects.toThrow('ENOENT');
  const queue = { name: 'file', path: join(home, 'queue.jsonl') };
  const working = runWorker(recipe(), { plugins, queue, idle: 2 });
  const { reason } = await runStages(recipe(), { plugins, queue });
  expect(reason).toBe('done');
  expect((await file('data.jsonl')).trimEnd().split('\n')).toHaveLength(5);
  expect(await working).toEqual({ models: ['scripted'], answered: 5, failed: 0, late: 0 });
});

test('a recipe with a synthesizer alone is one of a stage', async () => {
  const path = join(home, 'recipe.yaml');
  await writeFile(
    path,
    `synthesizer: { name: distill, max_tokens: 100 }\nchat_model: { name: openai, model: m }\ndata: [{ path: seeds.jsonl }]\nbudget: { cap: 5, prices: { m: { input: 1, output: 2 } } }\noutput: ${join(home, 'out')}\n`,
  );
  const { recipe: read } = await readRecipe(path, { overrides: ['synthesizer.answers=2'] });
  expect(read.stages).toMatchObject([
    { name: 'written', job: 'synthesize', synthesizer: { name: 'distill', answers: 2 } },
  ]);
  const estimate = await estimateSynthesis(path, ['synthesizer.answers=2']);
  expect(estimate).toMatchObject({ outputTokens: 1000, cap: 5 });
  expect(estimate.cost).toBeCloseTo((estimate.inputTokens + 2000) / 1e6, 12);
});

test('what came of it is told with the counts of the report and of the ledger', async () => {
  const { text } = await describeSynthesis(await runStages(recipe(), { plugins }));
  expect(text).toContain('answers: 5 in, 5 out');
  expect(text).toContain('scripted: 5 requests, 50 tokens read, 25 written');
});

test('seeds are filtered before anything is written from them, and the report says so', async () => {
  const row = JSON.stringify({ instruction: 'Say the number 4', output: '4' });
  await appendFile(join(home, 'seeds.jsonl'), `\n${row}\n`);
  const of = (filters: object) => [{ path: join(home, 'seeds.jsonl'), ...filters }];
  await runStages(recipe({ data: of({ filters: ['answered'] }), filters: ['unique'] }), {
    plugins,
  });
  expect(asked).toHaveLength(5);
  const { steps } = JSON.parse(await file('data-report.json')) as DataReport;
  expect(steps.slice(0, 3).map((step) => [step.name, step.rowsIn, step.rowsOut])).toEqual([
    ['answered', 6, 6],
    [`read ${join(home, 'seeds.jsonl')} as alpaca`, 6, 6],
    ['unique', 6, 5],
  ]);
  await expect(
    runStages(recipe({ data: of({ filters: ['unike'] }) }), { plugins, overwrite: true }),
  ).rejects.toThrow('no data filter named "unike"; nearest: "unique"');
});
