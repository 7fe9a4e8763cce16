import type { Feeds, OpenAxes } from '../../device.ts';
import type { DataType, TensorSpec } from '../../tensor.ts';
import type { FeedSpec } from '../compile.ts';
import type { Graph } from '../graph.ts';
import type { OpenFeed } from './record-open.ts';

/** Feeds as they are recorded: open axes by their names. */
export function openFeeds(
  specs: Readonly<Record<string, FeedSpec>>,
  { feeds }: OpenAxes,
): Record<string, OpenFeed> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [
      name,
      { shape: feeds[name] ?? shape, dtype },
    ]),
  );
}

/** Shapes and types of a graph's outputs, at the lengths that the feeds of a call have. */
export function openOutputs(
  { outputs }: Graph,
  { feeds }: OpenAxes,
  given: Feeds,
): Record<string, TensorSpec> {
  const lengths = new Map<string, number>();
  for (const [name, shape] of Object.entries(feeds))
    shape.forEach((axis, at) => {
      const length = given[name]?.shape[at];
      if (typeof axis === 'string' && length !== undefined) lengths.set(axis, length);
    });
  /** A name is a product: names of axes and a number, with `*` between them. */
  const lengthOf = (product: string): number =>
    product.split('*').reduce((length, part) => length * (lengths.get(part) ?? Number(part)), 1);
  return Object.fromEntries(
    outputs.map(({ name, value: { shape, element, open } }) => [
      name,
      {
        dtype: element as DataType,
        shape: shape.map((length, axis) => {
          const product = open?.[axis];
          return product === undefined ? length : lengthOf(product);
        }),
      },
    ]),
  );
}
