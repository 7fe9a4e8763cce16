import type { Tokenizer } from '@tunesmith/models';
import type { Message } from '@tunesmith/schema';
import { nothingNoticed } from '../../data/tokenize.ts';
import { aroundOf, enclose } from '../encode-text.ts';
import type { ObjectiveContext } from '../objective.ts';
import { failure, textOf, tokenizerOf } from '../record-text.ts';
import type { Scored } from './candidates.ts';

/**
 * An answer as an encoder guesses it: as many mask tokens as it has, in place of the mask token of the prompt, or after the prompt.
 *
 * @throws TunesmithError `no-mask-token`; `other-mask` for a prompt with another tokenizer's mask, or a template with another gap;
 * `mask-answer` for an answer with the mask in it, all naming the example
 */
export function inMasks(
  id: string,
  before: readonly Message[],
  choice: string,
  context: ObjectiveContext,
): Scored {
  const tokenizer = tokenizerOf(context, id);
  const mask = maskOf(tokenizer, id);
  const gap = context.template?.gap?.();
  if (gap !== undefined && gap !== mask.text) throw otherMask(id, gap, 'gap', mask.text);
  const prompt = textOf(before, tokenizer, id);
  const place = prompt.indexOf(mask.text);
  const foreign = place < 0 && otherMasks.find((other) => prompt.includes(other));
  if (foreign) throw otherMask(id, foreign, 'prompt', mask.text);
  const [head, tail] =
    place < 0
      ? [`${prompt} `, '']
      : [prompt.slice(0, place), prompt.slice(place + mask.text.length)];
  // the space before belongs to the answer: byte-level vocabularies write it into the first token
  const start = head.endsWith(' ') ? head.length - 1 : head.length;
  const end = head.length + choice.length;
  const [left = [], answer = [], right = []] = tokenizer.encodePieces(`${head}${choice}${tail}`, [
    start,
    end,
  ]);
  if (answer.includes(mask.id))
    throw failure(
      id,
      'mask-answer',
      `may be answered by ${JSON.stringify(choice)}, which has the mask token in it`,
      'answers to be guessed in place of the mask',
      choice,
    );
  const around = aroundOf(tokenizer);
  const maximumLength = context.maximumLength - context.virtualTokens.input;
  const surplus =
    around.before.length +
    left.length +
    answer.length +
    right.length +
    around.after.length -
    maximumLength;
  // the answer must stay: what is too much is cut off the text after it, then off the text before
  const after = right.slice(0, Math.max(0, right.length - Math.max(0, surplus)));
  const cut = Math.max(0, surplus - (right.length - after.length));
  const kept = left.slice(0, Math.max(0, left.length - cut));
  const { ids } = enclose([...kept, ...answer.map(() => mask.id), ...after], around, maximumLength);
  const first = around.before.length + kept.length;
  return {
    ids: Int32Array.from(ids),
    tokens: answer.map((token, i) => ({ at: first + i, token })),
    truncated: Math.max(0, surplus),
    noticed: nothingNoticed,
  };
}

/** How vocabularies write their mask token; one of another vocabulary would be read as text. */
const otherMasks = ['[MASK]', '<mask>'];

function otherMask(
  id: string,
  found: string,
  place: 'gap' | 'prompt',
  mask: string,
): ReturnType<typeof failure> {
  const what = `has ${found} in its ${place}, which is no mask token of the tokenizer`;
  return failure(id, 'other-mask', what, mask, found);
}

function maskOf(tokenizer: Tokenizer, id: string): { id: number; text: string } {
  const { mask } = tokenizer;
  if (mask !== undefined) return { id: mask, text: tokenizer.token(mask)! };
  throw failure(
    id,
    'no-mask-token',
    'is to be answered in mask tokens, and the tokenizer has none',
    'a tokenizer whose configuration names its mask_token',
  );
}
