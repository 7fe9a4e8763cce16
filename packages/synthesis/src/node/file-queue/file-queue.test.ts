import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testPlugin, testQueue } from '@tunesmith/testing';
import { expect, onTestFinished, test } from 'vitest';
import { fileQueue, openFileQueue } from './file-queue.ts';
import { applyLine, type QueueLine, type QueueState } from './state.ts';

async function newPath(onEnd: (end: () => Promise<void>) => void): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'queue-'));
  onEnd(() => rm(home, { recursive: true, force: true }));
  return join(home, 'in', 'queue.jsonl');
}

testPlugin({ kind: 'queue', value: fileQueue });
testQueue('file', {
  async fresh({ onTestFinished }) {
    const path = await newPath(onTestFinished);
    return async () => {
      const queue = await openFileQueue({ path, lease: 1, attempts: 10 });
      return { queue, kill: () => queue.close() };
    };
  },
});

const after = (...lines: QueueLine[]) => {
  const state: QueueState = new Map();
  for (const line of lines) applyLine(state, line);
  return state.get('a');
};
const put: QueueLine = { put: 'a', topic: 't', data: 0 };
const taken = (worker: string, attempt = 1): QueueLine => ({ take: 'a', attempt, worker });
const done = (worker: string, attempt = 1): QueueLine => ({
  done: 'a',
  attempt,
  worker,
  value: `of ${worker}`,
});
const failed = (worker: string, attempt = 1): QueueLine => ({
  failed: 'a',
  attempt,
  worker,
  error: { package: 'p', code: 'c', message: 'm' },
});

test('of two that take the same attempt the first has it', () => {
  expect(after(put, taken('x'), taken('y'))).toMatchObject({ worker: 'x', attempt: 1 });
});

test('the first result of a key stays, that of a worker that was taken for lost too', () => {
  const late = after(put, taken('x'), taken('y', 2), done('x'), done('y', 2));
  expect(late).toMatchObject({ attempt: 2, outcome: { value: 'of x', worker: 'x' } });
});

test('a failure of a worker that was taken for lost is not that of the one who has the job', () => {
  expect(after(put, taken('x'), taken('y', 2), failed('x'))?.outcome).toBeUndefined();
  expect(after(put, taken('x'), failed('x'), put)).toMatchObject({ attempt: 0 });
});

test('a job that was done is neither put nor taken again', () => {
  const entry = after(put, taken('x'), done('x'), put, taken('y', 2));
  expect(entry).toMatchObject({ attempt: 1, outcome: { value: 'of x' } });
});

test('what a killed process left unfinished is passed over', async () => {
  const path = await newPath(onTestFinished);
  const options = { path, lease: 1, attempts: 10 };
  const first = await openFileQueue(options);
  await appendFile(path, '\n{"done":"a","attempt":1,"wor');
  const end = new AbortController();
  const work = first.work('t', async (data) => data, { atOnce: 1, signal: end.signal });
  const second = await openFileQueue(options);
  expect((await second.result({ key: 'a', topic: 't', data: 'größe' })).value).toBe('größe');
  end.abort();
  await work;
  await first.close();
  await second.close();
  expect(await readFile(path, 'utf8')).toContain('"wor\n');
});

test('a job that too many workers were lost over fails', async () => {
  const path = await newPath(onTestFinished);
  const options = { path, lease: 0.2, attempts: 1 };
  const lost = await openFileQueue(options);
  const asking = await openFileQueue(options);
  const taken = new Promise<void>((resolve) => {
    const endless = () => new Promise(() => resolve());
    void lost.work('t', endless, { atOnce: 1, signal: new AbortController().signal });
  });
  const result = asking.result({ key: 'a', topic: 't', data: 0 });
  await taken;
  await lost.close();
  const end = new AbortController();
  const other = await openFileQueue(options);
  const work = other.work('t', async () => 1, { atOnce: 1, signal: end.signal });
  await expect(result).rejects.toMatchObject({ code: 'worker-lost', value: 1 });
  end.abort();
  await work;
  await asking.close();
  await other.close();
});

test('a file that is something else is refused, and left as it is', async () => {
  const path = await newPath(onTestFinished);
  await (await openFileQueue({ path, lease: 1, attempts: 10 })).close();
  await writeFile(path, '{"instruction":"Count"}\n');
  await expect(openFileQueue({ path, lease: 1, attempts: 10 })).rejects.toThrow(
    'is no queue: it begins with "{\\"instruction\\"',
  );
  expect(await readFile(path, 'utf8')).toBe('{"instruction":"Count"}\n');
});

test('late is what another worker had answered, not a job that is forgotten meanwhile', async () => {
  const options = { path: await newPath(onTestFinished), lease: 60, attempts: 3 };
  const [asker, worker] = [await openFileQueue(options), await openFileQueue(options)];
  const stop = new AbortController();
  const ends: string[] = [];
  const job = { key: 'a', topic: 't', data: 0 };
  const working = worker.work(
    't',
    async () => {
      await asker.forget([job]);
      return 'answer';
    },
    {
      atOnce: 1,
      signal: stop.signal,
      onEnd: (end) => {
        ends.push(end);
        stop.abort();
      },
    },
  );
  await expect(asker.result(job)).rejects.toThrow('let the queue forget');
  await working;
  expect(ends).toEqual(['done']);
  await Promise.all([asker.close(), worker.close()]);
});
