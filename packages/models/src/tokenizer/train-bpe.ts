import { modelsError } from '../errors.ts';
import { byteCharacters } from './bytes.ts';
import { asPart } from './json.ts';
import { learnMerges } from './learn-merges.ts';
import { createNormalizer } from './normalizers.ts';
import { createPreTokenizer } from './pre-tokenizers.ts';

type Json = Readonly<Record<string, unknown>>;

/** What {@link trainBpe} learns. */
export interface BpeTraining {
  /** Most tokens that the vocabulary may have, special ones and the 256 bytes among them. */
  readonly vocabularySize: number;
  /** Pairs that stand less often in the text are not merged; 0 by default. */
  readonly minFrequency?: number;
  /** Tokens with the ids 0, 1, …; they are found in texts before anything else. */
  readonly specialTokens?: readonly string[];
  /** `normalizer` of `tokenizer.json`; none by default. */
  readonly normalizer?: Json;
  /**
   * `pre_tokenizer` of `tokenizer.json`, which must write bytes as byte-level vocabularies do; by default `ByteLevel` with
   * GPT-2's expression and without a space in front.
   */
  readonly preTokenizer?: Json;
}

const gpt2 = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };

function wholeNumber(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw modelsError({
    code: 'invalid-training',
    message: `${name} is ${value}`,
    value,
    accepted: `a whole number, ${least} or more`,
  });
}

/** How often each word stands in the texts, as the parts of `tokenizer.json` cut them. */
async function countWords(
  texts: Iterable<string> | AsyncIterable<string>,
  { normalizer, preTokenizer = gpt2 }: BpeTraining,
): Promise<Map<string, number>> {
  const normalize = normalizer && createNormalizer(asPart(normalizer, 'normalizer'));
  const cut = createPreTokenizer(asPart(preTokenizer, 'pre_tokenizer'));
  const alone = { first: true, before: '', after: '' };
  const words = new Map<string, number>();
  for await (const text of texts) {
    const normalized = normalize?.(text, alone) ?? text;
    if (normalized === '') continue;
    for (const word of cut([{ text: normalized, first: true, continues: false }]))
      words.set(word.text, (words.get(word.text) ?? 0) + 1);
  }
  return words;
}

/**
 * Learns a byte-level BPE vocabulary from texts, as `BpeTrainer` of the library `tokenizers` does with `ByteLevel.alphabet()`:
 * the same tokens, ids and merges. The same texts give the same vocabulary, in whatever order they come.
 *
 * @returns `tokenizer.json`, as `createTokenizer` reads it
 * @throws `invalid-training` for numbers that cannot be, special tokens that stand twice or are bytes, a pre-tokenizer that
 * does not write bytes; errors of reading `normalizer` and `preTokenizer`
 */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  training: BpeTraining,
): Promise<Json> {
  const { specialTokens = [], normalizer, preTokenizer = gpt2 } = training;
  const alphabet = [...specialTokens, ...byteCharacters.toSorted()];
  const repeated = alphabet.find((token, i) => token === '' || alphabet.indexOf(token) < i);
  if (repeated !== undefined) {
    throw modelsError({
      code: 'invalid-training',
      message: `the special token "${repeated}" is empty, stands twice or is one of the 256 bytes`,
      value: repeated,
    });
  }
  const minFrequency = wholeNumber('minFrequency', training.minFrequency ?? 0, 0);
  const vocabularySize = wholeNumber('vocabularySize', training.vocabularySize, alphabet.length);
  const words = await countWords(texts, training);
  const known = new Set(byteCharacters);
  for (const word of words.keys()) {
    const other = Array.from(word).find((character) => !known.has(character));
    if (other === undefined) continue;
    throw modelsError({
      code: 'invalid-training',
      message: `the pre-tokenizer leaves "${other}", which stands for no byte`,
      value: preTokenizer,
      accepted: 'a pre-tokenizer that ends with ByteLevel',
    });
  }
  const { tokens, merges } = learnMerges(words, alphabet, { vocabularySize, minFrequency });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: normalizer ?? null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
