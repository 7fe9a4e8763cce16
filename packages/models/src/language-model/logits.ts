import type { HostTensor } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import { checkIds, inputLength, type BoundModel } from './bound.ts';
import { finiteLogits } from './finite-logits.ts';
import { createLayout, layoutFeeds, placeDocument } from './layout.ts';

/** Computes the logits of token rows of one length. */
export type ComputeLogits = (ids: readonly (readonly number[])[]) => Promise<HostTensor>;

/**
 * Logits of whole sequences: `[rows, virtual + tokens, vocabulary]`, those of virtual input tokens first. For parity
 * checks; scoring and generation do not keep logits of every position.
 */
export function createLogits(bound: BoundModel): ComputeLogits {
  const run = bound.compile('logits', (scope) => ({
    logits: scope.head.logits(scope.forward().hidden),
  }));
  return async (ids) => {
    const tokens = ids[0]?.length ?? 0;
    if (tokens === 0 || ids.some((row) => row.length !== tokens)) {
      throw modelsError({
        code: 'uneven-rows',
        message: `logits need rows of one length above 0, not ${ids.map((row) => row.length).join(', ') || 'none'}`,
        value: ids.map((row) => row.length),
      });
    }
    bound.checkLength(tokens, 'the input');
    const length = inputLength(bound, tokens);
    const layout = createLayout(ids.length, length);
    ids.forEach((row, i) => {
      checkIds(bound.model, row, `row ${i}`);
      placeDocument(layout, i * length, row, 1, bound.virtual);
    });
    const { logits } = await run(layoutFeeds(layout, bound.virtual));
    const host = await bound.device.read(logits!);
    logits!.dispose();
    finiteLogits(host.data as Float32Array);
    return host;
  };
}
