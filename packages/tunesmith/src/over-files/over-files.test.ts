import { modelDirectory } from '@tunesmith/nano/node';
import { createDeviceSet } from '@tunesmith/runtime';
import { cpuDevice } from '@tunesmith/runtime/node';
import { filesBelow, memoryFiles, readText, type Files, type RecipeInput } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { memoryCheckpoints } from '@tunesmith/trainer';
import { beforeEach, describe, expect, it } from 'vitest';
import { evaluate, eventsIn, generate, merge, parseRecipe, report, train } from '../index.ts';

/** As a page has it: one file that a person chose, a model behind an address, and what the browser computes with. */
let files: Files;
const models = { '@tunesmith/nano': nodeFiles(modelDirectory) };
const devices = createDeviceSet([cpuDevice]);
const around = (): { files: Files; models: typeof models; devices: typeof devices } => ({
  files,
  models,
  devices,
});

const recipe: RecipeInput = parseRecipe(`
model: '@tunesmith/nano'
data:
  - { path: opposites.jsonl, limit: 3 }
  - { path: ./unseen.jsonl, split: heldout }
method: { name: lora, r: 2, targets: all-linear }
training: { steps: 2, batch_size: 2, max_length: 32, checkpoint_every: 1, optimizer: { learning_rate: 0.01 } }
evaluation: { tasks: [heldout], max_new_tokens: 2 }
output: runs/opposites
`);

beforeEach(() => {
  const rows = ['big small', 'up down', 'in out', 'wet dry'].map((pair) => {
    const [input, output] = pair.split(' ');
    return JSON.stringify({ instruction: 'Write the opposite.', input, output });
  });
  files = memoryFiles({ 'opposites.jsonl': rows.join('\n'), 'unseen.jsonl': rows.at(-1)! });
});

describe('a recipe over files in memory', { timeout: 120_000 }, () => {
  it('is tuned, measured, merged and asked like one over folders', async () => {
    const run = await train(recipe, around());
    expect(run).toMatchObject({
      reason: 'done',
      step: 2,
      directory: 'runs/opposites',
      adapter: 'runs/opposites/adapter',
    });
    expect(await files.list('runs/opposites')).toEqual([
      'data-report.json',
      'events.jsonl',
      'recipe.yaml',
      'report.html',
      'results.json',
    ]);
    const events = eventsIn(await readText(files, 'runs/opposites/events.jsonl'));
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(2);

    const { adapter } = run;
    const measured = await evaluate(recipe, { ...around(), adapter: adapter!, compare: true });
    expect(measured.evaluation.tasks).toEqual(run.after!.tasks);
    expect(measured.base!.tasks).toEqual(run.before!.tasks);

    const model = 'merged';
    const merged = await merge({
      ...around(),
      model: recipe.model as string,
      adapter: adapter!,
      out: model,
    });
    expect(merged).toMatchObject({ directory: 'merged', changed: 42 });
    const asked = { prompts: ['The opposite of big is'], maximumTokens: 3, ignoreEnd: true };
    const [one] = await generate({ ...around(), ...asked, model });
    const [other] = await generate({
      ...around(),
      ...asked,
      model: recipe.model as string,
      adapter: adapter!,
    });
    expect(one!.text).toBe(other!.text);
  });

  it('goes on from a store of checkpoints, to the same numbers', async () => {
    const short = { ...recipe, evaluation: { tasks: [] } };
    const stopped = new AbortController();
    const checkpoints = memoryCheckpoints();
    const first = await train(short, {
      ...around(),
      checkpoints,
      signal: stopped.signal,
      onEvent: (event) => event.type === 'step' && stopped.abort(),
    });
    expect(first).toMatchObject({ reason: 'interrupted', step: 1 });
    const second = await train(short, { ...around(), checkpoints, resume: true });
    expect(second).toMatchObject({ reason: 'done', step: 2 });
    const whole = await train(short, { ...around(), overrides: ['output=runs/whole'] });
    expect(whole.step).toBe(2);
    const lossesOf = async (folder: string): Promise<number[]> =>
      eventsIn(await readText(files, `${folder}/events.jsonl`)).flatMap((event) =>
        event.type === 'step' ? [event.loss] : [],
      );
    expect(await lossesOf('runs/opposites')).toEqual(await lossesOf('runs/whole'));
    const page = await report(filesBelow(files, 'runs/whole'));
    expect(page).toContain('<html');
  });

  it('replaces an earlier run only where that is asked for', async () => {
    const measuring = { ...recipe, method: 'none' };
    await train(measuring, around());
    await files.write('runs/opposites/adapter/adapter_config.json', '{}');
    await expect(train(measuring, around())).rejects.toThrow(
      'a run is in memory:runs/opposites already',
    );
    await train(measuring, { ...around(), overwrite: true });
    expect(await files.list('runs/opposites/adapter')).toEqual([]);
  });
});

it.each([
  [{ ...recipe, plugins: ['@tunesmith/collection'] }, 'plugins of a recipe'],
  [{ ...recipe, artifacts: { prompts: 'runs/a' } }, 'artifacts of a recipe'],
  [
    {
      model: '@tunesmith/nano',
      stages: [{ job: 'train', name: 'one', method: 'lora', data: [{ path: 'opposites.jsonl' }] }],
      output: 'runs/x',
    },
    'stages of a recipe',
  ],
] as [RecipeInput, string][])(
  'what only folders have is refused by name: %#',
  async (given, message) => {
    await expect(train(given, around())).rejects.toThrow(message);
  },
);
