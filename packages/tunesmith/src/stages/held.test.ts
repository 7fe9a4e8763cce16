import { appendFile, cp, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeInput } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { runStages, type StagesOptions } from './run.ts';

const model = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

/** `up` and `other` stand by themselves; `merged` builds on `up`, and `last` on `merged`. */
const recipe = (home: string): RecipeInput => ({
  model,
  training: { steps: 1, max_length: 16, checkpoint_every: 1 },
  evaluation: { tasks: [] },
  output: join(home, 'run'),
  stages: [
    { name: 'up', job: 'train', data: [{ path: join(home, 'up.jsonl') }], method: 'lora' },
    { name: 'other', job: 'train', data: [{ path: join(home, 'other.jsonl') }], method: 'bitfit' },
    { name: 'merged', job: 'merge', adapter: { from: 'stages.up.adapter' } },
    {
      name: 'last',
      job: 'train',
      model: 'stages.merged.model',
      data: [{ path: join(home, 'other.jsonl') }],
      method: 'lora',
    },
  ],
});

const rows = (first: number): string =>
  [0, 1, 2, 3]
    .map((more) => Array.from({ length: 6 }, (_, index) => first + more + index))
    .map((input_ids) => `${JSON.stringify({ input_ids, labels: input_ids })}\n`)
    .join('');

let home: string;
const stage = (name: string, ...parts: string[]): string =>
  join(home, 'run', 'stages', name, ...parts);
const goOn = async (given: RecipeInput | string = recipe(home), options: StagesOptions = {}) => {
  const warnings: string[] = [];
  const { stages } = await runStages(given, {
    ...options,
    resume: true,
    onEvent: (event, name) => {
      options.onEvent?.(event, name);
      if (event.type === 'warning' && name === undefined) warnings.push(event.message);
    },
  });
  return { reasons: stages.map(({ reason }) => reason), warnings };
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'held-'));
  await writeFile(join(home, 'up.jsonl'), rows(8));
  await writeFile(join(home, 'other.jsonl'), rows(16));
  await runStages(recipe(home));
});

describe('a run that goes on, of which all stages are finished,', () => {
  test('keeps them', async () => {
    expect(await goOn()).toEqual({ reasons: ['kept', 'kept', 'kept', 'kept'], warnings: [] });
  });

  test('runs again a stage of which files are gone, and what builds on it', async () => {
    const whole = await readFile(stage('last', 'adapter', 'adapter_model.safetensors'));
    await rm(stage('up', 'adapter'), { recursive: true });
    const { reasons, warnings } = await goOn();
    expect(reasons).toEqual(['done', 'kept', 'done', 'done']);
    expect(warnings).toEqual([
      expect.stringMatching(/^stage "up" is run again: adapter\/.* that it left are gone$/),
      'stage "merged" is run again: it builds on stage "up"',
      'stage "last" is run again: it builds on stage "merged"',
    ]);
    expect(
      (await readFile(stage('last', 'adapter', 'adapter_model.safetensors'))).equals(whole),
    ).toBe(true);
    expect((await goOn()).reasons).toEqual(['kept', 'kept', 'kept', 'kept']);
  });

  test('runs all of them again without their folders', async () => {
    await rm(join(home, 'run', 'stages'), { recursive: true });
    expect((await goOn()).reasons).toEqual(['done', 'done', 'done', 'done']);
  });

  test('still knows what is to be done again when it was interrupted over that', async () => {
    await rm(stage('merged'), { recursive: true });
    const controller = new AbortController();
    const first = await goOn(recipe(home), {
      signal: controller.signal,
      onEvent: ({ type }) => {
        if (type === 'stage-start') controller.abort();
      },
    });
    expect(first.reasons.slice(0, 2)).toEqual(['kept', 'kept']);
    expect((await goOn()).reasons.slice(-1)).toEqual(['done']);
    expect((await goOn()).reasons).toEqual(['kept', 'kept', 'kept', 'kept']);
  });

  test('takes another recipe for a stage whose folder was deleted', async () => {
    await rm(stage('last'), { recursive: true });
    const { reasons } = await goOn(recipe(home), { overrides: ['stages.last.training.steps=2'] });
    expect(reasons).toEqual(['kept', 'kept', 'kept', 'done']);
  });

  test('refuses a file of a stage that is not as it was written, even with the size and time that it had', async () => {
    const file = stage('merged', 'model', 'model.safetensors');
    const { atime, mtime } = await stat(file);
    const bytes = await readFile(file);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(file, bytes);
    await utimes(file, atime, mtime);
    const failed = goOn();
    await expect(failed).rejects.toMatchObject({ code: 'changed-output' });
    await expect(failed).rejects.toThrow(
      /stage "merged" is finished, and what it left in .*merged is not as it was written: model\/model.safetensors: sha256 was [0-9a-f]{12}… and is [0-9a-f]{12}…; accepted: .*merged deleted, .*--overwrite/,
    );
    expect((await readFile(file)).equals(bytes)).toBe(true);
  });

  test('refuses data that a stage read and that is another one now', async () => {
    await appendFile(join(home, 'up.jsonl'), rows(20));
    const failed = goOn();
    await expect(failed).rejects.toMatchObject({ code: 'changed-input' });
    await expect(failed).rejects.toThrow(
      /stage "up" is finished, and what it read has changed: the data .*up\.jsonl: sha256 was [0-9a-f]{12}… and is [0-9a-f]{12}…/,
    );
  });

  test('is the same run after it was copied, and with data that was written again as it was', async () => {
    await writeFile(join(home, 'up.jsonl'), rows(8));
    await cp(join(home, 'run'), join(home, 'copy'), { recursive: true });
    const { reasons } = await goOn(join(home, 'copy'));
    expect(reasons).toEqual(['kept', 'kept', 'kept', 'kept']);
  });
});
