import { sizeOf } from '../tensor.ts';
import type { ElementType, Graph, GraphNode, Value } from './graph.ts';

const elementBytes: Readonly<Record<ElementType, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  float16: 2,
  float32: 4,
  int32: 4,
  uint32: 4,
  float64: 8,
  int64: 8,
};

/** Operators whose output is their first input, perhaps in another shape, in the same memory. */
const reshaping = new Set(['Reshape', 'Squeeze', 'Unsqueeze', 'Flatten', 'Identity']);

/** Where the values of a graph come from. */
export interface Origins {
  /** The place of the node that makes a value; undefined for inputs and constants. */
  madeAt(value: Value): number | undefined;
  /** The value in whose memory this one lies: itself, or what it is another shape of. */
  memoryOf(value: Value): Value;
}

/** Finds where the values of a graph come from. */
export function originsOf({ nodes }: Pick<Graph, 'nodes'>): Origins {
  const places = new Map<number, number>();
  nodes.forEach(({ outputs }, place) => outputs.forEach(({ id }) => places.set(id, place)));
  const madeAt = (value: Value): number | undefined => places.get(value.id);
  return {
    madeAt,
    memoryOf(value) {
      let found = value;
      for (let place = madeAt(found); place !== undefined; place = madeAt(found)) {
        const { op, inputs } = nodes[place] as GraphNode;
        if (!reshaping.has(op)) break;
        found = inputs[0] as Value;
      }
      return found;
    },
  };
}

/** Bytes of a value; of an open axis, for the most that it can be. */
export function bytesOf({ shape, element }: Value): number {
  return sizeOf(shape) * elementBytes[element];
}

/** Where a graph holds most. */
export interface Most {
  /** The place of the node. */
  readonly place: number;
  /** Bytes of all values that nodes have made and that are held there; inputs and constants are not among them. */
  readonly bytes: number;
}

/** The node at which most bytes are held, each value from where it is made to where it is read last. */
export function placeOfMost({ nodes }: Pick<Graph, 'nodes'>, origins: Origins): Most {
  const last = new Map<Value, number>();
  nodes.forEach(({ inputs, outputs }, place) => {
    for (const value of [...outputs, ...inputs])
      if (value) last.set(origins.memoryOf(value), place);
  });
  const change = Array.from({ length: nodes.length + 1 }, () => 0);
  for (const [value, until] of last) {
    const from = origins.madeAt(value);
    if (from === undefined) continue;
    change[from]! += bytesOf(value);
    change[until + 1]! -= bytesOf(value);
  }
  let held = 0;
  let most = 0;
  let found = 0;
  change.forEach((bytes, place) => {
    held += bytes;
    if (held > most) [most, found] = [held, place];
  });
  return { place: found, bytes: most };
}
