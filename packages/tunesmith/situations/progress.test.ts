import { expect, test } from 'vitest';
import { runTo } from './expectations.ts';
import { workplace, type Workplace } from './workplace.ts';

/** Enough for tests that run commands twice, on a machine that does much else; in milliseconds. */
const patience = { timeout: 240_000 };

/** Seconds for which a piece of work computes without a break, on a machine of any speed. */
const long = 4;

/** A statement that computes for so many seconds: nothing else runs in its thread, timers included. */
const compute = (seconds: number): string =>
  `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${seconds * 1000});`;

/** Plugins each of which computes once, where it is first used. */
const plugins = (seconds: number): string => `
const done = new Set();
const once = (kind) => { if (!done.has(kind)) { done.add(kind); ${compute(seconds)} } };
const adapter = {
  specVersion: 1, name: 'slow', row: { type: 'object' },
  convert: (row, { id }) => { once('adapter'); return { ...row, id }; },
};
const template = {
  specVersion: 1, name: 'slow',
  messages: ({ instruction, output }) => {
    once('template');
    return [{ role: 'user', content: instruction }, { role: 'assistant', content: output }];
  },
};
const architecture = {
  specVersion: 2, name: 'slow', description: 'Slow.',
  spec: () => undefined, forward: () => undefined, head: () => undefined,
  modelTypes: Object.assign(['slow'], { map: (use) => { once('architecture'); return ['slow'].map(use); } }),
};
const all = { 'dataset-adapter': adapter, 'prompt-template': template, architecture };
export const plugins = Object.entries(all).map(([kind, value]) => ({ kind, value }));
`;

const slow = ['--plugin', './slow.js'];
const evaluate = ['evaluate', '--model', 'nano', '--data', 'mine.jsonl', '--limit', '2', ...slow];

// Together: what makes them long is waiting.
test.concurrent.each<[what: string, words: string[], says: RegExp]>([
  [
    'data validate',
    ['data', 'validate', 'mine.jsonl', '--format', 'slow', ...slow],
    /^checking mine\.jsonl …$/m,
  ],
  [
    'loading a model',
    ['generate', '--model', 'nano', '--prompt', 'hi', '--max-new-tokens', '2', ...slow],
    /^loading the model nano …$/m,
  ],
  [
    'reading what is trained on',
    ['train', 'recipe.yaml', 'plugins=[./slow.js]', 'data[0].format=slow'],
    /^reading the data …$/m,
  ],
  [
    'turning it into tokens',
    ['train', 'recipe.yaml', 'plugins=[./slow.js]', 'template=slow'],
    /^turning the data into tokens …$/m,
  ],
  ['evaluate', [...evaluate, '--format', 'slow'], /^reading the data …$/m],
])('a line within two seconds: %s', patience, async (_, words, says) => {
  const [quick, slowly] = await Promise.all([placeOf(plugins(0)), placeOf(plugins(long))]);
  const { seconds: without, ...outcome } = await quick.run(words);
  runTo({ seconds: without, ...outcome }, 0);
  await linesWhile(slowly, words, says, without);
});

test.concurrent('a line within two seconds: loading a plugin', patience, async () => {
  const words = ['list', ...slow];
  const [quick, slowly] = await Promise.all([placeOf(plugins(0)), placeOf(plugins(long))]);
  const { seconds } = await quick.run(words);
  await slowly.write('slow.js', compute(long) + plugins(0));
  await linesWhile(slowly, words, /^loading the plugin \.\/slow\.js …$/m, seconds);
});

test.concurrent(
  'many short pieces of work are no reason for a long silence',
  patience,
  async () => {
    const place = await placeOf(plugins(0));
    const words = [
      'train',
      'recipe.yaml',
      'plugins=[./slow.js]',
      'data[0].format=slow',
      'template=slow',
    ];
    const { seconds } = await place.run([...words, 'output=o/before']);
    await place.write('slow.js', compute(1.2) + plugins(1.2));
    await linesWhile(place, words, / …$/m, seconds);
  },
);

async function placeOf(plugin: string): Promise<Workplace> {
  const place = await workplace();
  await place.write('slow.js', plugin);
  return place;
}

/**
 * Runs a command whose work is long, and expects a line about it while it still works, within two seconds.
 *
 * @param without seconds that the command takes without that work: its start, and how slow the machine is
 */
async function linesWhile(
  place: Workplace,
  words: readonly string[],
  says: RegExp,
  without: number,
): Promise<void> {
  const begun = performance.now();
  const started = place.start(words);
  await started.until(says);
  const after = (performance.now() - begun) / 1000;
  const outcome = await started.ended;
  runTo(outcome, 0);
  expect(after).toBeLessThan(2 + 3 * without);
  expect(after).toBeLessThan(outcome.seconds);
}
