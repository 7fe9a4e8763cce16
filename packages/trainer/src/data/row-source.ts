import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Objective } from '../objectives/objective.ts';
import type { Layout } from './pack.ts';
import type { Example, Row, RowSource } from './rows.ts';

/** A row source over examples in a given layout: the objective fills the rows. */
export function rowSource<E extends Example, R extends Row>(
  examples: readonly E[],
  layout: Layout,
  objective: Objective<E, R>,
): RowSource<R> {
  const sizes = examples.map((example) => objective.size(example));
  const { rows, ...lengths } = layout;
  const perRow = (count: (index: number) => number): Int32Array =>
    Int32Array.from(rows, (row) => row.reduce((sum, index) => sum + count(index), 0));
  const lists = [...new Set(sizes.flatMap(({ places = {} }) => Object.keys(places)))];
  const row = (index: number): R =>
    objective.row(
      rows[index]!.map((i) => examples[i]!),
      lengths,
    );
  return {
    rows: rows.length,
    ...lengths,
    positions: Math.min(lengths.tokens, objective.lengths.tokens),
    realTokens: rows
      .flat()
      .reduce((sum, index) => sum + sizes[index]!.tokens + (sizes[index]!.sourceTokens ?? 0), 0),
    supervised: perRow((index) => sizes[index]!.supervised),
    ...(lists.length > 0
      ? {
          places: Object.fromEntries(
            lists.map((list) => [list, perRow((index) => sizes[index]!.places?.[list] ?? 0)]),
          ),
        }
      : {}),
    virtualTokens: objective.virtualTokens.input,
    packed: rows.some((row) => row.length > 1),
    row,
    fingerprint() {
      const hash = createHash('sha256').update(JSON.stringify(lengths));
      for (let index = 0; index < rows.length; index++) digest(hash, row(index));
      return { rows: rows.length, tokensPerRow: lengths.tokens, sha256: hash.digest('hex') };
    },
  };
}

/** Every array and number of a value with its name. */
function digest(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`${value.byteLength};`);
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      hash.update(`${name}:`);
      digest(hash, part);
    }
  } else hash.update(`${JSON.stringify(value)};`);
}
