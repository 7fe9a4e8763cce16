import { spawn } from 'node:child_process';
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@tunesmith/schema';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkRunFolder, type RunIntent } from './check-folder.ts';
import { openEventLog, readEvents } from './event-log.ts';
import { openRunFolder } from './folder.ts';
import { processStart } from './process-start.ts';

let home: string;
let run: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'run-'));
  run = join(home, 'run');
});

const adapterFiles = ['adapter/adapter_config.json', 'adapter/adapter_model.safetensors'];

/** Writes what a run with an adapter writes, as `intent` has it. */
async function write(intent: Partial<RunIntent> = {}, text = 'new'): Promise<void> {
  const writes = intent.writes ?? adapterFiles;
  const folder = await openRunFolder({ directory: run, writes, ...intent });
  await folder.claim(`recipe ${text}`);
  await writeFile(folder.recipe, `recipe ${text}`);
  await writeFile(folder.events, text);
  for (const path of writes.filter((path) => !path.startsWith('start/'))) {
    await mkdir(join(run, path, '..'), { recursive: true });
    await writeFile(join(run, path), text);
  }
  await folder.release();
}

const check = (intent: Partial<RunIntent> = {}) =>
  checkRunFolder({ directory: run, writes: adapterFiles, ...intent });

describe('a new run', () => {
  test('makes its folder, or takes an empty one', async () => {
    await mkdir(run);
    await write();
    expect((await readdir(run)).toSorted()).toEqual(
      ['adapter', 'events.jsonl', 'recipe.yaml', 'run.json'].toSorted(),
    );
  });

  test('is refused a folder that is not empty, and nothing in it is touched', async () => {
    await mkdir(run);
    await writeFile(join(run, 'recipe.yaml'), 'mine');
    await expect(write()).rejects.toThrow('is not empty; accepted: a new folder');
    expect(await readdir(run)).toEqual(['recipe.yaml']);
  });

  test('is refused a file in place of the folder', async () => {
    await writeFile(run, '');
    await expect(check()).rejects.toThrow('a part of the path is no folder (ENOTDIR)');
    await expect(write()).rejects.toThrow('cannot be used: ');
  });

  test('that ends before it has claimed its folder leaves none that it made', async () => {
    const folder = await openRunFolder({ directory: join(home, 'deep', 'run') });
    await folder.release();
    expect(await readdir(home)).toEqual([]);
  });

  test('takes a folder in which only a killed process left a half-written file', async () => {
    await mkdir(run);
    await writeFile(join(run, '.run.json.4711.0123abcd.tmp'), '{"form');
    await write();
    expect(await readdir(run)).not.toContain('.run.json.4711.0123abcd.tmp');
  });
});

describe('overwriting', () => {
  const overwrite = true;

  test('removes what the run wrote and nothing else, also inside of its folders', async () => {
    await write({}, 'old');
    await writeFile(join(run, 'notes.txt'), 'mine');
    await writeFile(join(run, 'adapter', 'README.md'), 'mine');
    await write({ overwrite, writes: ['model'] });
    expect((await readdir(run)).toSorted()).toEqual([
      'adapter',
      'events.jsonl',
      'model',
      'notes.txt',
      'recipe.yaml',
      'run.json',
    ]);
    expect(await readdir(join(run, 'adapter'))).toEqual(['README.md']);
  });

  test('is refused a folder that no run marked, whatever the files in it are called', async () => {
    await mkdir(join(run, 'checkpoints'), { recursive: true });
    await writeFile(join(run, 'recipe.yaml'), 'mine');
    await writeFile(join(run, 'events.jsonl'), 'mine');
    await expect(write({ overwrite })).rejects.toMatchObject({ code: 'not-a-run' });
    expect((await readdir(run)).toSorted()).toEqual(['checkpoints', 'events.jsonl', 'recipe.yaml']);
  });

  test('says once what the recipe reads of a folder that no run marked', async () => {
    await mkdir(run);
    const paths = ['a.jsonl', 'b.jsonl'].map((name) => join(run, name));
    for (const path of paths) await writeFile(path, 'mine');
    const inputs = paths.map((path) => ({ what: 'the data', path }));
    await expect(check({ overwrite, inputs })).rejects.toThrow(
      'so it will not be overwritten; it holds the data that the recipe reads',
    );
  });

  test.each(['../precious', '/etc/passwd', 'adapter/../../precious', 'adapter/..', 'notes.txt'])(
    'is refused where the marker claims %s, which no run writes',
    async (path) => {
      await write();
      const marker = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as object;
      await writeFile(join(run, 'run.json'), JSON.stringify({ ...marker, wrote: [path] }));
      await expect(check({ overwrite })).rejects.toMatchObject({ code: 'not-a-run' });
    },
  );

  test('says so where such a folder holds what the recipe reads', async () => {
    await mkdir(join(run, 'model'), { recursive: true });
    const inputs = [{ what: 'the model', path: join(run, 'model') }];
    await expect(check({ overwrite, inputs })).rejects.toThrow(
      'holds no run, so it will not be overwritten; it holds the model that the recipe reads',
    );
  });

  test('is refused where somebody put something of their own in the place of what it writes', async () => {
    await write();
    await mkdir(join(run, 'model'));
    await expect(check({ overwrite, writes: ['model'] })).rejects.toThrow(
      /run\/model stands where the run would write, and no run wrote it/,
    );
    await check({ overwrite });
  });

  test('does not follow a link that took the place of a folder', async () => {
    await write();
    await rename(join(run, 'adapter'), join(home, 'elsewhere'));
    await symlink(join(home, 'elsewhere'), join(run, 'adapter'));
    await expect(check({ overwrite })).rejects.toThrow('adapter (a link) stands where');
  });

  test('is refused a recipe that was changed by hand', async () => {
    await write();
    await appendFile(join(run, 'recipe.yaml'), '# my notes');
    await expect(check({ overwrite })).rejects.toThrow('recipe.yaml is not as the run wrote it');
  });

  test.each([
    ['by its path', () => join(run, 'model')],
    ['by a detour', () => join(home, 'run', '..', 'run', 'model')],
    ['by a link to it', () => join(home, 'link')],
    ['by a link to the folder', () => join(home, 'other', 'model')],
    ['as a file in it', () => join(run, 'model', 'model.safetensors')],
  ])('never removes a model that the recipe reads %s', async (_, path) => {
    const writes = ['model'];
    const folder = await openRunFolder({ directory: run, writes });
    await folder.claim('recipe');
    await mkdir(folder.model);
    await writeFile(join(folder.model, 'model.safetensors'), 'weights');
    await folder.release();
    await symlink(folder.model, join(home, 'link'));
    await symlink(run, join(home, 'other'));
    const inputs = [{ what: 'the model', path: path() }];
    for (const next of [writes, adapterFiles]) {
      await expect(check({ overwrite, writes: next, inputs })).rejects.toMatchObject({
        code: 'output-is-input',
      });
    }
  });

  test('never removes data that the recipe reads', async () => {
    await write();
    const inputs = [{ what: 'the data', path: join(run, 'events.jsonl') }];
    await expect(check({ overwrite, inputs })).rejects.toThrow(
      /events\.jsonl is the data that the recipe reads, and overwriting .* would remove it/,
    );
  });

  test('never removes files that a folder elsewhere links to, where the recipe reads that', async () => {
    await write();
    const linked = join(home, 'linked');
    await mkdir(linked);
    await symlink(join(run, 'adapter/adapter_model.safetensors'), join(linked, 'weights'));
    const inputs = [{ what: 'the adapter', path: linked, role: 'adapter' as const }];
    await expect(check({ overwrite, inputs })).rejects.toMatchObject({ code: 'output-is-input' });
  });

  test('keeps the adapter that the run goes on with, and a copy of it as it was', async () => {
    await write({}, 'first');
    const writes = [
      ...adapterFiles,
      ...adapterFiles.map((path) => path.replace('adapter', 'start')),
    ];
    const inputs = [{ what: 'the adapter', path: join(run, 'adapter'), role: 'adapter' as const }];
    const folder = await openRunFolder({ directory: run, overwrite, writes, inputs });
    await folder.claim('recipe');
    await folder.release();
    for (const part of ['adapter', 'start'])
      expect(await readFile(join(run, part, 'adapter_model.safetensors'), 'utf8')).toBe('first');
    expect(await readdir(run)).not.toContain('events.jsonl');
  });
});

describe('resuming', () => {
  test('needs a run', async () => {
    await expect(check({ resume: true })).rejects.toThrow('there is no run in');
    await mkdir(run);
    await writeFile(join(run, 'events.jsonl'), '');
    await expect(check({ resume: true })).rejects.toThrow('there is no run in');
  });

  test('is refused where the run would write to what the recipe reads', async () => {
    await write();
    const inputs = [{ what: 'the data', path: join(run, 'events.jsonl') }];
    await expect(check({ resume: true, inputs })).rejects.toThrow(
      /is the data that the recipe reads, and going on in .* would write there/,
    );
  });

  test('and overwriting at once is refused', async () => {
    await write();
    await expect(check({ resume: true, overwrite: true })).rejects.toMatchObject({
      code: 'conflicting-options',
    });
  });
});

describe('two processes in one folder', () => {
  test('the second one is told, and may have the folder when the first is done', async () => {
    const first = await openRunFolder({ directory: run });
    for (const intent of [{}, { resume: true }, { overwrite: true }])
      await expect(check(intent)).rejects.toThrow(
        `another process (${process.pid}) is writing the run in ${run}`,
      );
    await expect(openRunFolder({ directory: run })).rejects.toMatchObject({ code: 'run-locked' });
    await first.release();
    await mkdir(run);
    await (await openRunFolder({ directory: run })).release();
    expect(await readdir(run)).toEqual([]);
  });

  test('a killed one is no obstacle', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await new Promise((resolve) => child.once('spawn', resolve));
    const started = await processStart(child.pid!);
    const folder = await openRunFolder({ directory: run });
    const path = join(run, 'run.lock');
    const lock = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...lock, token: 'x', pid: child.pid, started }));
    await folder.release();
    await expect(check()).rejects.toThrow(`another process (${child.pid})`);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    await (await openRunFolder({ directory: run })).release();
  });

  test('a later process with the number of a dead one is no obstacle', async () => {
    const folder = await openRunFolder({ directory: run });
    const path = join(run, 'run.lock');
    const lock = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...lock, token: 'x', started: 'long ago' }));
    await check();
    await folder.release();
  });

  test('a copy of a folder that is being written to is free', async () => {
    const folder = await openRunFolder({ directory: run });
    await cp(run, join(home, 'copy'), { recursive: true });
    await (await openRunFolder({ directory: join(home, 'copy') })).release();
    await folder.release();
  });

  test('a process on another machine counts as long as it is heard of', async () => {
    const folder = await openRunFolder({ directory: run });
    const path = join(run, 'run.lock');
    const lock = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...lock, token: 'x', host: 'elsewhere' }));
    await folder.release();
    await expect(check()).rejects.toThrow('another process on elsewhere');
    const past = new Date(Date.now() - 120_000);
    await utimes(path, past, past);
    await check();
  });
});

describe('events', () => {
  const step = (number: number, loss = 1): RunEvent => ({
    type: 'step',
    step: number,
    loss,
    grad_norm: 1,
    learning_rate: 1e-4,
    supervised_tokens: 3,
  });
  const write = async (...events: RunEvent[]): Promise<RunEvent[]> => {
    const file = join(home, 'events.jsonl');
    const log = openEventLog(file);
    for (const event of events) log.append(event);
    log.close();
    return readEvents(file);
  };
  const checkpoint = (at: number): RunEvent => ({ type: 'checkpoint', step: at, path: 'x' });
  const measured = (phase: 'before' | 'after', at: number, value: number): RunEvent => ({
    type: 'evaluation',
    phase,
    step: at,
    task: 'heldout',
    scores: { loss: { value } },
  });
  const end = (at: number): RunEvent => ({ type: 'end', step: at, reason: 'done' });

  test('are appended, one line each', async () => {
    await write(step(1));
    await write(step(2));
    expect((await readFile(join(home, 'events.jsonl'), 'utf8')).split('\n')).toEqual([
      JSON.stringify(step(1)),
      JSON.stringify(step(2)),
      '',
    ]);
  });

  test('end a line that a crash cut off, which is passed over when read', async () => {
    const file = join(home, 'events.jsonl');
    await appendFile(file, `${JSON.stringify(step(1))}\n{"type":"step","st`);
    expect(await write(step(2))).toEqual([step(1), step(2)]);
  });

  test('are objects with a type: other lines are passed over', async () => {
    const file = join(home, 'events.jsonl');
    await writeFile(file, 'null\n3\n{"step": 4}\n{"type":"end","step":2}\n');
    expect(await readEvents(file)).toEqual([{ type: 'end', step: 2 }]);
  });

  test('are none where there is no file', async () => {
    expect(await readEvents(join(home, 'no.jsonl'))).toEqual([]);
  });

  test('count each step once after a resume, as it was computed last', async () => {
    const resume: RunEvent = { type: 'resume', step: 2 };
    expect(
      await write(
        step(1),
        step(2),
        checkpoint(2),
        step(3),
        step(4),
        checkpoint(4),
        resume,
        step(3, 7),
      ),
    ).toEqual([step(1), step(2), checkpoint(2), resume, step(3, 7)]);
  });

  test('count each step once where the run started again without a word', async () => {
    expect(await write(step(1), step(2), step(1, 7), step(2, 7), step(3))).toEqual([
      step(1, 7),
      step(2, 7),
      step(3),
    ]);
  });

  test('of a lengthened run have one end and one measurement after it', async () => {
    const resume: RunEvent = { type: 'resume', step: 2 };
    const events = [measured('before', 0, 3), step(2), end(2), measured('after', 2, 2)];
    const more = [resume, step(3), end(3), measured('after', 3, 1)];
    expect(await write(...events, ...more)).toEqual([events[0], events[1], ...more]);
  });

  test('hold what was measured before training once, the later one', async () => {
    expect(await write(measured('before', 0, 3), measured('before', 0, 4))).toEqual([
      measured('before', 0, 4),
    ]);
  });
});
