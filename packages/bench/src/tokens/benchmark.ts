import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { xoshiro128, type Conversation } from '@tunesmith/schema';
import { prepareData } from '@tunesmith/trainer';
import { createEncoder, openEncodingThreads } from '@tunesmith/trainer/node';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { peerFile, startContestant } from '../contestant.ts';
import { objectiveOf } from './objective.ts';

const defaults = {
  conversations: '100000',
  length: '1024',
  threads: '2',
  model: 'packages/nano/model',
  python: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
};

/** What a side made of the conversations. */
interface Made {
  readonly seconds: number;
  readonly tokens: number;
  readonly supervised: number;
  readonly rows: number;
}

/** From conversations to masked, packed rows, beside TRL's preparation of the same. */
export const tokens: Benchmark = {
  name: 'tokens',
  usage: '[--conversations N] [--length N] [--threads N] [--model FOLDER] [--python PATH] [--json]',
  description: 'Tokenizing, masking and packing conversations, beside TRL, in as many processes.',
  async run(args) {
    const typed = readOptions(args, defaults);
    const python = typed.chosen('python');
    if (!existsSync(python))
      throw wrongUsage(`no Python at ${python}`, python, 'an environment with trl');
    const model = typed.chosen('model');
    const maximumLength = typed.wholeNumber('length');
    const threads = typed.wholeNumber('threads');
    const conversations = makeConversations(typed.wholeNumber('conversations'));
    typed.say(`${conversations.length} conversations`);
    const ours = await prepare(conversations, { model, maximumLength, threads });
    const folder = await mkdtemp(join(tmpdir(), 'tokens-'));
    const file = join(folder, 'conversations.jsonl');
    const job = join(folder, 'job.json');
    const lines = conversations.map(({ messages }) => `${JSON.stringify({ messages })}\n`);
    await writeFile(file, lines.join(''));
    const asked = { model, conversations: file, maximumLength, processes: threads };
    await writeFile(job, JSON.stringify(asked));
    const peer = startContestant(python, [peerFile('trl_prepare.py'), job]);
    try {
      const theirs = (await peer.answer()) as unknown as Made;
      const times = theirs.seconds / ours.seconds;
      const all = { tunesmith: ours, trl: theirs };
      const text = Object.entries(all).map(
        ([name, { seconds, ...made }]) =>
          `${name}: ${seconds.toFixed(2)} s, ${JSON.stringify(made)}\n`,
      );
      process.stdout.write(
        typed.json
          ? `${JSON.stringify({ ...all, times })}\n`
          : `${text.join('')}${times.toFixed(2)} times as fast as TRL\n`,
      );
    } finally {
      peer.end();
      await rm(folder, { recursive: true });
    }
  },
};

/** The clock runs from records in memory to the last row, threads opened within it. */
async function prepare(
  conversations: readonly Conversation[],
  { model, maximumLength, threads }: { model: string; maximumLength: number; threads: number },
): Promise<Made> {
  const objective = await objectiveOf(model, maximumLength);
  const start = performance.now();
  const pool = openEncodingThreads({
    module: new URL('token-thread.js', import.meta.url),
    data: { model, maximumLength },
    threads,
  });
  const encoder = createEncoder({ objective, threads: pool });
  const { source, report } = await prepareData(conversations, {
    objective,
    packing: true,
    encoder,
  });
  await pool.close();
  for (let row = 0; row < source.rows; row++) source.row(row);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, tokens: report.tokens, supervised: report.supervisedTokens, rows: source.rows };
}

/** Conversations of one to three exchanges, each turn of 10 to 69 words, some with numbers. */
function makeConversations(count: number): Conversation[] {
  const random = xoshiro128(1, 'tokens');
  const below = (limit: number): number => Math.floor(random() * limit);
  const words =
    'the of model learn river stone window question answer quickly running between mountain light paper number value train stop begin history science musical garden orange seven computer language'.split(
      ' ',
    );
  const word = (): string => words[below(words.length)]! + (below(9) === 0 ? below(1000) : '');
  const text = (): string => `${Array.from({ length: 10 + below(60) }, word).join(' ')}.`;
  return Array.from({ length: count }, (_, id) => ({
    id: `${id}`,
    messages: Array.from({ length: 2 * (1 + below(3)) }, (__, turn) => ({
      role: turn % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: text(),
    })),
  }));
}
