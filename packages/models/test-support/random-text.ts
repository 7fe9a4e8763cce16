import type { RandomSource } from '@tunesmith/schema';
import { outputGuide, type OutputOptions } from '../src/generation/output/output.ts';
import { createTokenizer } from '../src/tokenizer/create.ts';
import type { Tokenizer } from '../src/tokenizer/tokenizer.ts';
import { byteTokenizer } from './byte-tokenizer.ts';

/** Tokens that cross what belongs together; two hold half of a character, written as byte-level vocabularies do. */
const longer = ['":', ',Ġ"', '{"', '"}', '12', 'tru', 'ab', 'yes', '[[', ']]', 'Ã©', 'ðŁ', 'é"'];

/** A tokenizer of the bytes and a few longer tokens; its last token ends a text. */
export function pieceTokenizer(): Tokenizer {
  const bytes = byteTokenizer();
  const tokens = Array.from({ length: 256 }, (_, id) => bytes.token(id)!);
  const vocab = Object.fromEntries([...tokens, ...longer].map((token, id) => [token, id]));
  return createTokenizer({
    configuration: { eos_token: '<|end|>' },
    tokenizer: {
      added_tokens: [{ id: Object.keys(vocab).length, content: '<|end|>', special: true }],
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab, merges: [] },
    },
  });
}

/** A text that a model writes to which any token is as likely as any other. */
export function randomText(
  output: OutputOptions,
  tokenizer: Tokenizer,
  random: RandomSource,
  limit = 200,
): string {
  const guide = outputGuide(output, tokenizer);
  const endIds = new Set(tokenizer.endIds);
  const ids: number[] = [];
  let state = guide.start;
  while (ids.length < limit && !guide.isComplete(state)) {
    const scores = Float32Array.from({ length: tokenizer.vocabularySize }, () => random());
    guide.restrict(scores, state, endIds, limit - ids.length);
    const best = scores.indexOf(Math.max(...scores));
    if (scores[best] === Number.NEGATIVE_INFINITY) throw new Error('no token is left');
    if (endIds.has(best)) break;
    ids.push(best);
    state = guide.after(state, best);
  }
  return tokenizer.decode(ids);
}

/** Whether a text can be written under an output and ended, with {@link pieceTokenizer}, whose first 256 ids are the bytes. */
export function isAdmitted(output: OutputOptions, tokenizer: Tokenizer, text: string): boolean {
  const guide = outputGuide(output, tokenizer);
  let state = guide.start;
  for (const byte of new TextEncoder().encode(text)) {
    state = guide.after(state, byte);
    if (state < 0) return false;
  }
  const [end] = tokenizer.endIds;
  const scores = new Float32Array(tokenizer.vocabularySize);
  guide.restrict(scores, state, new Set([end!]), 1000);
  return scores[end!] === 0;
}
