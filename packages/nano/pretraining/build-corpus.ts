/**
 * Builds the pretraining corpus and, with `--tokenizer`, learns the vocabulary anew.
 *
 *     pnpm --filter @tunesmith/nano corpus [--tokenizer]
 *
 * Writes into `.corpus/` (not kept in git): `train.jsonl` and `heldout.jsonl`, one
 * `{ source, text }` a line; `train.bin` and `heldout.bin`, token ids as little-endian uint16 with `<|endoftext|>`
 * (id 0) after each document; `corpus.json`, what was counted.
 */
import { stableFraction, stableHash } from '@tunesmith/schema';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from 'tokenizers';
import { corpusPassages, type Passage } from './sources.ts';
import { sentences } from './text.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const corpus = join(root, '.corpus');
const model = join(root, 'model');

/** Share of passages kept out of training, and share of passages shown as turns of a chat. */
const heldOutShare = 0.01;
const chatShare = 0.04;

/**
 * Running text as a conversation whose turns are its sentences in order. It carries no
 * instruction; it only gives the three special tokens embeddings worth building on.
 */
function asChat(text: string): string {
  const turns = sentences(text);
  return turns
    .slice(0, turns.length - (turns.length % 2))
    .map(
      (turn, index) => `<|im_start|>${index % 2 === 0 ? 'user' : 'assistant'}\n${turn}<|im_end|>\n`,
    )
    .join('');
}

function document({ text }: Passage): string {
  return stableFraction(text, 'chat') < chatShare && sentences(text).length > 1
    ? asChat(text)
    : text;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function writeTokens(name: string, texts: readonly string[], tokenizer: Tokenizer) {
  const endOfText = tokenizer.tokenToId('<|endoftext|>')!;
  const chunks: Uint16Array[] = [];
  for (let start = 0; start < texts.length; start += 512) {
    const encodings = await tokenizer.encodeBatch(texts.slice(start, start + 512));
    for (const encoding of encodings)
      chunks.push(Uint16Array.from([...encoding.getIds(), endOfText]));
  }
  const bytes = Buffer.concat(chunks.map((ids) => Buffer.from(ids.buffer)));
  writeFileSync(join(corpus, `${name}.bin`), bytes);
  return {
    documents: texts.length,
    characters: texts.reduce((sum, text) => sum + text.length, 0),
    tokens: bytes.length / 2,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

mkdirSync(corpus, { recursive: true });
mkdirSync(model, { recursive: true });
const all = [...corpusPassages()].filter(({ text }) => text.length > 40);
const order = new Map(all.map((passage) => [passage, stableHash(passage.text, 'order')]));
all.sort((left, right) => order.get(left)! - order.get(right)!);
const isKeptOut = ({ text }: Passage): boolean => stableFraction(text, 'heldout') < heldOutShare;
const splits = {
  train: all.filter((passage) => !isKeptOut(passage)),
  heldout: all.filter(isKeptOut),
};
for (const [name, passages] of Object.entries(splits)) {
  const lines = passages.map((passage) =>
    JSON.stringify({ source: passage.source, text: document(passage) }),
  );
  writeFileSync(join(corpus, `${name}.jsonl`), `${lines.join('\n')}\n`);
}
if (process.argv.includes('--tokenizer') || !existsSync(join(model, 'tokenizer.json'))) {
  await trainTokenizer(splits.train.map(({ text }) => text).join('\n'), model);
  say('learned a vocabulary');
}
const tokenizer = Tokenizer.fromFile(join(model, 'tokenizer.json'));
const report: Record<string, unknown> = {};
for (const [name, passages] of Object.entries(splits)) {
  report[name] = await writeTokens(name, passages.map(document), tokenizer);
}
const sources: Record<string, { passages: number; characters: number }> = {};
for (const { source, text } of all) {
  const count = (sources[source] ??= { passages: 0, characters: 0 });
  count.passages += 1;
  count.characters += text.length;
}
report['sources'] = sources;
writeFileSync(join(corpus, 'corpus.json'), `${JSON.stringify(report, null, 2)}\n`);
say(JSON.stringify(report, null, 2));
