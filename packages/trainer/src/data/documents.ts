import { createHash } from 'node:crypto';
import { UNSUPERVISED } from './rows.ts';
import type { Example, Row, RowSource } from './rows.ts';

/**
 * Virtual tokens of prompt methods: `input` of them take slots at the start of every document; `keys` (prefixes of the
 * attention) take none, but every document's positions start at that number.
 */
export interface VirtualTokens {
  readonly input: number;
  readonly keys: number;
}

/** A run without prompt methods. */
export const noVirtualTokens: VirtualTokens = { input: 0, keys: 0 };

/** Which examples share which row: `rows[r]` lists indices into `examples`, in row order. */
export interface Layout {
  readonly rows: readonly (readonly number[])[];
  /** Tokens in every row. */
  readonly tokens: number;
}

/**
 * Positions of a document that carry a loss: labels from the second token on, and the first too when a virtual token
 * stands before it to predict it.
 */
export function supervisedCount(example: Example, virtual: VirtualTokens): number {
  let count = 0;
  for (let i = virtual.input > 0 ? 0 : 1; i < example.labels.length; i++) {
    if (example.labels[i] !== UNSUPERVISED) count++;
  }
  return count;
}

/**
 * A row source over tokenized examples in a given layout. Each example is a document of its own: its number differs from
 * its neighbors', its positions start again, and its last token predicts nothing.
 */
export function documentRows(
  examples: readonly Example[],
  layout: Layout,
  virtual = noVirtualTokens,
): RowSource {
  const virtualTokenIds = virtual.input;
  const supervised = Int32Array.from(layout.rows, (row) =>
    row.reduce((sum, index) => sum + supervisedCount(examples[index]!, virtual), 0),
  );
  const realTokens = layout.rows
    .flat()
    .reduce((sum, index) => sum + examples[index]!.ids.length + virtualTokenIds, 0);
  return {
    rows: layout.rows.length,
    tokens: layout.tokens,
    realTokens,
    supervised,
    virtualTokens: virtualTokenIds,
    packed: layout.rows.some((row) => row.length > 1),
    row: (index) =>
      fillRow(
        layout.rows[index]!.map((i) => examples[i]!),
        layout.tokens,
        virtual,
      ),
    fingerprint: () => ({
      rows: layout.rows.length,
      tokensPerRow: layout.tokens,
      sha256: digest(examples, layout, virtualTokenIds),
    }),
  };
}

function fillRow(documents: readonly Example[], tokens: number, virtual: VirtualTokens): Row {
  const virtualTokenIds = virtual.input;
  const row = {
    ids: new Int32Array(tokens),
    targets: new Int32Array(tokens).fill(UNSUPERVISED),
    positions: new Int32Array(tokens),
    segmentIds: new Int32Array(tokens),
    ...(virtualTokenIds > 0 ? { virtualTokenIds: new Int32Array(tokens).fill(-1) } : {}),
  };
  let start = 0;
  for (const [number, { ids, labels }] of documents.entries()) {
    const end = start + virtualTokenIds + ids.length;
    row.ids.set(ids, start + virtualTokenIds);
    row.segmentIds.fill(number + 1, start, end);
    for (let i = start; i < end; i++) row.positions[i] = virtual.keys + i - start;
    for (let k = 0; k < virtualTokenIds; k++) row.virtualTokenIds![start + k] = k;
    const firstLabel = virtualTokenIds > 0 ? 0 : 1;
    row.targets.set(labels.subarray(firstLabel), start + virtualTokenIds + firstLabel - 1);
    start = end;
  }
  return row;
}

function digest(examples: readonly Example[], layout: Layout, virtualTokenIds: number): string {
  const hash = createHash('sha256').update(`virtualTokenIds ${virtualTokenIds};`);
  for (const row of layout.rows) {
    hash.update(`row ${row.length};`);
    for (const index of row) {
      const { ids, labels } = examples[index]!;
      hash.update(`${ids.length};`).update(bytes(ids)).update(bytes(labels));
    }
  }
  return hash.digest('hex');
}

function bytes(array: Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
