import type { HostTensor } from '@tunesmith/runtime';
import { createSha256, type Listed, type Sha256 } from '@tunesmith/schema';
import type { Objective } from '../objectives/objective.ts';
import type { RowLayout } from './pack.ts';
import type { Example, ExampleSize, Row, RowSource } from './rows.ts';

/** What methods read of one record, by name: `[size]` each. */
export type RecordNumbers = Readonly<Record<string, HostTensor>>;

/** What is known of examples besides themselves. */
export interface KnownOfExamples {
  /** What each takes of a row; found from the examples where it is left out. */
  readonly sizes?: Listed<ExampleSize>;
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
  const perRow = (count: (size: ExampleSize) => number): Int32Array => {
    const sums = new Int32Array(rows.length);
    for (let row = 0; row < sums.length; row++)
      for (const index of rows.at(row)!) sums[row]! += count(sizes.at(index)!);
    return sums;
  };
  const lists = new Set<string>();
  for (const { places = {} } of sizes) for (const list of Object.keys(places)) lists.add(list);
  const names = Object.keys(numbers[0] ?? {});
  const documentsOf = ({ documents = 1 }: ExampleSize): number => documents;
  const row = (index: number): R => {
    const members = rows.at(index)!;
    const made = objective.row(
      members.map((i) => examples.at(i)!),
      lengths,
    );
    if (names.length === 0) return made;
    const lines = members.flatMap((i) =>
      Array.from({ length: documentsOf(sizes.at(i)!) }, () => numbers[i]!),
    );
    return {
      ...made,
      inputs: Object.fromEntries(names.map((name) => [name, stacked(lines, name)])),
    };
  };
  return {
    rows: rows.length,
    ...lengths,
    positions: Math.min(lengths.tokens, objective.lengths.tokens),
    realTokens: perRow(({ tokens, sourceTokens = 0 }) => tokens + sourceTokens).reduce(
      (sum, count) => sum + count,
      0,
    ),
    supervised: perRow(({ supervised }) => supervised),
    ...(lists.size > 0
      ? {
          places: Object.fromEntries(
            Array.from(lists, (list) => [list, perRow(({ places }) => places?.[list] ?? 0)]),
          ),
        }
      : {}),
    ...(names.length > 0
      ? { documents: perRow(documentsOf).reduce((one, two) => Math.max(one, two)) }
      : {}),
    virtualTokens: objective.virtualTokens.input,
    packed: hasSeveral(rows),
    row,
    fingerprint() {
      const hash = createSha256().update(JSON.stringify(lengths));
      for (let index = 0; index < rows.length; index++) digest(hash, row(index));
      return { rows: rows.length, tokensPerRow: lengths.tokens, sha256: hash.hex() };
    },
  };
}

/** Whether some row holds several examples. */
function hasSeveral(rows: Iterable<readonly number[]>): boolean {
  for (const row of rows) if (row.length > 1) return true;
  return false;
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
