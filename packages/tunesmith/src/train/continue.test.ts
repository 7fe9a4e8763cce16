import {
  appendFile,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecipeInput, RunEvent } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readEvents } from '../run/event-log.ts';
import { train } from './train.ts';

const fixtures = fileURLToPath(new URL('../../../testing/fixtures', import.meta.url));

let home: string;
let base: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'continue-'));
  base = join(home, 'base');
  await cp(join(fixtures, 'peft', 'base_llama'), base, { recursive: true });
  const rows = Array.from({ length: 12 }, (_, row) => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return JSON.stringify({ input_ids: ids, labels: ids });
  });
  await writeFile(join(home, 'rows.jsonl'), `${rows.join('\n')}\n`);
});

const recipe = (output: string, steps = 6): RecipeInput => ({
  model: base,
  data: [{ path: join(home, 'rows.jsonl'), format: 'tokenized', held_out: 0.3 }],
  method: { name: 'lora', r: 2, dropout: 0.1 },
  training: {
    steps,
    batch_size: 2,
    max_length: 16,
    checkpoint_every: 2,
    schedule: { name: 'constant' },
  },
  evaluation: { every: 2, tasks: ['heldout'] },
  output: join(home, output),
});

/** Runs it up to step 3, as Ctrl-C would end it. */
async function interrupted(output: string): Promise<string> {
  const controller = new AbortController();
  await train(recipe(output), {
    signal: controller.signal,
    onEvent: (event) => event.type === 'step' && event.step === 3 && controller.abort(),
  });
  return join(home, output);
}

const weights = (run: string, part = 'adapter') =>
  readFile(join(run, part, 'adapter_model.safetensors'));
const stepsOf = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event.step] : []));

/** Every file below a folder with its bytes. */
async function contents(folder: string): Promise<Record<string, string>> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  const read = async (path: string): Promise<[string, string]> => [
    path,
    (await readFile(path)).toString('base64'),
  ];
  return Object.fromEntries(
    await Promise.all(files.map((entry) => read(join(entry.parentPath, entry.name)))),
  );
}

describe('a run that is resumed', () => {
  test('is the folder named, wherever it was moved or copied to', async () => {
    const whole = await train(recipe('whole'));
    const first = await interrupted('first');
    await rename(first, join(home, 'moved'));
    await cp(join(home, 'moved'), join(home, 'copy'), { recursive: true });
    const before = await contents(join(home, 'moved'));
    const copy = await train(join(home, 'copy'), { resume: true });
    expect(copy.directory).toBe(join(home, 'copy'));
    expect(await weights(copy.directory)).toEqual(await weights(whole.directory));
    expect(await contents(join(home, 'moved'))).toEqual(before);
    const moved = await train(join(home, 'moved', 'recipe.yaml'), { resume: true });
    expect(await weights(moved.directory)).toEqual(await weights(whole.directory));
    expect(await readdir(home)).not.toContain('first');
    expect(stepsOf(await readEvents(join(moved.directory, 'events.jsonl')))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });

  test.each<[string, Partial<RecipeInput>, RegExp]>([
    [
      'the method',
      { method: { name: 'lora', r: 2, dropout: 0.5 } },
      /method\.dropout was 0\.1 and is 0\.5/,
    ],
    ['the template', { template: 'headed' }, /template was "plain" and is "headed"/],
    [
      'what is held out',
      { evaluation: { every: 3, tasks: ['heldout'] } },
      /evaluation\.every was 2 and is 3/,
    ],
  ])('is refused where %s is another one, and no file changes', async (_, change, message) => {
    const run = await interrupted('run');
    const before = await contents(run);
    await expect(train({ ...recipe('run'), ...change }, { resume: true })).rejects.toThrow(message);
    expect(await contents(run)).toEqual(before);
  });

  test('is refused where the model has another configuration', async () => {
    const run = await interrupted('run');
    const path = join(base, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, rms_norm_eps: 0.01 }));
    await expect(train(recipe('run'), { resume: true })).rejects.toThrow(
      /model\.configuration\.rms_norm_eps was .* and is 0\.01/,
    );
    expect(await readdir(run)).not.toContain('adapter');
  });

  test('is refused where a plugin that it uses was changed', async () => {
    const plugin = `export const plugins = [{ kind: 'prompt-template', value: { specVersion: 2, name: 'mine', description: 'Mine.', messages: () => [] } }];`;
    await writeFile(join(home, 'mine.mjs'), plugin);
    const plugged = { ...recipe('run'), plugins: [join(home, 'mine.mjs')] };
    await train(plugged);
    await appendFile(join(home, 'mine.mjs'), '\n// changed');
    await expect(train(plugged, { resume: true })).rejects.toThrow(
      /plugins\.continue-\w+\/mine\.mjs was "sha256:/,
    );
  });

  test('may be lengthened, and its recipe says so', async () => {
    const whole = await train(recipe('whole', 9));
    const { directory } = await train(recipe('run'));
    const events: RunEvent[] = [];
    const longer = await train(directory, {
      resume: true,
      overrides: ['training.steps=9'],
      onEvent: (event) => events.push(event),
    });
    expect(stepsOf(events)).toEqual([7, 8, 9]);
    expect(await weights(directory)).toEqual(await weights(whole.directory));
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'lengthened' }));
    const left = parse(await readFile(join(directory, 'recipe.yaml'), 'utf8')) as RecipeInput;
    expect(left.training?.steps).toBe(9);
    const logged = await readEvents(join(directory, 'events.jsonl'));
    expect(stepsOf(logged)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(logged.filter(({ type }) => type === 'end')).toHaveLength(1);
    expect(longer.after?.overall).toEqual(whole.after?.overall);
  });

  test('is not overwritten at the same time', async () => {
    const run = await interrupted('run');
    const before = await contents(run);
    await expect(train(recipe('run'), { resume: true, overwrite: true })).rejects.toMatchObject({
      code: 'conflicting-options',
    });
    expect(await contents(run)).toEqual(before);
  });
});

describe('a run that is overwritten', () => {
  test('goes on with its own adapter, which stays until the new one is written', async () => {
    const { directory } = await train(recipe('run'));
    const first = await weights(directory);
    const { method: _, ...rest } = recipe('run');
    const further = { ...rest, adapter: { from: join(directory, 'adapter') } };
    const seen: Buffer[] = [];
    const controller = new AbortController();
    await train(further, {
      overwrite: true,
      signal: controller.signal,
      onEvent: (event) => event.type === 'step' && event.step === 3 && controller.abort(),
    });
    seen.push(await weights(directory), await weights(directory, 'start'));
    expect(seen).toEqual([first, first]);

    await train(directory, { resume: true });
    const second = await weights(directory);
    expect(second).not.toEqual(first);
    expect(await weights(directory, 'start')).toEqual(first);
    // The recipe that it left does the same again.
    await train(directory, { overwrite: true });
    expect(await weights(directory)).toEqual(second);
  });

  test('keeps a model that the recipe reads', async () => {
    const full = { ...recipe('run'), method: 'full' };
    const { directory, model } = await train(full);
    const before = await contents(directory);
    for (const method of ['full', 'lora']) {
      await expect(
        train({ ...recipe('run'), method, model: model! }, { overwrite: true }),
      ).rejects.toThrow(/is the model that the recipe reads, and overwriting .* would remove it/);
    }
    expect(await contents(directory)).toEqual(before);
  });

  test('is refused where the folder is not a run but holds the model', async () => {
    await writeFile(join(home, 'recipe.yaml'), '# mine');
    const before = await contents(home);
    await expect(train({ ...recipe('.') }, { overwrite: true })).rejects.toThrow(
      /holds no run, so it will not be overwritten; it holds the model, the data that the recipe reads/,
    );
    expect(await contents(home)).toEqual(before);
  });

  test('loses nothing where the recipe turns out to be wrong', async () => {
    const { directory } = await train(recipe('run'));
    const before = await contents(directory);
    await expect(
      train({ ...recipe('run'), method: { name: 'lora', targets: ['no'] } }, { overwrite: true }),
    ).rejects.toThrow('matches no linear map');
    expect(await contents(directory)).toEqual(before);
  });
});

test('an adapter that was made for another base warns when it is trained further', async () => {
  const { adapter } = await train(recipe('run'));
  const other = join(home, 'other');
  await cp(base, other, { recursive: true });
  const path = join(other, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, rms_norm_eps: 0.01 }));
  const { method: _, ...rest } = recipe('further');
  const warned = async (model: string): Promise<string[]> => {
    const codes: string[] = [];
    await rm(join(home, 'further'), { recursive: true, force: true });
    await train(
      { ...rest, model, adapter: { from: adapter! } },
      { onEvent: (event) => event.type === 'warning' && codes.push(event.code) },
    );
    return codes;
  };
  expect(await warned(base)).toEqual([]);
  expect(await warned(other)).toEqual(['other-base-model']);
});
