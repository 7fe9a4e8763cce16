import type { HostTensor } from '@tunesmith/runtime';
import { inputLength, type BoundModel } from '../language-model/bound.ts';
import {
  createLayout,
  firstPosition,
  layoutFeeds,
  noVirtualTokens,
  placeDocument,
} from '../language-model/layout.ts';
import { decoderStartOf } from './decoder-start.ts';

/** What a decoder is fed to read prompts. */
export interface PromptFeeds {
  readonly feeds: Record<string, HostTensor>;
  /** Columns that the decoder reads. */
  readonly length: number;
  /** Columns that each row has filled after its prompt was read. */
  readonly starts: readonly number[];
  readonly sourceSegmentIds?: HostTensor;
}

/** Prompts that the decoder itself reads, each at the left of its row. */
export function promptFeeds(
  bound: BoundModel,
  prompts: readonly (readonly number[])[],
  length: number,
): PromptFeeds {
  const layout = createLayout(prompts.length, length);
  prompts.forEach((prompt, row) => placeDocument(layout, row * length, prompt, 1, bound.virtual));
  const starts = prompts.map((prompt) => inputLength(bound, prompt.length));
  return {
    feeds: {
      ...layoutFeeds(layout, bound.virtual),
      'input:last': int32(Int32Array.from(starts, (start, row) => row * length + start - 1)),
    },
    starts,
    length,
  };
}

/** Prompts that the encoder reads; the decoder begins with its start token. */
export function crossedFeeds(
  bound: BoundModel,
  prompts: readonly (readonly number[])[],
  length: number,
): PromptFeeds {
  const decoderStart = decoderStartOf(bound.model.spec);
  const source = createLayout(prompts.length, length);
  prompts.forEach((prompt, row) => placeDocument(source, row * length, prompt, 1, bound.virtual));
  const target = createLayout(prompts.length, 1);
  target.ids.fill(decoderStart);
  target.segmentIds.fill(1);
  target.positions.fill(firstPosition(bound.virtual));
  const sourceFeeds = layoutFeeds(source, bound.virtual, 'source:');
  return {
    feeds: {
      ...layoutFeeds(target, noVirtualTokens),
      ...sourceFeeds,
      'input:last': int32(Int32Array.from(prompts, (_, row) => row)),
    },
    starts: prompts.map(() => 1),
    length: 1,
    sourceSegmentIds: sourceFeeds['input:source:segmentIds']!,
  };
}

/** Integers as a tensor of one axis. */
export function int32(data: Int32Array): HostTensor {
  return { dtype: 'int32', shape: [data.length], data };
}

/** Rows of a tensor of integers. */
export function rowsOf(
  { shape: [, width = 0], data }: HostTensor,
  rows: readonly number[],
): HostTensor {
  const taken = new Int32Array(rows.length * width);
  for (const [place, row] of rows.entries())
    taken.set(data.slice(row * width, (row + 1) * width), place * width);
  return { dtype: 'int32', shape: [rows.length, width], data: taken };
}
