import type { HostTensor } from '@tunesmith/runtime';

/** Tokens that a prompt method adds: at the start of the input, or as keys and values in every block. */
export interface VirtualTokens {
  readonly place: 'input' | 'keys';
  readonly count: number;
}

/** No virtual tokens. */
export const noVirtualTokens: VirtualTokens = { place: 'input', count: 0 };

/** Virtual tokens that take up positions of the input. */
export function inputTokens(virtual: VirtualTokens): number {
  return virtual.place === 'input' ? virtual.count : 0;
}

/** The position of a document's first input token: keys of a prefix come before it, as in Hugging Face's PEFT. */
export function firstPosition(virtual: VirtualTokens): number {
  return virtual.place === 'keys' ? virtual.count : 0;
}

/** The input arrays of a forward pass, `[rows, length]` each. Everything is padding until documents are placed. */
export interface Layout {
  readonly rows: number;
  readonly length: number;
  readonly ids: Int32Array;
  readonly positions: Int32Array;
  readonly segmentIds: Int32Array;
  readonly virtualTokenIds: Int32Array;
}

/** An empty layout: document 0 (padding) everywhere, no virtual tokens. */
export function createLayout(rows: number, length: number): Layout {
  const size = rows * length;
  return {
    rows,
    length,
    ids: new Int32Array(size),
    positions: new Int32Array(size),
    segmentIds: new Int32Array(size),
    virtualTokenIds: new Int32Array(size).fill(-1),
  };
}

/**
 * Places a document, its virtual tokens first.
 *
 * @param start index of its first token in the flattened layout
 * @param document its number, above 0
 * @returns index of its first ordinary token
 */
export function placeDocument(
  layout: Layout,
  start: number,
  ids: readonly number[],
  document: number,
  virtual: VirtualTokens,
): number {
  const ahead = inputTokens(virtual);
  const position = firstPosition(virtual);
  for (let i = 0; i < ahead + ids.length; i++) {
    const at = start + i;
    layout.segmentIds[at] = document;
    layout.positions[at] = position + i;
    if (i < ahead) layout.virtualTokenIds[at] = i;
    else layout.ids[at] = ids[i - ahead]!;
  }
  return start + ahead;
}

/** The layout as feeds: `input:ids`, `input:positions`, `input:segmentIds`, and `input:virtualTokenIds` where virtual tokens may be; `source:` before the names of an encoder's. */
export function layoutFeeds(
  layout: Layout,
  virtual: VirtualTokens,
  prefix = '',
): Record<string, HostTensor> {
  const shape = [layout.rows, layout.length];
  const tensor = (data: Int32Array): HostTensor => ({ dtype: 'int32', shape, data });
  return {
    [`input:${prefix}ids`]: tensor(layout.ids),
    [`input:${prefix}positions`]: tensor(layout.positions),
    [`input:${prefix}segmentIds`]: tensor(layout.segmentIds),
    ...(inputTokens(virtual) > 0
      ? { [`input:${prefix}virtualTokenIds`]: tensor(layout.virtualTokenIds) }
      : {}),
  };
}
