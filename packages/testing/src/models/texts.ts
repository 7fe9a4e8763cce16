import type { Batch, ModelSpec, TokenSequence } from '@tunesmith/models';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';

/** Rows of numbers as an int32 tensor. */
export function int(rows: readonly (readonly number[])[]): HostTensor {
  return {
    data: Int32Array.from(rows.flat()),
    shape: [rows.length, rows[0]!.length],
    dtype: 'int32',
  };
}

/** A text: its tokens, and the source it belongs to in models that read one. */
export interface Text {
  readonly ids: readonly number[];
  readonly source: readonly number[];
}

/** A text of six tokens. */
export const text: Text = { ids: [3, 1, 4, 1, 5, 2], source: [6, 2, 7, 1, 3] };

/** A shorter text, of other tokens. */
export const otherText: Text = { ids: [7, 6], source: [4, 5, 5] };

/** Texts packed into one row, numbered from 1, with `padding` places left over; their sources in a row of their own. */
export function packed(
  spec: ModelSpec,
  texts: readonly Text[],
  padding = 0,
): Record<string, HostTensor> {
  const sequence = (of: readonly (readonly number[])[]): Record<string, HostTensor> => {
    const left = Array.from({ length: padding }, () => 0);
    return {
      ids: int([[...of.flat(), ...left]]),
      positions: int([[...of.flatMap((ids) => ids.map((_, i) => i)), ...left]]),
      segmentIds: int([[...of.flatMap((ids, i) => ids.map(() => i + 1)), ...left]]),
    };
  };
  const feeds = sequence(texts.map(({ ids }) => ids));
  if (spec.kind !== 'encoder-decoder') return feeds;
  const source = Object.entries(sequence(texts.map(({ source }) => source)));
  return { ...feeds, ...Object.fromEntries(source.map(([name, of]) => [`source:${name}`, of])) };
}

/** The batch of fed texts. */
export function batchOf(inputs: TensorMap): Batch {
  const sequence = (prefix: string): TokenSequence => {
    const { [`${prefix}segmentIds`]: segmentIds } = inputs;
    return {
      ids: inputs[`${prefix}ids`]!,
      positions: inputs[`${prefix}positions`]!,
      ...(segmentIds ? { segmentIds } : {}),
    };
  };
  const { logitsToKeep } = inputs;
  return {
    ...sequence(''),
    ...(inputs['source:positions'] ? { source: sequence('source:') } : {}),
    ...(logitsToKeep ? { logitsToKeep } : {}),
  };
}
