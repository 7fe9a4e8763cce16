import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, type DataSource, type RecipeInput } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { evaluate } from '../evaluate.ts';
import { merge } from '../merge.ts';
import { report } from '../report.ts';
import { readEvents } from '../run/event-log.ts';
import { tunedModel } from '../run/tuned-model.ts';
import { openSession } from '../open-session.ts';
import { train } from '../train/train.ts';
import { runStages, type StagesOptions } from './run.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

const counting: DataSource = {
  specVersion: 2,
  name: 'counting',
  description: 'Runs of consecutive tokens, up or down.',
  splits: ['train', 'heldout'],
  options: {
    type: 'object',
    properties: { way: { type: 'string', description: 'up or down' } },
    required: ['way'],
  },
  *records({ split, options: { way } }) {
    for (let first = 8; first < 32; first += 2) {
      const input_ids = Array.from({ length: 6 }, (_, i) => first + (way === 'up' ? i : 6 - i));
      yield { id: `${split} ${first}`, input_ids, labels: input_ids };
    }
  },
};
const plugins = [definePlugin('data-source', counting)];

let output: string;
beforeEach(async () => {
  output = join(await mkdtemp(join(tmpdir(), 'stages-')), 'run');
});

const data = (way: string) => [{ source: { name: 'counting', way } }];
/** Learn to count up, make that a model, learn to count down on top of it. */
const recipe = (): RecipeInput => ({
  model,
  training: { steps: 3, max_length: 16, checkpoint_every: 1 },
  evaluation: { tasks: [] },
  seed: 4,
  output,
  stages: [
    { name: 'up', job: 'train', data: data('up'), method: 'lora' },
    { name: 'merged', job: 'merge', adapter: { from: 'stages.up.adapter' } },
    {
      name: 'down',
      job: 'train',
      model: 'stages.merged.model',
      data: data('down'),
      method: { name: 'lora', r: 4 },
    },
  ],
});
const run = (given: RecipeInput | string = recipe(), options: StagesOptions = {}) =>
  runStages(given, { plugins, ...options });
const stage = (name: string) => join(output, 'stages', name);
const adapterOf = (name: string) =>
  readFile(join(stage(name), 'adapter', 'adapter_model.safetensors'));

describe('a staged run', () => {
  test('does one job after the other, each in a run folder of its own', async () => {
    const summary = await run();
    expect(summary.stages.map(({ name, reason }) => [name, reason])).toEqual([
      ['up', 'done'],
      ['merged', 'done'],
      ['down', 'done'],
    ]);
    const down = await openSession({ model: stage('down') });
    expect(down.model.files?.locate()).toBe(join(stage('merged'), 'model'));
    await down.close();
    const events = await readEvents(join(output, 'events.jsonl'));
    expect(events.map(({ type, ...event }) => [type, 'stage' in event && event.stage])).toEqual([
      ['stage-start', 'up'],
      ['stage-end', 'up'],
      ['stage-start', 'merged'],
      ['stage-end', 'merged'],
      ['stage-start', 'down'],
      ['stage-end', 'down'],
    ]);
    const page = await readFile(join(output, 'report.html'), 'utf8');
    for (const name of ['up', 'merged', 'down']) expect(page).toContain(`<h1>${name}</h1>`);
  });

  test('what the recipe says for all stages holds for each that does not say otherwise', async () => {
    await run(recipe(), { overrides: ['stages.down.training.steps=2', 'stages.down.seed=9'] });
    const text = (name: string) => readFile(join(stage(name), 'recipe.yaml'), 'utf8');
    expect(await text('up')).toMatch(/steps: 3[\s\S]*seed: 4/);
    expect(await text('down')).toMatch(/steps: 2[\s\S]*seed: 9/);
  });

  test('commands take a stage for a run, and the whole for what its last stage left', async () => {
    await run();
    const merged = await merge({ model: stage('up'), out: join(output, '..', 'again') });
    expect(merged.changed).toBeGreaterThan(0);
    expect(await tunedModel(output)).toMatchObject({ adapter: join(stage('down'), 'adapter') });
    expect(await tunedModel(stage('merged'))).toMatchObject({
      model: join(stage('merged'), 'model'),
    });
    await report([stage('down')]);
    await report([stage('up'), stage('down')], { out: join(output, '..', 'both.html') });
    await expect(train(output, { plugins, resume: true })).rejects.toMatchObject({
      code: 'staged-recipe',
    });
    await expect(evaluate(output, { plugins })).rejects.toThrow('this recipe has 3 stages');
  });
});

describe('a staged run that goes on', () => {
  test('keeps what is finished, and ends as if it had not been interrupted', async () => {
    await run();
    const whole = await adapterOf('down');
    await rm(output, { recursive: true });

    const controller = new AbortController();
    const first = await run(recipe(), {
      signal: controller.signal,
      onEvent: (event, name) => {
        if (name === 'down' && event.type === 'step' && event.step === 1) controller.abort();
      },
    });
    expect(first.stages.map(({ reason }) => reason)).toEqual(['done', 'done', 'interrupted']);
    const before = await readFile(join(stage('up'), 'events.jsonl'), 'utf8');

    const second = await run(output, { resume: true });
    expect(second.stages.map(({ reason }) => reason)).toEqual(['kept', 'kept', 'done']);
    expect(await readFile(join(stage('up'), 'events.jsonl'), 'utf8')).toBe(before);
    expect((await adapterOf('down')).equals(whole)).toBe(true);
    const events = await readEvents(join(stage('down'), 'events.jsonl'));
    expect(events.find(({ type }) => type === 'resume')).toMatchObject({ step: 1 });
  });

  test('does a merge again whose end was not written down', async () => {
    await run();
    const file = join(output, 'events.jsonl');
    const lines = (await readFile(file, 'utf8')).split('\n');
    // As after a kill between the end of the job and the line that says so.
    await writeFile(file, `${lines.slice(0, 3).join('\n')}\n`);
    const again = await run(output, { resume: true });
    expect(again.stages.map(({ reason }) => reason)).toEqual(['kept', 'done', 'done']);
  });

  test('refuses another recipe for a finished stage by its name, and takes one for a later stage', async () => {
    await run();
    await expect(
      run(output, { resume: true, overrides: ['stages.up.training.steps=5'] }),
    ).rejects.toThrow('stage "up" is finished, and the recipe now says something else of it');
    await expect(run(output, { resume: true, overrides: ['seed=1'] })).rejects.toMatchObject({
      code: 'changed-stage',
    });
    const longer = recipe();
    const more = { name: 'last', job: 'evaluate', model: 'stages.merged.model' } as const;
    const result = await run(
      { ...longer, stages: [...longer.stages!, { ...more, data: data('down') }] },
      { resume: true },
    );
    expect(result.stages.map(({ reason }) => reason)).toEqual(['kept', 'kept', 'kept', 'done']);
    await expect(
      run(
        { ...longer, stages: [{ ...more, name: 'new', model }, ...longer.stages!] },
        { resume: true },
      ),
    ).rejects.toMatchObject({ code: 'changed-order' });
  });

  test('overwrites only what the stages wrote, and leaves nothing of theirs that could seem finished', async () => {
    await run();
    await expect(run()).rejects.toMatchObject({ code: 'output-exists' });
    await writeFile(join(stage('merged'), 'notes.txt'), 'mine');
    const shorter = recipe();
    await run({ ...shorter, stages: shorter.stages!.slice(0, 1) }, { overwrite: true });
    expect(await readdir(join(output, 'stages'))).toEqual(['merged', 'up']);
    expect(await readdir(stage('merged'))).toEqual(['notes.txt']);

    await writeFile(join(stage('up'), 'recipe.yaml'), 'edited: true');
    await expect(run(recipe(), { overwrite: true })).rejects.toThrow(
      'stages/up/recipe.yaml is not as the run wrote it',
    );
  });
});

describe('before anything runs, it is an error', () => {
  const withModel = (reference: string) => {
    const given = recipe();
    const [up, merged, down] = given.stages!;
    return { ...given, stages: [up!, merged!, { ...down!, model: reference }] };
  };
  test.each([
    ['stages.merge.model', 'unknown-stage', 'nearest: "stages.merged.model"'],
    ['stages.down.model', 'later-stage', 'a stage cannot build on itself'],
    ['stages.merged.adapter', 'unknown-artifact', 'stage "merged" leaves its model'],
    ['stages.merged', 'unknown-artifact', 'accepted: stages.merged.model'],
    ['stages.up.adapter', 'wrong-artifact', 'model is wanted there; accepted: stages.merged.model'],
  ])('to name %s as the model', async (reference, code, message) => {
    const failed = run(withModel(reference));
    await expect(failed).rejects.toMatchObject({ code });
    await expect(failed).rejects.toThrow(message);
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });

  test('to build on a stage that comes later', async () => {
    const given = recipe();
    const [up, merged, down] = given.stages!;
    await expect(run({ ...given, stages: [up!, down!, merged!] })).rejects.toThrow(
      'stages.down.model is "stages.merged.model": stage "merged" comes later',
    );
  });

  test.each([
    [{ method: 'lorra' }, 'there is no method named "lorra"'],
    [{ method: { name: 'lora', rr: 3 } }, '"rr" is not a known key'],
    [{ trianing: {} }, '"stages[2].trianing" is not a known key; nearest: "training"'],
    [{ job: 'trian' }, 'trian'],
    [{ name: 'up' }, 'two stages are named "up"'],
    [{ name: 'Up' }, 'stages are named "up" and "Up", which differ only in letter case'],
    [{ data: [{ path: 'nowhere.jsonl' }] }, 'nowhere.jsonl'],
  ])('to say of the last stage %j', async (change, message) => {
    const given = recipe();
    const [up, merged, down] = given.stages!;
    const stages = [up!, merged!, { ...down!, ...change } as typeof down & object];
    await expect(run({ ...given, stages })).rejects.toThrow(message);
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });

  test('to say beside stages what belongs in one', async () => {
    await expect(run({ ...recipe(), method: 'lora' })).rejects.toThrow(
      'both stages and method are given; accepted: method in the stage that it is for',
    );
  });
});
