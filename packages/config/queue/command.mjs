// Jobs whose workers are killed: nothing is lost, and nothing is done twice but what was under way at a kill.
//
// A recipe is written once by one process, and then through each queue, while workers, and the job itself, are killed with SIGKILL at
// random moments and begun again. The data must be the same to the byte, and what a chat server was asked must add up. Through Redis, workers
// are on two hosts with networks, names and folders of their own, where this machine lets them be.
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHosts } from './hosts.mjs';
import { startRedis } from './redis.mjs';
import { startChatServer } from './server.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const command = join(root, 'packages/tunesmith/bin/tunesmith.js');
const requests = 96;
const workers = 3;
const atOnce = 4;
const lease = 1.5;

const seed = Number(process.argv[2] ?? Date.now() % 1e6);
let state = seed;
/** Uniform in [0, 1): mulberry32. */
const random = () => {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};
/** @param {number} seconds */
const rest = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

const home = await mkdtemp(join(tmpdir(), 'queue-check-'));
const hosts = openHosts(2);
const address = 'address' in hosts ? hosts.address : '127.0.0.1';
const server = await startChatServer(random, address);
const redis = await startRedis(home, address);
/** @type {Place} */
const here = { before: [], directory: home };
/** @type {Set<Started>} */
const alive = new Set();
let failures = 0;
/** @param {boolean} holds @param {string} what */
const expect = (holds, what) => {
  if (holds) return;
  failures += 1;
  console.error(`  FAILED: ${what}`);
};

try {
  console.log(
    `seed ${seed}: node packages/config/queue/command.mjs ${seed} repeats it, as far as clocks do`,
  );
  await prepare();
  const alone = begin(['synthesize', 'recipe.yaml', 'output=alone', `at_once=${workers * atOnce}`]);
  expect((await alone.ended) === 0, `the job alone: ${alone.said()}`);
  const wanted = await written('alone');
  expect(server.count().requests === requests, 'the job alone asks everything once');

  await killed('file', { name: 'file', path: join(home, 'queue.jsonl'), lease }, wanted);
  if ('reason' in redis) console.log(`skipped: bullmq, as ${redis.reason}`);
  else {
    await conformance(redis.url);
    if ('reason' in hosts)
      console.log(`skipped: workers on hosts of their own, as ${hosts.reason}`);
    else console.log('the workers of bullmq are on two hosts with a network and a name each');
    await killed('bullmq', { name: 'bullmq', url: redis.url, lease }, wanted, await places());
  }
} finally {
  for (const one of alive) one.kill();
  if ('stop' in redis) redis.stop();
  await server.close();
  if ('close' in hosts) hosts.close();
  await rm(home, { recursive: true, force: true });
}
console.log(failures === 0 ? 'queues: nothing lost, nothing done twice' : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;

async function prepare() {
  const rows = Array.from({ length: requests }, (_, n) => ({
    instruction: `Say ${n}`,
    output: '',
  }));
  await writeFile(join(home, 'rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeFile(
    join(home, 'recipe.yaml'),
    `data: [{ path: rows.jsonl }]
synthesizer: distill
chat_model: { name: openai, model: m, base_url: '${server.address}', key_env: NO_KEY }
`,
  );
}

/**
 * Where workers of a shared queue are: on two hosts, each with a folder of its own that holds the recipe and its data; here where there are none.
 *
 * @returns {Promise<Place[]>}
 */
async function places() {
  if (!('words' in hosts)) return [here];
  return Promise.all(
    [0, 1].map(async (host) => {
      const directory = join(home, `host-${host}`);
      await mkdir(directory);
      for (const name of ['recipe.yaml', 'rows.jsonl'])
        await copyFile(join(home, name), join(directory, name));
      return { before: hosts.words(host), directory };
    }),
  );
}

/**
 * @typedef {object} Place where a process is
 * @property {readonly string[]} before what stands before its command
 * @property {string} directory its working folder
 *
 * @typedef {object} Started a command as a process of its own
 * @property {() => string} said what it wrote so far
 * @property {(signal?: NodeJS.Signals) => void} kill
 * @property {Promise<number | null>} ended its exit code
 */

/** @param {readonly string[]} words @param {Place} [place] @returns {Started} */
function begin(words, { before, directory } = here) {
  const [program = '', ...rest] = [...before, process.execPath, command, ...words];
  const child = spawn(program, rest, {
    cwd: directory,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
  /** @type {Started} */
  const one = {
    said: () => said,
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code))),
  };
  alive.add(one);
  void one.ended.then(() => alive.delete(one));
  return one;
}

/** Whether a worker answers already. @param {Started} one @throws Error with what it said, where it ended before that */
function isAtWork(one) {
  if (one.said().includes('answering for')) return true;
  if (!alive.has(one)) throw new Error(`a worker did not begin: ${one.said()}`);
  return false;
}

/** @param {string} output a run's folder @param {string} name of a file that its stage left */
async function written(output, name = 'data.jsonl') {
  return readFile(join(home, output, 'stages/written', name), 'utf8');
}

/**
 * Writes the recipe through a queue whose workers are killed, and looks at what came of it.
 *
 * @param {string} name of the queue, and of the run's folder
 * @param {Readonly<Record<string, unknown>>} queue as it is mentioned
 * @param {string} wanted the data
 * @param {readonly Place[]} at where workers are, in turn
 */
async function killed(name, queue, wanted, at = [here]) {
  const began = performance.now();
  const mention = JSON.stringify(queue);
  let begun = 0;
  const worker = () =>
    begin(
      ['worker', 'recipe.yaml', '--queue', mention, '--at-once', `${atOnce}`],
      at[begun++ % at.length],
    );
  /** @param {readonly string[]} more */
  const job = (...more) =>
    begin([
      'synthesize',
      'recipe.yaml',
      `output=${name}`,
      `at_once=${2 * workers * atOnce}`,
      '--queue',
      mention,
      ...more,
    ]);
  const crew = Array.from({ length: workers }, worker);
  /** @type {Started | undefined} */
  let asking = job();
  let [workerKills, jobKills, isDone] = [0, 0, false];
  /** @param {Started} one */
  const watch = (one) =>
    void one.ended.then((code) => {
      if (one !== asking) return;
      isDone = true;
      expect(code === 0, `${name}: the job ends well: ${one.said()}`);
    });
  watch(asking);
  // first everybody is at work
  while (!isDone && crew.some((one) => !isAtWork(one))) await rest(0.1);
  while (!isDone) {
    await rest(0.2 + 0.5 * random());
    const busy = crew.filter(isAtWork);
    if (isDone || busy.length === 0 || server.underWay() === 0) continue;
    if (jobKills < 1 && workerKills > 0 && random() < 0.4) {
      const gone = asking;
      asking = undefined;
      gone?.kill();
      await gone?.ended;
      jobKills += 1;
      asking = job('--resume');
      watch(asking);
    } else if (workerKills < 5) {
      const [one] = busy.splice(Math.floor(random() * busy.length), 1);
      one?.kill();
      workerKills += 1;
      if (one) crew.splice(crew.indexOf(one), 1, worker());
    }
  }
  for (const one of crew) {
    // one that only begins has nothing to end
    while (!isAtWork(one)) await rest(0.1);
    one.kill('SIGTERM');
    expect((await one.ended) === 0, `${name}: a worker that is told to end does: ${one.said()}`);
  }

  const { prompts, requests: asked, cut, answeredAgain } = server.count();
  const journal = (await written(name, 'journal.jsonl'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const { lost } = JSON.parse(await written(name, 'ledger.json')).models.m;
  console.log(
    `${name}: ${requests} requests, ${workerKills} workers and the job ${jobKills === 0 ? 'not' : 'too'} killed; asked ${asked} times, ${cut} of them cut off, ${answeredAgain} answered again; ${lost} attempts counted as lost; ${((performance.now() - began) / 1000).toFixed(1)} s`,
  );
  expect(workerKills > 0, `${name}: workers were killed`);
  expect((await written(name)) === wanted, `${name}: the data is that of the job alone`);
  expect(prompts === requests, `${name}: everything was asked`);
  expect(journal.length === requests, `${name}: one answer for each request in the journal`);
  expect(new Set(journal.map(({ key }) => key)).size === requests, `${name}: no key twice`);
  expect(asked - requests === cut + answeredAgain, `${name}: no other requests`);
  // a worker that was killed had so many under way, and nobody else's work was done again
  expect(asked - requests <= lost, `${name}: every further request is an attempt that was lost`);
  expect(lost <= workerKills * atOnce, `${name}: no more attempts lost than were under way`);
}

/** The suite that every queue passes, on this server. @param {string} url */
async function conformance(url) {
  const words = [
    'vitest',
    'run',
    '--config',
    'packages/config/vitest.config.ts',
    'packages/tunesmith/src/queues',
  ];
  const child = spawn('npx', words, {
    cwd: root,
    env: { ...process.env, TUNESMITH_REDIS: url, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code === 0, `the suite of queues on Redis:\n${said}`);
  console.log(`the suite of queues on Redis: ${said.trimEnd().split('\n').at(-1)}`);
}
