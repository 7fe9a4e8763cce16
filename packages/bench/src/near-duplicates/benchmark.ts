import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNearIndex } from '@tunesmith/datasets';
import { xoshiro128 } from '@tunesmith/schema';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';
import { peerFile } from '../contestant.ts';

const defaults = {
  rows: '200000',
  python: process.env['TUNESMITH_PYTHON'] ?? 'packages/bench/.venv/bin/python',
};
const job = { threshold: 0.8, permutations: 128 };

/** Near-duplicate removal beside datasketch, on the same texts one after the other; a fifth are near-duplicates. */
export const nearDuplicates: Benchmark = {
  name: 'near-duplicates',
  usage: '[--rows N] [--python PATH] [--json]',
  description: 'Near-duplicate removal by MinHash beside datasketch, on one core each.',
  async run(args) {
    const typed = readOptions(args, defaults);
    const python = typed.chosen('python');
    if (!existsSync(python))
      throw wrongUsage(`no Python at ${python}`, python, 'an environment with datasketch');
    const texts = makeTexts(typed.wholeNumber('rows'));
    typed.say(`${texts.length} texts`);
    const ours = [false, true].map((verify) => removed(texts, verify));
    const folder = await mkdtemp(join(tmpdir(), 'near-duplicates-'));
    try {
      const file = join(folder, 'texts.json');
      await writeFile(file, JSON.stringify({ ...job, texts }));
      const peer = peerFile('near_duplicates.py');
      const theirs = JSON.parse(
        execFileSync(python, [peer, file], { encoding: 'utf8' }),
      ) as Removal;
      const named = { tunesmith: ours[0]!, 'tunesmith, verified': ours[1]!, datasketch: theirs };
      const lines = Object.entries(named).map(
        ([name, { seconds, leave }]) =>
          `${name}: ${seconds.toFixed(2)} s, ${leave} leave, ${(theirs.seconds / seconds).toFixed(2)} times as fast as datasketch\n`,
      );
      process.stdout.write(typed.json ? `${JSON.stringify(named)}\n` : lines.join(''));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

interface Removal {
  readonly seconds: number;
  readonly leave: number;
}

function removed(texts: readonly string[], verify: boolean): Removal {
  const started = performance.now();
  const index = createNearIndex({ ...job, unit: 'word', size: 5, verify, seed: 0 });
  let leave = 0;
  for (const [row, text] of texts.entries()) if (index.add(text).first !== row) leave += 1;
  return { seconds: (performance.now() - started) / 1000, leave };
}

/** Texts of 40 to 120 words; each fifth is one before it with a word changed. */
function makeTexts(count: number): string[] {
  const random = xoshiro128(1, 'near-duplicates');
  const below = (limit: number): number => Math.floor(random() * limit);
  const texts: string[] = [];
  while (texts.length < count) {
    const isNear = texts.length % 5 === 4;
    const words = isNear
      ? texts[below(texts.length)]!.split(' ')
      : Array.from({ length: 40 + below(81) }, () => `w${below(20000)}`);
    if (isNear) words[below(words.length)] = 'other';
    texts.push(words.join(' '));
  }
  return texts;
}
