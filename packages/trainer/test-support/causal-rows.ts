import { noVirtualTokens } from '../src/data/documents.ts';
import type { VirtualTokenCounts } from '../src/data/documents.ts';
import type { RowLayout } from '../src/data/pack.ts';
import { rowSource } from '../src/data/row-source.ts';
import type { LabeledExample, RowSource } from '../src/data/rows.ts';
import { createObjective } from '../src/objectives/plugins.ts';
import type { Objective, ObjectiveContext } from '../src/objectives/objective.ts';
import type { Mention } from '@tunesmith/schema';
import { tinyLlama } from './tiny.ts';

/** An objective for the tiny llama, `causal-lm` unless another is named. */
export function tinyObjective(
  context: Partial<ObjectiveContext> = {},
  mention: Mention = 'causal-lm',
): Objective {
  return createObjective(mention, {
    model: tinyLlama(),
    maximumLength: 64,
    virtualTokens: noVirtualTokens,
    ...context,
  });
}

/** Rows of examples for next-token prediction. */
export function causalRows(
  examples: readonly LabeledExample[],
  layout: RowLayout,
  virtualTokens: VirtualTokenCounts = noVirtualTokens,
): RowSource {
  return rowSource(examples, layout, tinyObjective({ virtualTokens }));
}
