import type { DeviceTensor, HostTensor, Jitted } from '@tunesmith/runtime';
import { input, inputLength, type BoundModel } from '../language-model/bound.ts';
import { bucketLength } from '../language-model/buckets.ts';
import {
  createLayout,
  firstPosition,
  layoutFeeds,
  noVirtualTokens,
} from '../language-model/layout.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { cachedBeginning, spreadCaches, type DecodingCache } from './cache.ts';
import { decodingStep } from './decoding-step.ts';
import { commonLength, shortestPrefix, type HeldPrefix, type PrefixCache } from './prefix-cache.ts';
import { ringsBeside } from './rings.ts';

/** Prompts whose beginning need not be read. */
interface BegunPrompts {
  /** Tokens of each prompt that need not be read. */
  readonly length: number;
  /**
   * Reads the rest of each prompt.
   *
   * @param cache whose rows have all their tokens placed
   * @param starts columns that each row has filled after its prompt was read
   */
  read(
    cache: DecodingCache,
    starts: readonly number[],
    fromRecords: Readonly<Record<string, HostTensor>>,
  ): Promise<Record<string, DeviceTensor>>;
}

/** Reads prompts after what a cache holds of their beginning. */
export interface PrefixReader {
  /**
   * What is there of the beginning that prompts share; where several share more, that is read first.
   *
   * @returns undefined where too little is there, where records set the prompts apart, and for models whose caches cannot be gone on
   * from: encoder-decoders, attentions with rings, and positions that are all turned anew
   */
  begin(
    prompts: readonly (readonly number[])[],
    records: readonly (RecordMeta | undefined)[],
    capacity: number,
    readAlone: (ids: readonly number[], record?: RecordMeta) => Promise<void>,
  ): Promise<BegunPrompts | undefined>;
  /** Keeps what was read of a lone prompt. */
  keep(
    prompt: readonly number[],
    record: RecordMeta | undefined,
    capacity: number,
    heads: Readonly<Record<string, DeviceTensor>>,
  ): Promise<void>;
}

/** Reads prompts of a model with a cache of prefixes. */
export function createPrefixReader(bound: BoundModel, prefixes: PrefixCache): PrefixReader {
  const { spec } = bound.model;
  const first = firstPosition(bound.virtual);
  const compiled = new Map<string, Jitted>();
  const compile = (name: string, run: Parameters<BoundModel['compile']>[1]): Jitted => {
    const known = compiled.get(name) ?? bound.compile(name, run);
    compiled.set(name, known);
    return known;
  };
  const isKept = (capacity: number): boolean =>
    spec.kind === 'decoder' &&
    spec.originalPositions === undefined &&
    ringsBeside(spec.caches, capacity).length === 0;

  const read = (
    prompts: readonly (readonly number[])[],
    length: number,
    heads: Readonly<Record<string, DeviceTensor>>,
    capacity: number,
  ): BegunPrompts['read'] => {
    const begun = inputLength(bound, length);
    const longest = Math.max(...prompts.map((prompt) => prompt.length - length));
    const columns = Math.min(bucketLength(longest), capacity - begun);
    const layout = createLayout(prompts.length, columns);
    const places = new Int32Array(prompts.length * columns);
    for (const [row, prompt] of prompts.entries())
      for (let i = 0; i < columns; i++) {
        const at = row * columns + i;
        places[at] = begun + i;
        const id = prompt[length + i];
        if (id === undefined) continue;
        layout.ids[at] = id;
        layout.segmentIds[at] = 1;
        layout.positions[at] = first + begun + i;
      }
    const extend = compile(`extend ${capacity}`, (scope) => {
      const rows = input(scope.tensors, 'ids').shape[0] as number;
      return decodingStep(spec, scope, {
        caches: spreadCaches(scope.tensors, spec.caches, rows, capacity),
      });
    });
    return (cache, starts, fromRecords) =>
      extend({
        ...layoutFeeds(layout, noVirtualTokens),
        ...fromRecords,
        ...cache.feeds(prompts.map(() => undefined)),
        ...heads,
        'input:cache:columns': {
          dtype: 'int32',
          shape: [prompts.length, columns],
          data: places,
        },
        'input:last': {
          dtype: 'int32',
          shape: [prompts.length],
          data: Int32Array.from(starts, (start, row) => row * columns + start - begun - 1),
        },
      });
  };

  return {
    async begin(prompts, records, capacity, readAlone) {
      if (!isKept(capacity)) return undefined;
      const owner = bound.recordKey(records[0]);
      if (prompts.some((_, row) => bound.recordKey(records[row]) !== owner)) return undefined;
      const held = await heldBeginning(prefixes, { prompts, owner }, (beginning) =>
        readAlone(beginning, records[0]),
      );
      if (!held) return undefined;
      const { length, heads, release } = held;
      const rest = read(prompts, length, heads, capacity);
      return {
        length,
        read: (...call) => rest(...call).finally(release),
      };
    },
    async keep(prompt, record, capacity, heads) {
      if (!isKept(capacity) || prompt.length < shortestPrefix) return;
      const columns = Math.min(bucketLength(inputLength(bound, prompt.length)), capacity);
      const take = compile(`keep prefix ${columns}`, ({ tensors }) =>
        cachedBeginning(tensors, spec.caches, columns),
      );
      prefixes.keep(prompt, bound.recordKey(record), await take({ ...heads }));
    },
  };
}

/**
 * What is held of the beginning that prompts share; where several share more, that is read first. Their last tokens are to be read
 * in any case: the logits after them are wanted.
 *
 * @param readAlone reads a beginning so that it is kept
 */
export async function heldBeginning(
  prefixes: PrefixCache,
  { prompts, owner }: { readonly prompts: readonly (readonly number[])[]; readonly owner: string },
  readAlone: (beginning: readonly number[]) => Promise<void>,
): Promise<HeldPrefix | undefined> {
  const shortest = Math.min(...prompts.map(({ length }) => length - 1));
  const shared = prompts.reduce(
    (length, prompt) => Math.min(length, commonLength(prompts[0]!, prompt)),
    shortest,
  );
  const beginning = prompts[0]!.slice(0, shared);
  let held = prefixes.longest(beginning, owner);
  if (prompts.length > 1 && shared - (held?.length ?? 0) >= shortestPrefix) {
    held?.release();
    await readAlone(beginning);
    held = prefixes.longest(beginning, owner);
  }
  if (!held || held.length >= shortestPrefix) return held;
  held.release();
  return undefined;
}
