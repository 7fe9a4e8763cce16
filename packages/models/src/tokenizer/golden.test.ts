import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inCharacters } from '../../test-support/in-characters.ts';
import { createTokenizer } from './create.ts';

interface Golden {
  readonly texts: readonly string[];
  readonly styles: readonly {
    readonly name: string;
    readonly tokenizer: Record<string, unknown>;
    /**
     * Ids with special tokens, the borders between tokens, the text without special tokens, and with them; where each
     * token starts and ends, in Unicode characters.
     */
    readonly cases: readonly (readonly [number[], number[], string, string, number[]])[];
  }[];
}

const file = new URL('../../goldens/tokenizers.json', import.meta.url);
const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

describe("ids and texts are those of the library 'tokenizers'", () => {
  test.each(golden.styles)('$name', ({ tokenizer: json, cases }) => {
    const tokenizer = createTokenizer({ tokenizer: json });
    golden.texts.forEach((text, i) => {
      const [ids, , bare, whole] = cases[i]!;
      const plain = tokenizer.encode(text, { special: false });
      expect({ text, ids: tokenizer.encode(text) }).toEqual({ text, ids });
      expect({ text, bare: tokenizer.decode(plain, { skipSpecial: true }) }).toEqual({
        text,
        bare,
      });
      expect({ text, whole: tokenizer.decode(plain) }).toEqual({ text, whole });
    });
  });
});

describe("places of tokens are those of the library 'tokenizers'", () => {
  test.each(golden.styles)('$name', ({ tokenizer: json, cases }) => {
    const tokenizer = createTokenizer({ tokenizer: json });
    golden.texts.forEach((text, i) => {
      const [ids, , , , places] = cases[i]!;
      const located = tokenizer.encodeWithOffsets(text);
      expect({ text, ids: located.ids }).toEqual({ text, ids });
      expect({ text, places: inCharacters(text, located.offsets) }).toEqual({ text, places });
    });
  });
});

/** Where words do not depend on what stands around them, so that a cut at a token's border changes no token. */
const cuttable = [
  'prepend',
  'prepend-byte-fallback',
  'metaspace-first',
  'metaspace-always',
  'metaspace-never',
];

describe('a text cut where a token begins has the tokens of the whole text', () => {
  test.each(golden.styles.filter(({ name }) => cuttable.includes(name)))(
    '$name',
    ({ tokenizer: json, cases }) => {
      const tokenizer = createTokenizer({ tokenizer: json });
      let cuts = 0;
      golden.texts.forEach((text, i) => {
        const whole = tokenizer.encode(text, { special: false });
        const points = Array.from(text);
        for (const place of cases[i]![1]) {
          const border = points.slice(0, place).join('').length;
          cuts++;
          const pieces = tokenizer.encodePieces(text, [border]);
          expect({ text, border, ids: pieces.flat() }).toEqual({ text, border, ids: whole });
        }
      });
      expect(cuts).toBeGreaterThan(100);
    },
  );
});

interface LlamaGolden {
  readonly texts: readonly string[];
  readonly cases: readonly {
    readonly style: string;
    readonly configuration: Record<string, unknown>;
    readonly model: string;
    readonly ids: readonly number[][];
    readonly texts: readonly string[];
  }[];
}

const llama = JSON.parse(
  readFileSync(new URL('../../goldens/llama-class.json', import.meta.url), 'utf8'),
) as LlamaGolden;

describe('what stands beside tokenizer.json counts as in transformers', () => {
  test.each(llama.cases)('$style, $model, $configuration', (one) => {
    const { tokenizer: json } = golden.styles.find(({ name }) => name === one.style)!;
    const tokenizer = createTokenizer({
      tokenizer: json,
      configuration: one.configuration,
      model: { model_type: one.model },
    });
    llama.texts.forEach((text, i) => {
      const ids = tokenizer.encode(text, { special: false });
      expect({ text, ids }).toEqual({ text, ids: one.ids[i] });
      expect({ text, decoded: tokenizer.decode(ids) }).toEqual({ text, decoded: one.texts[i] });
    });
  });
});
