import type { HostTensor } from '@tunesmith/runtime';
import { createSha256, type Sha256 } from '@tunesmith/schema';
import type { Objective } from '../objectives/objective.ts';
import type { RowLayout } from './pack.ts';
import type { Example, ExampleSize, Row, RowSource } from './rows.ts';

/** What methods read of one record, by name: `[size]` each. */
export type RecordNumbers = Readonly<Record<string, HostTensor>>;

/** What is known of examples besides themselves. */
export interface KnownOfExamples {
  /** What each takes of a row; found from the examples where it is left out. */
  readonly sizes?: readonly ExampleSize[];
  /** Of each example's record, what methods read; every document that the example makes of a row gets them. */
  readonly numbers?: readonly RecordNumbers[];
}

/** A row source over examples in a given layout: the objective fills the rows, from the examples as they are asked for. */
export function rowSource<E extends Example, R extends Row>(
  examples: { readonly length: number; at(index: number): E | undefined },
  layout: RowLayout,
  objective: Objective<E, R>,
  { numbers = [], ...known }: KnownOfExamples = {},
): RowSource<R> {
  const sizes =
    known.sizes ??
    Array.from({ length: examples.length }, (_, index) => objective.size(examples.at(index)!));
  const { rows, ...lengths } = layout;
  const perRow = (count: (index: number) => number): Int32Array =>
    Int32Array.from(rows, (row) => row.reduce((sum, index) => sum + count(index), 0));
  const lists = [...new Set(sizes.flatMap(({ places = {} }) => Object.keys(places)))];
  const names = Object.keys(numbers[0] ?? {});
  const documentsOf = (index: number): number => sizes[index]!.documents ?? 1;
  const row = (index: number): R => {
    const members = rows[index]!;
    const made = objective.row(
      members.map((i) => examples.at(i)!),
      lengths,
    );
    if (names.length === 0) return made;
    const lines = members.flatMap((i) => Array.from({ length: documentsOf(i) }, () => numbers[i]!));
    return {
      ...made,
      inputs: Object.fromEntries(names.map((name) => [name, stacked(lines, name)])),
    };
  };
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
    ...(names.length > 0 ? { documents: Math.max(...perRow(documentsOf)) } : {}),
    virtualTokens: objective.virtualTokens.input,
    packed: rows.some((row) => row.length > 1),
    row,
    fingerprint() {
      const hash = createSha256().update(JSON.stringify(lengths));
      for (let index = 0; index < rows.length; index++) digest(hash, row(index));
      return { rows: rows.length, tokensPerRow: lengths.tokens, sha256: hash.hex() };
    },
  };
}

/** The numbers of several documents, `[documents, size]`. */
function stacked(lines: readonly RecordNumbers[], name: string): HostTensor {
  const { dtype, data: first } = lines[0]![name]!;
  const all = lines.flatMap((line) => [...line[name]!.data]);
  const data = dtype === 'int32' ? Int32Array.from(all) : Float32Array.from(all);
  return { data, shape: [lines.length, first.length], dtype };
}

/** Every array and number of a value with its name. */
function digest(hash: Sha256, value: unknown): void {
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
