import { modelsError } from '../errors.ts';
import type { HeadKind } from '../model.ts';

/**
 * Which token of a text a head for labels classifies: the first, or the last one that is no padding, as transformers finds it by
 * the id alone (the first, where all are padding). Of an encoder-decoder, the place of the last token that ends the source: its decoder
 * reads the source again, shifted right.
 *
 * @param ids a text's tokens, without virtual ones; of an encoder-decoder, those of the source
 * @throws TunesmithError `no-end-token` for a source that nothing ends
 */
export function classifiedToken(
  { token, padding, end }: Pick<Extract<HeadKind, { kind: 'labels' }>, 'token' | 'padding' | 'end'>,
  ids: ArrayLike<number>,
): number {
  if (token === 'first') return 0;
  if (token === 'end') {
    const last = Array.prototype.lastIndexOf.call(ids, end);
    if (last >= 0) return last;
    throw modelsError({
      code: 'no-end-token',
      message: `a source of ${ids.length} tokens has no token ${end}, at whose place it is classified`,
      value: ids.length,
      accepted: 'ids with eos_token_id among them',
    });
  }
  let at = ids.length - 1;
  while (at > 0 && ids[at] === padding) at -= 1;
  return at;
}

/** What the decoder of an encoder-decoder reads where it classifies: the source, shifted right behind the decoder's start. */
export function shiftedRight(ids: readonly number[], start: number): number[] {
  return [start, ...ids.slice(0, -1)];
}
