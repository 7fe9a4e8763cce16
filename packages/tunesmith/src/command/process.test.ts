import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';

// The built command as a process: signals, streams that go away, text that could do harm.
const command = fileURLToPath(new URL('../../bin/tunesmith.js', import.meta.url));
const base = fileURLToPath(new URL('../../../testing/fixtures/peft/base_llama', import.meta.url));

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'process-'));
  const ids = Array.from({ length: 8 }, (_, place) => 3 + place * 5);
  const row = JSON.stringify({ input_ids: ids, labels: ids });
  await writeFile(join(home, 'rows.jsonl'), `${Array(10).fill(row).join('\n')}\n`);
  await writeFile(
    join(home, 'recipe.yaml'),
    `model: ${base}\ndata: [{ path: rows.jsonl, format: tokenized }]\nmethod: { name: lora, r: 2 }\ntraining: { batch_size: 2, max_length: 16, steps: 3 }\noutput: run\n`,
  );
});

interface Started {
  child: ReturnType<typeof spawn>;
  /** Standard error so far. */
  told(): string;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; out: string; err: string }>;
}

function start(
  words: readonly string[],
  stdio: [out?: number | 'pipe', err?: number | 'pipe'] = [],
): Started {
  const child = spawn(process.execPath, [command, ...words], {
    cwd: home,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', stdio[0] ?? 'pipe', stdio[1] ?? 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  return {
    child,
    told: () => err,
    ended: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, out, err }));
    }),
  };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a process that computes without an end', () => {
  /** A run that got to measuring a task which, asked for its instances a second time, never answers. */
  async function blocked(): Promise<Started> {
    await writeFile(
      join(home, 'loop.mjs'),
      `import { writeSync } from 'node:fs';
      let asked = 0;
      function* instances() {
        if (asked++ === 0) return yield { id: 'a', instruction: 'a', output: 'b' };
        writeSync(2, 'computing\\n');
        for (;;);
      }
      const task = { specVersion: 2, name: 'endless', description: 'No end.', kind: 'loss', instances };
      export const plugins = [{ kind: 'evaluation-task', value: task }];`,
    );
    const run = start([
      'train',
      'recipe.yaml',
      'plugins=[./loop.mjs]',
      'evaluation.tasks=[endless]',
    ]);
    await until(() => run.told().includes('computing') || run.child.exitCode !== null);
    return run;
  }

  test('ends at the second Ctrl-C', async () => {
    const { child, ended } = await blocked();
    child.kill('SIGINT');
    await rest(500);
    child.kill('SIGINT');
    expect((await ended).signal).toBe('SIGINT');
  });

  test('ends within seconds when it is asked to terminate', async () => {
    const { child, ended } = await blocked();
    const asked = performance.now();
    child.kill('SIGTERM');
    expect((await ended).signal).toBe('SIGTERM');
    expect(performance.now() - asked).toBeLessThan(8000);
  });

  test('ends with its supervisor', async () => {
    const { child, ended } = await blocked();
    child.kill('SIGKILL');
    // The streams close once no process holds them any more.
    expect((await ended).signal).toBe('SIGKILL');
  });
});

test.each([100, 200, 400, 800])(
  'a run whose supervisor is killed %d ms after it began ends with it',
  async (moment) => {
    const { child, ended } = start(['train', 'recipe.yaml', 'training.steps=100000']);
    await new Promise((resolve) => setTimeout(resolve, moment));
    child.kill('SIGKILL');
    // The streams close once no process holds them any more.
    expect((await ended).signal).toBe('SIGKILL');
  },
);

test.each(['SIGTERM', 'SIGHUP'] as const)('%s writes a checkpoint first', async (signal) => {
  const { child, told, ended } = start([
    'train',
    'recipe.yaml',
    'training.steps=100000',
    'training.checkpoint_every=0',
  ]);
  await until(() => told().includes('step 1/'));
  child.kill(signal);
  expect((await ended).code).toBe(130);
  expect(await readdir(join(home, 'run', 'checkpoints'))).toHaveLength(1);
});

test('one Ctrl-C that arrives twice, from the terminal and from a wrapper, is one', async () => {
  const { child, told, ended } = start([
    'train',
    'recipe.yaml',
    'training.steps=100000',
    'training.checkpoint_every=0',
  ]);
  await until(() => told().includes('step 1/'));
  child.kill('SIGINT');
  await rest(20);
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(await readdir(join(home, 'run', 'checkpoints'))).toHaveLength(1);
});

describe('a stream that goes away', () => {
  test('does not end a run', async () => {
    const { child, ended } = start(['train', 'recipe.yaml']);
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect((await ended).code).toBe(0);
    expect(await readdir(join(home, 'run'))).toEqual(
      expect.arrayContaining(['adapter', 'report.html']),
    );
  });

  test.skipIf(process.platform !== 'linux')(
    'a full disk does not end a run, and a lost result is a failure',
    async () => {
      const full = openSync('/dev/full', 'w');
      expect((await start(['train', 'recipe.yaml'], [full, full]).ended).code).toBe(0);
      expect(await readdir(join(home, 'run'))).toContain('adapter');
      const { code, err } = await start(['list'], [full]).ended;
      expect([code, err]).toEqual([
        1,
        'error: [tunesmith] the result could not be written to standard output: the disk is full (ENOSPC)\n',
      ]);
    },
  );

  test.each([[[]], [['--json']]])('a reader that has seen enough is no error %j', async (json) => {
    const rows = Array.from({ length: 300 }, (_, row) =>
      JSON.stringify({ instruction: `${row} ${'x'.repeat(900)}`, output: 'y' }),
    );
    await writeFile(join(home, 'big.jsonl'), rows.join('\n'));
    const words = ['data', 'preview', 'big.jsonl', '--limit', '300', ...json];
    const { child, ended } = start(words);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, err } = await ended;
    expect(code).toBe(0);
    expect(err).not.toContain('error');
    expect((await start(words).ended).out).toContain('299 xxx');
  });
});

describe('control characters', () => {
  const evil = '\u001b]52;c;aGk=\u0007\u009b31m\u202e';

  test('of data are shown, not done', async () => {
    await writeFile(
      join(home, 'evil.jsonl'),
      JSON.stringify({ instruction: evil, output: `a${evil}` }),
    );
    for (const json of [[], ['--json']]) {
      const { out } = await start(['data', 'preview', 'evil.jsonl', ...json]).ended;
      expect(out).toContain(String.raw`\u001b]52;c;aGk=\u0007\u009b31m\u202e`);
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      expect(out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test('of settings, names and options are shown in errors', async () => {
    for (const words of [
      ['train', 'recipe.yaml', `device=${evil}`],
      ['train', `no${evil}.yaml`],
      ['list', `--x${evil}`],
      ['generate', '--model', `m${evil}`, '--prompt', 'a'],
    ]) {
      const { code, err } = await start(words).ended;
      expect([code, err]).toEqual([2, expect.stringContaining(String.raw`\u001b]52;c;aGk=\u0007`)]);
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      expect(err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });
});

test('a fault is one line, and its place is told where it is asked for', async () => {
  await writeFile(
    join(home, 'own.mjs'),
    'setTimeout(() => { throw new TypeError("from nowhere"); }, 0);\nexport const plugins = [];',
  );
  const words = ['train', 'recipe.yaml', 'plugins=[./own.mjs]'];
  const { code, err } = await start(words).ended;
  expect(code).toBe(1);
  expect(err).toContain(
    'error: [tunesmith] unexpected: TypeError: from nowhere\nThis is a fault of',
  );
  expect(err).not.toContain('own.mjs:1');
  process.env['TUNESMITH_DEBUG'] = '1';
  const told = await start(words).ended;
  delete process.env['TUNESMITH_DEBUG'];
  expect(told.err).toContain('own.mjs:1');
});

test('a folder that cannot be written to is told in words', async () => {
  await writeFile(join(home, 'file'), '');
  const { code, err } = await start(['train', 'recipe.yaml', 'output=file/run']).ended;
  expect(code).toBe(2);
  expect(err).toMatch(/^error: .*cannot .*ENOTDIR.*\n$/);
  expect(await readFile(join(home, 'file'), 'utf8')).toBe('');
});

test('threads and a folder of tokens change no number of a run', async () => {
  const losses = async (output: string, ...more: string[]): Promise<unknown[]> => {
    const { code, err } = await start(['train', 'recipe.yaml', `output=${output}`, ...more]).ended;
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    const lines = (await readFile(join(home, output, 'events.jsonl'), 'utf8')).trim().split('\n');
    return lines.map((line) => (JSON.parse(line) as { loss?: number }).loss).filter(Boolean);
  };
  const plain = await losses('plain');
  expect(plain).toHaveLength(3);
  const preparation = 'preparation={threads: 2, cache: tokens}';
  expect(await losses('made', preparation)).toEqual(plain);
  const kept = await readdir(join(home, 'tokens'));
  expect(kept).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.tokens$/)]);
  expect(await losses('found', preparation)).toEqual(plain);
  expect(await readdir(join(home, 'tokens'))).toEqual(kept);
});
