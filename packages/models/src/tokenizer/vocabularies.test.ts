import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inCharacters } from '../../test-support/in-characters.ts';
import { createTokenizer } from './create.ts';

/** The folder that `goldens/make_vocabularies.py` was run on: tokenizers of well-known models, too large for this repository. */
const folder = process.env['TUNESMITH_VOCABULARIES'];

interface Golden {
  readonly tokens: number;
  readonly sha256: string;
  readonly lines: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

interface Lines {
  readonly lines: readonly string[];
  readonly added: Readonly<Record<string, readonly { readonly content: string }[]>>;
}

interface TokenizerFile {
  added_tokens: { readonly content: string }[];
}

const readJson = (path: string | URL): unknown => JSON.parse(readFileSync(path, 'utf8'));

const golden = readJson(
  new URL('../../goldens/vocabularies.golden.json', import.meta.url),
) as Record<string, Golden>;

const without =
  folder === undefined
    ? 'TUNESMITH_VOCABULARIES names no folder of tokenizers'
    : existsSync(join(folder, 'lines.json'))
      ? undefined
      : `${folder} holds no lines.json; make_vocabularies.py writes it`;

describe('ids, places and texts of 10,000 lines are those of the library tokenizers', () => {
  test.for(Object.entries(golden))('%s', { timeout: 300_000 }, ([name, wanted], context) => {
    if (without !== undefined) context.skip(without);
    const { lines, added } = readJson(join(folder!, 'lines.json')) as Lines;
    const json = readJson(join(folder!, name, 'tokenizer.json')) as TokenizerFile;
    const known = new Set(json.added_tokens.map(({ content }) => content));
    json.added_tokens.push(...added[name]!.filter(({ content }) => !known.has(content)));
    const tokenizer = createTokenizer({ tokenizer: { ...json } });
    const digest = createHash('sha256');
    let tokens = 0;
    for (const text of lines) {
      const plain = tokenizer.encode(text, { special: false });
      const located = tokenizer.encodeWithOffsets(text, { special: false });
      const row = [
        tokenizer.encode(text),
        plain,
        tokenizer.decode(plain),
        tokenizer.decode(plain, { skipSpecial: true }),
        inCharacters(text, located.offsets),
      ];
      expect(located.ids).toEqual(plain);
      tokens += plain.length;
      digest.update(`${JSON.stringify(row)}\n`);
    }
    for (const { text, ids } of wanted.lines)
      expect({ text, ids: tokenizer.encode(text, { special: false }) }).toEqual({ text, ids });
    expect({ tokens, sha256: digest.digest('hex') }).toEqual({
      tokens: wanted.tokens,
      sha256: wanted.sha256,
    });
  });
});
