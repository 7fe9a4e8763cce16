import type { HeadKind } from '../model.ts';

/**
 * Which token of a text a head for labels classifies: the first, or the last one that is no padding, as transformers finds it by
 * the id alone (the first, where all are padding).
 *
 * @param ids a text's tokens, without virtual ones
 */
export function classifiedToken(
  { token, padding }: Pick<Extract<HeadKind, { kind: 'labels' }>, 'token' | 'padding'>,
  ids: ArrayLike<number>,
): number {
  if (token === 'first') return 0;
  let at = ids.length - 1;
  while (at > 0 && ids[at] === padding) at -= 1;
  return at;
}
