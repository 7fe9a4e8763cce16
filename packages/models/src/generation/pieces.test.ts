import { xoshiro128 } from '@tunesmith/schema';
import { describe, expect, test } from 'vitest';
import { packRows } from '../language-model/pack.ts';
import { bucketLength } from '../language-model/buckets.ts';
import { byteFallbackDecoder, byteTokenizer, specials } from '../../test-support/byte-tokenizer.ts';
import { checkOptions } from './options.ts';
import { chooseToken, type SamplingOptions } from './warpers.ts';
import { createStopFilter } from './stop-strings.ts';
import { createTextStream } from './text-stream.ts';

describe('a stop string', () => {
  const run = (
    pieces: string[],
    stops: string[],
  ): { texts: string[]; stopped: boolean; rest: string } => {
    const filter = createStopFilter(stops);
    const texts: string[] = [];
    for (const piece of pieces) {
      const { text, stopped } = filter.push(piece);
      texts.push(text);
      if (stopped) return { texts, stopped, rest: '' };
    }
    return { texts, stopped: false, rest: filter.flush() };
  };

  test('is found across the borders of tokens and not let through', () => {
    expect(run(['one\n', '\nQ', ': two'], ['\n\nQ:'])).toEqual({
      texts: ['one', '', ''],
      stopped: true,
      rest: '',
    });
  });

  test('holds back only what may be its beginning', () => {
    expect(run(['a\n', 'b', '\n'], ['\n\n'])).toEqual({
      texts: ['a', '\nb', ''],
      stopped: false,
      rest: '\n',
    });
  });

  test('ends the text at the first of several', () => {
    expect(run(['x END y STOP'], ['STOP', 'END'])).toEqual({
      texts: ['x '],
      stopped: true,
      rest: '',
    });
  });
});

describe('a text stream', () => {
  test('never splits a character', () => {
    const stream = createTextStream(byteTokenizer(), []);
    const pieces = [...new TextEncoder().encode('né🙂!')].map((byte) => stream.push(byte));
    expect(pieces).toEqual(['n', '', 'é', '', '', '', '🙂', '!']);
  });

  test('leaves special tokens out and shows an unfinished character at the end', () => {
    const tokenizer = byteTokenizer();
    const stream = createTextStream(tokenizer, tokenizer.encode('<|turn|>', { special: false }));
    expect([65, 259, 66, 0xc3].map((id) => stream.push(id))).toEqual(['A', '', 'B', '']);
    expect(stream.flush()).toBe('\uFFFD');
  });

  test('keeps the space between words that a SentencePiece decoder would drop from a text of its own', () => {
    const tokenizer = byteTokenizer({
      tokenizer: {
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        model: { type: 'BPE', vocab: { '▁': 0, a: 1, '▁a': 2 }, merges: ['▁ a'] },
        added_tokens: specials.map((content, i) => ({ id: 3 + i, content, special: true })),
      },
    });
    const stream = createTextStream(tokenizer, [2]);
    expect([2, 1, 2].map((id) => stream.push(id))).toEqual([' a', 'a', ' a']);
  });

  describe('of tokens that are bytes, of which a row is characters as a whole or not at all', () => {
    const bytes = Array.from({ length: 256 }, (_, byte) => {
      const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
      return [token, byte] as const;
    });
    const tokenizer = byteTokenizer({
      tokenizer: {
        pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first' },
        decoder: byteFallbackDecoder,
        model: {
          type: 'BPE',
          byte_fallback: true,
          vocab: { ...Object.fromEntries(bytes), a: 256 },
          merges: [],
        },
        added_tokens: specials.map((content, i) => ({ id: 257 + i, content, special: true })),
      },
    });
    const flags = [...new TextEncoder().encode('🇩🇪🇫🇷🇯🇵')];

    test('long rows come character by character', () => {
      const stream = createTextStream(tokenizer, []);
      const pieces = [...flags, 256].map((id) => stream.push(id));
      expect(pieces.filter((piece) => piece !== '')).toEqual([...'🇩🇪🇫🇷🇯🇵a']);
    });

    test('a row that a prompt began is gone on with', () => {
      const stream = createTextStream(tokenizer, flags.slice(0, 16));
      const pieces = flags.slice(16).map((id) => stream.push(id));
      expect(pieces).toEqual(['', '', '', '🇯', '', '', '', '🇵']);
    });

    test('a row that breaks off shows that it does, and what follows comes', () => {
      const stream = createTextStream(tokenizer, []);
      const pieces = [...flags.slice(0, 6), 256, 256].map((id) => stream.push(id));
      expect(pieces).toEqual(['', '', '', '🇩', '', '', '\uFFFD\uFFFDa', 'a']);
    });
  });
});

describe('choosing a token', () => {
  const logits = Float32Array.of(1, 3, 2, -1);
  const share = (options: SamplingOptions): number[] => {
    const random = xoshiro128(3);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 4000; i++) counts[chooseToken(logits, options, random)]! += 1 / 4000;
    return counts.map((count) => Math.round(count * 10) / 10);
  };

  test('takes the most likely one at temperature 0', () => {
    expect(share({ temperature: 0 })).toEqual([0, 1, 0, 0]);
  });

  test('draws in proportion to exp(logit / temperature)', () => {
    // softmax of (1, 3, 2, −1) / 2 is (0.174, 0.474, 0.288, 0.064)
    expect(share({ temperature: 2 })).toEqual([0.2, 0.5, 0.3, 0.1]);
  });

  test('keeps the k most likely', () => {
    expect(share({ temperature: 2, topK: 2 })).toEqual([0, 0.6, 0.4, 0]);
  });

  test('keeps the most likely that reach a probability', () => {
    // softmax of (1, 3, 2, −1) is (0.089, 0.657, 0.242, 0.012)
    expect(share({ temperature: 1, topP: 0.65 })).toEqual([0, 1, 0, 0]);
    expect(share({ temperature: 1, topP: 0.66 })).toEqual([0, 0.7, 0.3, 0]);
  });

  test('refuses what is out of range', () => {
    expect(() => checkOptions({ topP: 0 })).toThrow(/topP is 0; accepted: above 0, at most 1/);
    expect(() => checkOptions({ minP: 1.5 })).toThrow(/minP is 1.5; accepted: 0 to 1/);
    expect(() => checkOptions({ presencePenalty: 3 })).toThrow(
      /presencePenalty is 3; accepted: -2 to 2/,
    );
    expect(() => checkOptions({ logitBias: { 5: Number.NaN } })).toThrow(/logitBias of 5 is NaN/);
    expect(() => checkOptions({ beams: 0 })).toThrow(/beams is 0/);
    expect(() => checkOptions({ beams: 2, temperature: 1 })).toThrow(/2 beams at temperature 1/);
    expect(() => checkOptions({ stop: [''] })).toThrow(/a stop string is empty/);
    expect(() => checkOptions({ stop: 'no' as never })).toThrow(/stop is "no"; accepted: a list/);
    expect(() => checkOptions({ seed: 1.5 })).toThrow(/seed is 1.5; accepted: a whole number/);
    expect(() => checkOptions({ maximumTokens: 0 })).toThrow(/maximumTokens is 0/);
  });
});

describe('packing', () => {
  test('fills rows of 512 tokens, longest first, and gives a longer item a row of its own', () => {
    const rows = packRows([100, 600, 412, 50, 470]);
    expect(
      rows.map(({ filled, items }) => [filled, items.map((item) => [item.index, item.start])]),
    ).toEqual([
      [600, [[1, 0]]],
      [470, [[4, 0]]],
      [
        512,
        [
          [2, 0],
          [0, 412],
        ],
      ],
      [50, [[3, 0]]],
    ]);
  });

  test('pads to few lengths', () => {
    expect([1, 16, 17, 24, 25, 33, 48, 49, 65, 96, 97, 500].map(bucketLength)).toEqual([
      16, 16, 24, 24, 32, 48, 48, 64, 96, 96, 128, 512,
    ]);
  });
});
