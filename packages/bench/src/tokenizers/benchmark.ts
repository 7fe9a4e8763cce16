import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tokenizer } from '@huggingface/tokenizers';
import { createTokenizer } from '@tunesmith/models';
import { readOptions, wrongUsage, type Benchmark } from '../benchmark.ts';

const defaults = {
  vocabularies: process.env['TUNESMITH_VOCABULARIES'],
  names: undefined,
  turns: '3',
};

interface Speed {
  readonly vocabulary: string;
  /** Which text, and how many characters of it. */
  readonly text: string;
  readonly characters: number;
  /** Seconds of the median turn: first reading of the text, and reading it again. */
  readonly ours: number;
  readonly theirs: number;
  readonly offsets: number;
  /** How many of the lines have the same ids in both. */
  readonly same: string;
}

/** Encoding beside `@huggingface/tokenizers`, one thread each, in turns, both made anew for each turn. */
export const tokenizers: Benchmark = {
  name: 'tokenizers',
  usage: '[--vocabularies FOLDER] [--names A,B] [--turns N] [--json]',
  description:
    'Encoding text with vocabularies of well-known models beside @huggingface/tokenizers.',
  async run(args) {
    const typed = readOptions(args, defaults);
    const folder = typed.text('vocabularies') ?? '';
    if (!existsSync(join(folder, 'lines.json')))
      throw wrongUsage(
        `no lines.json in "${folder}"`,
        folder,
        'the folder that packages/models/goldens/make_vocabularies.py was run on',
      );
    const { lines } = readJson(join(folder, 'lines.json')) as { lines: string[] };
    const texts = { 'many languages': lines, English: englishLines() };
    const names =
      typed.names('names') ??
      readdirSync(folder).filter((name) => existsSync(join(folder, name, 'tokenizer.json')));
    const speeds: Speed[] = [];
    for (const vocabulary of names)
      for (const [text, all] of Object.entries(texts)) {
        const speed = compare(
          join(folder, vocabulary),
          vocabulary,
          text,
          all,
          typed.wholeNumber('turns'),
        );
        speeds.push(speed);
        typed.say(inWords(speed));
      }
    if (typed.json) process.stdout.write(`${JSON.stringify(speeds)}\n`);
  },
};

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** The documentation's own pages, as running text in one language. */
function englishLines(): string[] {
  return readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md') && !path.includes('node_modules'))
    .sort()
    .flatMap((path) => readFileSync(join('docs', path), 'utf8').split('\n\n'));
}

function compare(
  folder: string,
  vocabulary: string,
  text: string,
  lines: readonly string[],
  turns: number,
): Speed {
  const json = readJson(join(folder, 'tokenizer.json')) as Record<string, unknown>;
  const path = join(folder, 'tokenizer_config.json');
  const configuration = existsSync(path) ? (readJson(path) as Record<string, unknown>) : {};
  const seconds: { ours: number[]; theirs: number[]; offsets: number[] } = {
    ours: [],
    theirs: [],
    offsets: [],
  };
  let equal = 0;
  for (let turn = 0; turn < turns; turn++) {
    const own = createTokenizer({ tokenizer: json });
    const peer = new Tokenizer(structuredClone(json), configuration);
    const [ours, ids] = timed(lines, (line) => own.encode(line, { special: false }));
    const [theirs, peers] = timed(
      lines,
      (line) => peer.encode(line, { add_special_tokens: false }).ids,
    );
    const [offsets] = timed(lines, (line) => own.encodeWithOffsets(line, { special: false }).ids);
    seconds.ours.push(ours);
    seconds.theirs.push(theirs);
    seconds.offsets.push(offsets);
    equal = ids.filter((line, i) => line.join() === peers[i]!.join()).length;
  }
  return {
    vocabulary,
    text,
    characters: lines.reduce((sum, line) => sum + line.length, 0),
    ours: median(seconds.ours),
    theirs: median(seconds.theirs),
    offsets: median(seconds.offsets),
    same: `${equal} of ${lines.length}`,
  };
}

function timed(
  lines: readonly string[],
  encode: (line: string) => readonly number[],
): [seconds: number, ids: (readonly number[])[]] {
  const started = performance.now();
  const ids = lines.map(encode);
  return [(performance.now() - started) / 1000, ids];
}

const median = (all: readonly number[]): number =>
  all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)]!;

function inWords({ vocabulary, text, characters, ours, theirs, offsets, same }: Speed): string {
  const rate = (seconds: number): string => `${(characters / seconds / 1e6).toFixed(2)} M`;
  return (
    `${vocabulary}, ${text}: ${rate(ours)} characters/s beside ${rate(theirs)}, ` +
    `${(theirs / ours).toFixed(1)} times; with offsets ${rate(offsets)}; ${same} lines have the same ids`
  );
}
