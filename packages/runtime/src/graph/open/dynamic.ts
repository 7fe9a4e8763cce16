import { elementCode } from '../onnx.ts';
import type { Attributes, Constant, ElementType, GraphNode, Value } from '../graph.ts';
import type { Extent } from './lengths.ts';

/** Where the length of an open axis can be read while the graph runs. */
export interface AxisPlace {
  readonly value: Value;
  readonly axis: number;
}

/** Adds nodes to a graph that compute what depends on lengths. Equal ones are added once. */
export interface DynamicNodes {
  readonly nodes: GraphNode[];
  readonly constants: Constant[];
  create(spec: Omit<Value, 'id'>): Value;
  /** An int64 vector of numbers. */
  vector(extents: readonly Extent[]): Value;
  /** An int64 vector that is the same in every run. */
  fixed(numbers: readonly number[]): Value;
  /** One node with one output. */
  node(
    op: string,
    inputs: readonly Value[],
    output: Omit<Value, 'id'>,
    attributes?: Attributes,
  ): Value;
}

/**
 * Starts with no nodes.
 *
 * @param places where each axis's length is found
 * @param sums axes that are found nowhere, and those whose lengths add up to theirs
 */
export function dynamicNodes(
  places: ReadonlyMap<string, AxisPlace>,
  sums: Readonly<Record<string, readonly [string, string]>> = {},
): DynamicNodes {
  const nodes: GraphNode[] = [];
  const constants: Constant[] = [];
  const known = new Map<string, Value>();
  let nextId = 0;
  const once = (key: string, make: () => Value): Value => {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
  };
  const create = (spec: Omit<Value, 'id'>): Value => ({ ...spec, id: nextId++ });
  const node = (
    op: string,
    inputs: readonly Value[],
    output: Omit<Value, 'id'>,
    attributes: Attributes = {},
  ): Value => {
    const key = `${op}(${inputs.map(({ id }) => id).join()})${JSON.stringify(attributes)}`;
    return once(key, () => {
      const made = create(output);
      nodes.push({ op, domain: '', inputs, outputs: [made], attributes });
      return made;
    });
  };
  const fixed = (numbers: readonly number[]): Value =>
    once(`int64 ${numbers.join()}`, () => {
      const value = create({ shape: [numbers.length], element: 'int64' });
      constants.push({ value, data: BigInt64Array.from(numbers, BigInt) });
      return value;
    });
  const one = { shape: [1], element: 'int64' } as const;
  const lengthOf = (name: string): Value => {
    const parts = sums[name];
    if (parts && !places.has(name)) return node('Add', parts.map(lengthOf), one);
    const { value, axis } = places.get(name) as AxisPlace;
    return node('Shape', [value], one, { start: axis, end: axis + 1 });
  };
  const single = ({ factor, axes }: Extent): Value => {
    if (axes.length === 0) return fixed([factor]);
    const [first, ...rest] = axes.map(lengthOf) as [Value, ...Value[]];
    const product = rest.reduce((left, right) => node('Mul', [left, right], one), first);
    return factor === 1 ? product : node('Mul', [product, fixed([factor])], one);
  };
  return {
    nodes,
    constants,
    create,
    node,
    fixed,
    vector(extents) {
      if (extents.every(({ axes }) => axes.length === 0))
        return fixed(extents.map(({ factor }) => factor));
      const parts = extents.map(single);
      if (parts.length === 1) return parts[0] as Value;
      return node('Concat', parts, { shape: [parts.length], element: 'int64' }, { axis: 0 });
    },
  };
}

/** The value in another element type. */
export function castTo(dynamic: DynamicNodes, value: Value, element: ElementType): Value {
  if (value.element === element) return value;
  const { shape, open } = value;
  return dynamic.node('Cast', [value], { shape, element, open }, { to: elementCode[element] });
}
