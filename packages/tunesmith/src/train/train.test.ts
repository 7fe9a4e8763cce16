import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toHostTensor } from '@tunesmith/models';
import { readSafetensors } from '@tunesmith/models/node';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { readEvents } from '../run/event-log.ts';
import { settleRun } from './settle-run.ts';
import { train } from './train.ts';

const fixtures = fileURLToPath(new URL('../../../testing/fixtures', import.meta.url));
const base = join(fixtures, 'peft', 'base_llama');

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'train-'));
});

interface Trajectory {
  steps: number;
  gradient_accumulation: number;
  batch_size: number;
  sequence_length: number;
  optimizer: { lr: number; weight_decay: number; eps: number; betas: [number, number] };
  max_grad_norm: number;
  schedule: { name: string; warmup_steps: number };
  log: { step: number; loss: number; grad_norm: number; lr: number; tokens: number }[];
}

async function tensorsOf(file: string): Promise<Record<string, number[]>> {
  const { tensors } = await readSafetensors(file);
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      Array.from(toHostTensor(tensor, name).data),
    ]),
  );
}

/** The batches of a trajectory as a data file: a row for each row of each batch. */
async function writeBatches(folder: string, length: number): Promise<string> {
  const { input_ids: ids = [], labels = [] } = await tensorsOf(join(folder, 'batches.safetensors'));
  const rows = Array.from({ length: ids.length / length }, (_, row) => {
    const cut = (values: number[]) => values.slice(row * length, (row + 1) * length);
    return JSON.stringify({ input_ids: cut(ids), labels: cut(labels) });
  });
  const file = join(home, 'batches.jsonl');
  await writeFile(file, `${rows.join('\n')}\n`);
  return file;
}

/** A small run on random tokens, with held-out rows, dropout and noise: everything that draws on the seed. */
async function smallRecipe(output: string): Promise<RecipeInput> {
  const rows = Array.from({ length: 12 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({
      input_ids: ids,
      labels: ids.map((id, place) => (place < 4 ? -100 : id)),
    });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
  return {
    model: base,
    data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized', held_out: 0.3 }],
    method: { name: 'lora', r: 2, dropout: 0.1 },
    training: { steps: 8, batch_size: 2, max_length: 16, checkpoint_every: 3 },
    objective: { name: 'causal-lm', neftune_alpha: 5 },
    evaluation: { every: 4, tasks: ['heldout'] },
    output: join(home, output),
  };
}

const losses = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [[event.step, event.loss]] : []));

describe.each(['llama_lora_adamw_linear', 'llama_lora_all_accum'])('%s', (name) => {
  test('the trajectory of torch is reproduced from a recipe', async () => {
    const folder = join(fixtures, 'training', name);
    const expected = JSON.parse(
      await readFile(join(folder, 'trajectory.json'), 'utf8'),
    ) as Trajectory;
    const { optimizer } = expected;
    const summary = await train({
      model: base,
      data: [{ path: await writeBatches(folder, expected.sequence_length), format: 'tokenized' }],
      adapter: { from: join(folder, 'init') },
      training: {
        steps: expected.steps,
        batch_size: expected.batch_size,
        gradient_accumulation: expected.gradient_accumulation,
        packing: false,
        shuffle: false,
        optimizer: {
          learning_rate: optimizer.lr,
          weight_decay: optimizer.weight_decay,
          betas: optimizer.betas,
          epsilon: optimizer.eps,
        },
        max_grad_norm: expected.max_grad_norm,
        schedule: { name: expected.schedule.name, warmup_steps: expected.schedule.warmup_steps },
      },
      output: join(home, 'run'),
    });

    const steps = (await readEvents(join(home, 'run', 'events.jsonl'))).filter(
      (event) => event.type === 'step',
    );
    expect(steps).toHaveLength(expected.steps);
    for (const [index, step] of steps.entries()) {
      const { loss, grad_norm, lr, tokens } = expected.log[index]!;
      expect(Math.abs(step.loss / loss - 1)).toBeLessThan(1e-4);
      expect(Math.abs(step.grad_norm / grad_norm - 1)).toBeLessThan(1e-4);
      expect([step.step, step.learning_rate, step.supervised_tokens]).toEqual([
        index + 1,
        expect.closeTo(lr, 12),
        tokens,
      ]);
    }
    const ours = await tensorsOf(join(summary.adapter!, 'adapter_model.safetensors'));
    const theirs = await tensorsOf(join(folder, 'final', 'adapter_model.safetensors'));
    expect(Object.keys(ours).toSorted()).toEqual(Object.keys(theirs).toSorted());
    for (const [tensor, values] of Object.entries(theirs)) {
      expect(
        Math.max(...values.map((value, index) => Math.abs(value - ours[tensor]![index]!))),
      ).toBeLessThan(1e-4);
    }
  });
});

test('a run leaves its recipe, events, data report, results, adapter and report', async () => {
  const summary = await train(await smallRecipe('run'));
  expect((await readdir(summary.directory)).toSorted()).toEqual([
    'adapter',
    'best',
    'checkpoints',
    'data-report.json',
    'events.jsonl',
    'recipe.yaml',
    'report.html',
    'results.json',
    'run.json',
  ]);
  expect(summary).toMatchObject({
    step: 8,
    reason: 'done',
    data: { splits: { train: 7, heldout: 5 } },
  });
  expect(summary.comparison?.tasks.map(({ name, scores }) => [name, Object.keys(scores)])).toEqual([
    ['heldout-loss', ['loss', 'perplexity', 'token-accuracy']],
  ]);
  expect(await readFile(summary.report!, 'utf8')).toContain('<h2>What it learned</h2>');
});

test('the resolved recipe repeats the run', async () => {
  const first = await train(await smallRecipe('first'));
  const second = await train(join(first.directory, 'recipe.yaml'), {
    overrides: [`output=${join(home, 'second')}`],
  });
  expect(await readFile(join(second.adapter!, 'adapter_model.safetensors'))).toEqual(
    await readFile(join(first.adapter!, 'adapter_model.safetensors')),
  );
});

test('an interrupted run goes on to the same losses and the same adapter', async () => {
  const whole = await train(await smallRecipe('whole'));
  const recipe = await smallRecipe('halves');
  const controller = new AbortController();
  const half = await train(recipe, {
    signal: controller.signal,
    onEvent: (event) => event.type === 'step' && event.step === 5 && controller.abort(),
  });
  expect([half.reason, half.step, half.adapter]).toEqual(['interrupted', 5, undefined]);

  const rest = await train(recipe, { resume: true });
  const events = async (directory: string) =>
    losses(await readEvents(join(directory, 'events.jsonl')));
  expect(await events(rest.directory)).toEqual(await events(whole.directory));
  expect(await readFile(join(rest.adapter!, 'adapter_model.safetensors'))).toEqual(
    await readFile(join(whole.adapter!, 'adapter_model.safetensors')),
  );
  expect(rest.before?.overall).toEqual(whole.before?.overall);
});

test('the recipe a run leaves names its plugins by their files, so it can be read from the run folder', async () => {
  const plugin = `export const plugins = [{ kind: 'prompt-template', value: { specVersion: 2, name: 'shouted', description: 'Mine.', messages: () => [] } }];`;
  await writeFile(join(home, 'shouted.mjs'), `${plugin}\n`);
  const recipe = { ...(await smallRecipe('plugged')), plugins: ['./shouted.mjs'] };
  await writeFile(join(home, 'recipe.yaml'), JSON.stringify(recipe));
  const first = await train(join(home, 'recipe.yaml'));
  expect(first.recipe.plugins).toEqual([join(home, 'shouted.mjs')]);

  const again = await train(join(first.directory, 'recipe.yaml'), {
    overrides: [`output=${join(home, 'again')}`],
  });
  expect(again.step).toBe(first.step);
});

test('a start from data takes the ranks that its targets want, and goes on as it began', async () => {
  const recipe = await smallRecipe('eva');
  const method = { name: 'lora', r: 2, init: 'eva', eva_tokens: 64 };
  const { adapter } = await train({ ...recipe, method });
  const config = JSON.parse(await readFile(join(adapter!, 'adapter_config.json'), 'utf8')) as {
    rank_pattern: Record<string, number>;
  };
  const ranks = Object.values(config.rank_pattern);
  expect(ranks.reduce((sum, rank) => sum + rank, 0)).toBe(2 * 4);
  const longer = { ...recipe.training, steps: 10 };
  await train({ ...recipe, method, training: longer, resume: true });
  const events = await readEvents(join(recipe.output!, 'events.jsonl'));
  expect(losses(events).map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test('full fine-tuning leaves a model', async () => {
  const recipe = await smallRecipe('full');
  const { adapter, model } = await train({ ...recipe, method: 'full', evaluation: {} });
  expect(adapter).toBeUndefined();
  expect(await readdir(model!)).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors']),
  );
});

test('method none measures and trains nothing', async () => {
  const recipe = await smallRecipe('none');
  const { step, adapter, before } = await train({ ...recipe, method: 'none' });
  expect([step, adapter, before?.overall.instances]).toEqual([0, undefined, 5]);
});

test('a fused optimizer runs without a global norm where the recipe names none, and with the one it names', async () => {
  const recipe = { ...(await smallRecipe('fused')), method: 'full' } as RecipeInput;
  const { recipe: settled } = await settleRun(
    { ...recipe, training: { optimizer: 'adalomo' } },
    {},
  );
  expect(settled.training.max_grad_norm).toBe(0);
  const asked = { ...recipe, training: { optimizer: 'lomo', max_grad_norm: 1 } } as RecipeInput;
  expect((await settleRun(asked, {})).recipe.training.max_grad_norm).toBe(1);
});

test('measuring where nothing is held out is refused, with what would hold something out', async () => {
  const recipe = await smallRecipe('refused');
  const data = [{ path: join(home, 'rows.jsonl'), format: 'tokenized' }];
  await expect(train({ ...recipe, data })).rejects.toThrow(
    /nothing to measure "heldout" on: .*; accepted: held_out: 0\.1 in an entry of data/,
  );
});

test.each([
  [
    'a target that matches nothing',
    { method: { name: 'lora', targets: ['q_porj'] } },
    'target "q_porj" matches no linear map; nearest: "q_proj"',
  ],
  [
    'a setting the method does not have',
    { method: { name: 'lora', rank: 4 } },
    'method lora: "rank" is not a known key',
  ],
  [
    'a length beyond the model',
    { training: { max_length: 65 } },
    'training.max_length is 65 and the model takes 64 tokens',
  ],
  [
    'a task that is not there',
    { evaluation: { tasks: ['held-out'] } },
    'there is no evaluation task named "held-out"; nearest: "heldout"',
  ],
  [
    'no training data',
    { data: [] },
    'the recipe has no data; accepted: at least one data entry with split: train',
  ],
  [
    'an optimizer that is fused with the backward pass, and accumulation',
    { method: 'full', training: { optimizer: 'lomo', gradient_accumulation: 2 } },
    'the optimizer "lomo" gives each gradient up in the backward pass, and training.gradient_accumulation is 2',
  ],
  [
    'an optimizer that is not there',
    { training: { optimizer: { name: 'adam' } } },
    'there is no optimizer named "adam"; nearest: "adamw"',
  ],
])('%s is refused, and nothing is written', async (_, change, message) => {
  const recipe = { ...(await smallRecipe('refused')), ...change } as RecipeInput;
  await expect(train(recipe)).rejects.toThrow(message);
  expect(await readdir(home)).toEqual(['rows.jsonl']);
});
