import { TunesmithError, type ChatModel, type DataRecord, type JobQueue } from '@tunesmith/schema';
import { mkdtemp, readFile, appendFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLedger } from './asking/ledger.ts';
import { memoryJournal } from './asking/journal.ts';
import { answerQueued } from './asking/queued.ts';
import { openFileQueue } from './node/file-queue/file-queue.ts';
import { fileJournal } from './node/file-journal.ts';
import { planRequests, synthesize, type SynthesizeOptions } from './synthesize.ts';
import { distill } from './synthesizers/distill.ts';
import { selfInstruct } from './synthesizers/self-instruct/self-instruct.ts';
import { scriptedModel } from './test-support/scripted-model.ts';

const seeds = Array.from({ length: 6 }, (_, i) => ({
  id: `${i}`,
  instruction: `Say the number ${i}`,
  output: '',
}));
const echo = () => scriptedModel(({ prompt }) => prompt.toUpperCase());

async function all(
  options: Omit<SynthesizeOptions, 'seeds'> & { seeds?: DataRecord[] },
  synthesizer = distill,
) {
  const records: DataRecord[] = [];
  for await (const record of synthesize(synthesizer, { seeds, ...options })) records.push(record);
  return records;
}

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'synthesis-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('a job that is begun again asks only what was not answered, and writes the same', async () => {
  const path = join(home, 'journal.jsonl');
  let answered = 0;
  const failing = scriptedModel(({ prompt }) => {
    if (++answered > 4) throw new Error('the power went');
    return prompt.toUpperCase();
  });
  const first = await fileJournal(path);
  await expect(all({ models: failing, journal: first, atOnce: 1 })).rejects.toThrow(
    'the power went',
  );
  await first.close();
  await appendFile(path, '{"key":"half of a li');
  const second = await fileJournal(path);
  const model = echo();
  const records = await all({ models: model, journal: second, atOnce: 3 });
  await second.close();
  expect(model.asked).toHaveLength(2);
  expect(records).toEqual(await all({ models: echo() }));
  expect((await readFile(path, 'utf8')).trimEnd().split('\n')).toHaveLength(6);
});

test('a line of a journal that is none is refused by its number', async () => {
  const path = join(home, 'journal.jsonl');
  await appendFile(path, '{"key":"k"}\n');
  await expect(fileJournal(path)).rejects.toThrow(`${path}:1 is no answer of a journal`);
});

test('equal requests of one job have answers of their own', async () => {
  const journal = memoryJournal();
  let times = 0;
  const model = scriptedModel(() => `${times++}`);
  const same = [seeds[0]!, { ...seeds[0]!, id: 'again' }];
  const records = await all({ models: model, journal, seeds: same, atOnce: 1 });
  expect(records.map((record) => 'output' in record && record.output)).toEqual(['0', '1']);
});

test('the ledger counts tokens and money, and ends the work before the cap is passed', async () => {
  const ledger = createLedger({ prices: { scripted: { input: 1e6, output: 1e6 } }, cap: 59 });
  let ended: TunesmithError | undefined;
  const records = await all({
    models: echo(),
    ledger,
    atOnce: 1,
    options: { max_tokens: 20 },
    onEnd: (error) => (ended = error),
  });
  // each takes 4 + 4 tokens, and 8 + 20 are set aside for it
  expect(records).toHaveLength(4);
  expect(ledger.spent()).toBe(32);
  expect(ledger.entries()['scripted']).toMatchObject({
    requests: 4,
    inputTokens: 16,
    outputTokens: 16,
    guessed: 0,
  });
  expect(ended?.code).toBe('budget-exhausted');
});

test('what was paid before a job was begun again counts towards the cap', async () => {
  const journal = memoryJournal();
  const prices = { scripted: { input: 1e6, output: 1e6 } };
  await all({
    models: echo(),
    journal,
    ledger: createLedger({ prices }),
    seeds: seeds.slice(0, 2),
  });
  const ledger = createLedger({ prices, cap: 17 });
  const records = await all({ models: echo(), journal, ledger, atOnce: 1 });
  expect(records).toHaveLength(2);
  expect(ledger.spent()).toBe(16);
});

test('tokens that a model does not count are guessed in what the journal knows, as they were when it answered', async () => {
  const journal = memoryJournal();
  const silent = { ...echo(), name: 'silent' };
  const models = {
    name: 'silent',
    respond: async (...asked: Parameters<typeof silent.respond>) => {
      const { answers } = await silent.respond(...asked);
      return { answers };
    },
  };
  const first = createLedger();
  await all({ models, journal, ledger: first });
  const again = createLedger();
  await all({ models, journal, ledger: again });
  // "Say the number 0" and its answer have 16 characters each
  expect(first.entries()).toEqual({
    silent: { requests: 6, inputTokens: 24, outputTokens: 24, guessed: 6, lost: 0, cost: 0 },
  });
  expect(again.entries()).toEqual(first.entries());
});

test('what can be asked again is, after waits that grow, and the rest is not', async () => {
  const waits: number[] = [];
  const sleep = async (seconds: number) => void waits.push(seconds);
  let times = 0;
  const busy = scriptedModel(() => {
    times += 1;
    if (times < 4)
      throw new TunesmithError({
        package: 'p',
        code: 'rate-limited',
        kind: 'failure',
        message: 'slowly',
        value: times === 2 ? { retryAfter: 7 } : {},
      });
    return 'at last';
  });
  const [record] = await all({ models: busy, seeds: [seeds[0]!], sleep });
  expect(record).toMatchObject({ output: 'at last' });
  expect(waits).toEqual([expect.any(Number), 7, expect.any(Number)]);
  expect(waits[0]).toBeLessThanOrEqual(1);
  expect(waits[2]).toBeGreaterThan(1.9);

  const refusing = scriptedModel(() => {
    throw new TunesmithError({ package: 'p', code: 'unauthorized', message: 'no key' });
  });
  await expect(all({ models: refusing, sleep })).rejects.toThrow('no key');
});

test('no more requests are under way than is said', async () => {
  let [running, most] = [0, 0];
  const model = {
    name: 'slow',
    async respond() {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
      return { answers: [{ text: 'yes', finish: 'stop' as const }] };
    },
  };
  expect(await all({ models: model, atOnce: 2 })).toHaveLength(6);
  expect(most).toBe(2);
});

test('no more requests begin in a minute than is said', async () => {
  let now = 0;
  const begun: number[] = [];
  const model = scriptedModel(() => {
    begun.push(now);
    return 'yes';
  });
  const sleep = async (seconds: number) => void (now += seconds * 1000);
  await all({ models: model, perMinute: 2, now: () => now, sleep });
  expect(begun).toEqual([0, 0, 60_000, 60_000, 120_000, 120_000]);
});

test('seeds, roles, prompts and options are looked at before anything is asked', async () => {
  const models = echo();
  await expect(all({ models, seeds: [] })).rejects.toThrow(
    '"distill" has 0 seeds; accepted: at least 1',
  );
  const tokens: DataRecord = { id: 't', input_ids: [1], labels: [1] };
  await expect(all({ models, seeds: [tokens] })).rejects.toThrow('cannot begin from the seed "t"');
  await expect(all({ models: { answrer: models } })).rejects.toThrow('nobody plays "answerer"');
  await expect(all({ models: { answerer: models, writr: models } })).rejects.toThrow(
    'no role "writr"',
  );
  await expect(all({ models, prompts: { tsak: '' } })).rejects.toThrow(
    'no prompt "tsak" to replace; nearest: "task"',
  );
  await expect(all({ models, prompts: { task: 'Hm.' } })).rejects.toThrow('has no {instruction}');
  await expect(all({ models, prompts: { task: '{instruction} {b}' } })).rejects.toThrow(
    'nothing is put in {b}',
  );
  await expect(all({ models, options: { tempreature: 1 } })).rejects.toThrow('tempreature');
  expect(models.asked).toEqual([]);
});

test('a plan says what will be asked, without asking', () => {
  const models = echo();
  const plan = planRequests(selfInstruct, { models, seeds, options: { count: 100 } });
  expect(plan.map(({ what, requests }) => [what, requests])).toEqual([
    ['new instructions', 25],
    ['classification or not', 100],
    ['inputs and outputs', 100],
  ]);
  expect(models.asked).toEqual([]);
});

describe('requests that workers answer', () => {
  const shared = (path: string) => openFileQueue({ path, lease: 1, attempts: 10 });
  let ended: AbortController;
  let ending: Promise<unknown>[];
  beforeEach(() => {
    ended = new AbortController();
    ending = [];
  });
  afterEach(async () => {
    ended.abort();
    await Promise.all(ending);
  });
  async function worker(model: ChatModel): Promise<void> {
    const queue = await shared(join(home, 'queue.jsonl'));
    const work = answerQueued(model, queue, { signal: ended.signal, sleep: async () => {} });
    ending.push(work.finally(() => queue.close()));
  }
  const nobody: ChatModel = {
    name: 'scripted',
    respond: () => Promise.reject(new Error('the job itself asks nobody')),
  };
  const through = async (run: string, options: Partial<Parameters<typeof all>[0]> = {}) => {
    const queue = await shared(join(home, 'queue.jsonl'));
    try {
      return await all({ models: nobody, shared: { queue, run }, ...options });
    } finally {
      await queue.close();
    }
  };

  test('the records are those of a job that asks for itself', async () => {
    const models = [echo(), echo()];
    for (const model of models) await worker(model);
    expect(await through('a')).toEqual(await all({ models: echo() }));
    expect(models.flatMap(({ asked }) => asked)).toHaveLength(6);
  });

  test('a job that is begun again under its name is given what was answered meanwhile', async () => {
    const model = echo();
    await worker(model);
    const journal = memoryJournal();
    // the disk fails before the first answer is kept
    const broken = { ...journal, append: () => Promise.reject(new Error('the disk is full')) };
    await expect(through('a', { journal: broken })).rejects.toThrow('the disk is full');
    await expect.poll(() => model.asked.length).toBe(6);
    expect(await through('a', { journal })).toHaveLength(6);
    expect(model.asked).toHaveLength(6);
    // another job asks for itself
    await through('b');
    expect(model.asked).toHaveLength(12);
  });

  test('workers ask again where that may help, and tell what does not', async () => {
    let times = 0;
    const busy = scriptedModel(() => {
      if (++times === 1)
        throw new TunesmithError({ package: 'p', code: 'rate-limited', message: 'm' });
      return 'yes';
    });
    await worker(busy);
    expect(await through('a', { seeds: [seeds[0]!] })).toMatchObject([{ output: 'yes' }]);
    ended.abort();
    ended = new AbortController();
    await worker(
      scriptedModel(() => {
        throw new TunesmithError({ package: 'p', code: 'unauthorized', message: 'no key' });
      }),
    );
    await expect(through('b')).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('an attempt whose worker was lost counts as paid, now and on resume', async () => {
    const journal = memoryJournal();
    const again: JobQueue = {
      result: async () => ({
        value: {
          answers: [{ text: 'yes', finish: 'stop' }],
          usage: { inputTokens: 4, outputTokens: 1 },
        },
        attempts: 3,
      }),
      forget: async () => {},
      work: async () => {},
      close: async () => {},
    };
    const prices = { scripted: { input: 1e6, output: 1e6 } };
    const ledgers = [createLedger({ prices }), createLedger({ prices })];
    for (const ledger of ledgers)
      await all({
        models: nobody,
        seeds: [seeds[0]!],
        journal,
        ledger,
        shared: { queue: again, run: 'a' },
      });
    for (const ledger of ledgers) {
      expect(ledger.spent()).toBe(15);
      expect(ledger.entries()['scripted']).toMatchObject({ requests: 1, lost: 2 });
    }
  });
});
