import type { OpenFeed, TensorMap } from '@tunesmith/runtime';
import type { ModelSpec } from '../model.ts';

/** What stands before the name of a parameter among a graph's inputs. */
export const parameterPrefix = 'parameter:';

/** The parameters of a model as inputs of its graph. */
export function parameterFeeds({ tensors }: Pick<ModelSpec, 'tensors'>): Record<string, OpenFeed> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape }]) => [
      parameterPrefix + name,
      { shape, dtype: 'float32' },
    ]),
  );
}

/** The parameters among what a graph is given, by their own names. */
export function parametersOf({ tensors }: Pick<ModelSpec, 'tensors'>, given: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.keys(tensors).map((name) => [name, given[parameterPrefix + name]!]),
  );
}
