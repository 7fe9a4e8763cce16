import { inputLength, type BoundModel } from '../language-model/bound.ts';
import { bucketLength } from '../language-model/buckets.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { columnsFor } from './side-by-side.ts';

/** Texts being written side by side: gives the logits of each one's next token, token after token. */
export interface DecodingGroup {
  /** Logits of the token after each prompt, `[vocabulary]`, for each text: those of a prompt's texts are the same. */
  readonly first: readonly Float32Array[];
  /** Tokens of each text's prompt that were not read, because a prefix cache held them; absent without such a cache. */
  readonly cachedTokens?: number;
  /** Appends a token to each text and gives the logits of the one after it; undefined where a text has ended. */
  next(ids: readonly (number | undefined)[]): Promise<readonly Float32Array[]>;
  /** Each text goes on as a copy of another one; what stands in the place of a text that has ended is not read. */
  reorder(sources: readonly number[]): Promise<void>;
  /** Bytes of the keys and values that are held for the texts. */
  cacheBytes(): number;
  /** Gives the memory back. */
  close(): void;
}

/** How texts are started. */
export interface StartOptions {
  /** The record of each prompt. */
  readonly records?: readonly (RecordMeta | undefined)[];
  /** Texts of each prompt, 1 by default: those of the first prompt come first. Each prompt is read once. */
  readonly copies?: number;
}

/** Starts texts from prompts, which may differ in length. */
export type StartDecoding = (
  prompts: readonly (readonly number[])[],
  newTokens: number,
  options?: StartOptions,
) => Promise<DecodingGroup>;

/** Columns that a cache has for a prompt and the tokens after it. The last token written is never read again. */
export function cacheCapacity(bound: BoundModel, promptTokens: number, newTokens: number): number {
  const read = bound.model.spec.kind === 'encoder-decoder' ? 1 : inputLength(bound, promptTokens);
  return columnsFor(read + newTokens - 1);
}

/** Columns that a prompt is read in. */
export function promptColumns(bound: BoundModel, promptTokens: number): number {
  return bucketLength(inputLength(bound, promptTokens));
}
