import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '@tunesmith/models/node';
import { renderChat } from '@tunesmith/models';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { learnTokenizer } from './learn-tokenizer.ts';

interface Golden {
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly name: string;
    readonly size: number;
    readonly merges: readonly (readonly [string, string])[];
  }[];
}

/** What `BpeTrainer` of the Rust library `tokenizers` learns from the same texts: `make_bpe_training.py` of the models package. */
const golden = JSON.parse(
  await readFile(new URL('../../models/goldens/bpe-training.json', import.meta.url), 'utf8'),
) as Golden;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tunesmith-tokenizer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function rows(texts: readonly string[]): Promise<string> {
  const path = join(folder, 'rows.jsonl');
  const filled = texts.filter((text) => text !== '');
  await writeFile(path, filled.map((text) => JSON.stringify({ text })).join('\n'));
  return path;
}

test('the vocabulary of rows is the one that the library tokenizers learns from their texts', async () => {
  const { size, merges } = golden.cases.find(({ name }) => name === 'gpt2')!;
  const out = join(folder, 'tokenizer');
  const options = { path: await rows(golden.texts), out, minFrequency: 0 };
  const summary = await learnTokenizer({ ...options, vocabularySize: size });
  const written = JSON.parse(await readFile(join(out, 'tokenizer.json'), 'utf8')) as {
    model: { merges: unknown };
  };
  expect(written.model.merges).toEqual(merges);
  expect(summary).toMatchObject({
    vocabularySize: 259 + merges.length,
    texts: golden.texts.filter((text) => text !== '').length,
  });
});

test('all messages of conversations and all fields of instances are learned from', async () => {
  const path = join(folder, 'rows.jsonl');
  const messages = [
    { role: 'user', content: 'abab' },
    { role: 'assistant', content: 'cdcd' },
  ];
  await writeFile(path, JSON.stringify({ messages }));
  const options = { vocabularySize: 300, minFrequency: 2 };
  const conversations = await learnTokenizer({ ...options, path, out: join(folder, 'one') });
  expect(conversations).toMatchObject({ texts: 2, characters: 8 });
  await writeFile(path, JSON.stringify({ instruction: 'abab', input: 'efef', output: 'cdcd' }));
  const instances = await learnTokenizer({ ...options, path, out: join(folder, 'two') });
  expect(instances).toMatchObject({ texts: 3, characters: 12, vocabularySize: 259 + 3 });
});

test('the result is a tokenizer with a chat template and an end of turn', async () => {
  const out = join(folder, 'tokenizer');
  await learnTokenizer({ path: await rows(['to be or not to be']), vocabularySize: 262, out });
  const tokenizer = await loadTokenizer(out);
  const chat = renderChat(tokenizer, [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yes' },
  ]);
  expect(chat.text).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes<|im_end|>\n');
  expect(tokenizer.token(tokenizer.eos!)).toBe('<|im_end|>');
  expect(tokenizer.decode(tokenizer.encode('to be, 日本語'))).toBe('to be, 日本語');
});

test('a text that has fewer pairs than asked for is said', async () => {
  const heard: string[] = [];
  const options = { path: await rows(['aaaa']), vocabularySize: 5000, out: join(folder, 'out') };
  await learnTokenizer({ ...options, onWarning: ({ message }) => heard.push(message) });
  expect(heard).toEqual([
    'the vocabulary has 260 tokens, not 5000: no other pair stands at least 2 times in the text',
  ]);
});

describe('nothing is written where', () => {
  const refused = async (changes: object, texts = ['some text']): Promise<unknown> => {
    const out = join(folder, 'out');
    const options = { path: await rows(texts), vocabularySize: 300, out, ...changes };
    const error: unknown = await learnTokenizer(options).catch((cause: unknown) => cause);
    expect(await readdir(folder)).toEqual(['rows.jsonl']);
    return error;
  };

  test.each([
    [
      'the size leaves no room for special tokens and bytes',
      { vocabularySize: 258 },
      /vocabularySize is 258; accepted: a whole number, 259 or more/,
    ],
    [
      'a special token stands twice',
      { specialTokens: ['<a>', '<a>'] },
      /special token "<a>" is empty, stands twice/,
    ],
    ['the format is not known', { format: 'alpaka' }, /alpaka.*alpaca/s],
  ])('%s', async (_, changes, message) => {
    expect(await refused(changes)).toMatchObject({ message: expect.stringMatching(message) });
  });

  test('the data is empty', async () => {
    expect(await refused({}, [])).toBeInstanceOf(Error);
  });
});
