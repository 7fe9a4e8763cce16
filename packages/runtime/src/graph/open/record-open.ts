import type { TensorFunction } from '../../device.ts';
import { sizeOf, type DataType, type TensorSpec } from '../../tensor.ts';
import { recordFunction, type RecordedFunction } from '../compile.ts';
import { withoutDeadNodes, type Constant, type Graph, type Value } from '../graph.ts';
import { castTo, dynamicNodes, type AxisPlace } from './dynamic.ts';
import { extentOf, sameExtent, type Extent, type Lengths } from './lengths.ts';
import { checkAlike, lengthsMatter, sourcesOf, type Source } from './match.ts';
import { withoutTransposedBack } from './transposed-back.ts';

/** What a feed will be like; an axis with a name is open: its length is known when the graph runs. */
export interface OpenFeed {
  readonly shape: readonly (number | string)[];
  readonly dtype: DataType;
  /** The element type that the graph takes in its place: int64 for an int32 feed. */
  readonly element?: 'int64';
}

/** Options of {@link recordOpen}. */
export interface OpenOptions {
  /** Lengths to record at, two sets or more; what the graph does may not depend on them. */
  readonly lengths: readonly Lengths[];
  /** Axes that no feed has, and the two whose lengths add up to theirs. */
  readonly sums?: Readonly<Record<string, readonly [string, string]>> | undefined;
  /** The execution provider that kernels choose their nodes for; by default nodes that every provider has. */
  readonly target?: string;
}

/**
 * Records a function as one graph whose open axes may have any length. It is recorded at several lengths; what differs between the
 * recordings, shapes for the most part, is explained as a product of lengths and computed while the graph runs.
 *
 * @throws TunesmithError `lengths-matter` where the function does different things at different lengths, or a number follows no
 * product of them; else whatever `fn` throws
 */
export function recordOpen(
  label: string,
  fn: TensorFunction,
  feeds: Readonly<Record<string, OpenFeed>>,
  // What the provider for WebGPU lacks, others make of what it has.
  { lengths, sums, target = 'webgpu' }: OpenOptions,
): Graph {
  const recordings = lengths.map((each) => recordFunction(label, fn, specsOf(feeds, each), target));
  checkAlike(
    label,
    recordings.map(({ graph }) => graph),
  );
  return withoutTransposedBack(generalized(label, recordings, feeds, { lengths, sums }));
}

function specsOf(
  feeds: Readonly<Record<string, OpenFeed>>,
  lengths: Lengths,
): Record<string, TensorSpec> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, dtype }]) => [
      name,
      {
        dtype,
        shape: shape.map((one) => (typeof one === 'number' ? one : (lengths[one] as number))),
      },
    ]),
  );
}

/** The recordings as one graph. */
function generalized(
  label: string,
  recordings: readonly RecordedFunction[],
  feeds: Readonly<Record<string, OpenFeed>>,
  { lengths, sums }: Pick<OpenOptions, 'lengths' | 'sums'>,
): Graph {
  const graphs = recordings.map(({ graph }) => graph);
  const [first] = graphs as [Graph];
  const sources = graphs.map(sourcesOf);
  const places = new Map<string, AxisPlace>();
  const dynamic = dynamicNodes(places, sums);

  const extents = (shapes: readonly (readonly number[])[]): (Extent | undefined)[] =>
    (shapes[0] as readonly number[]).map((_, axis) =>
      extentOf(
        shapes.map((shape) => shape[axis] as number),
        lengths,
      ),
    );
  const results = new Set(first.outputs.map(({ value }) => value));
  // ONNX Runtime infers all other shapes. Some are not known here: what an expert gets has the most rows that it can be.
  const specOf = (values: readonly Value[]): Omit<Value, 'id'> => {
    const [value] = values as [Value];
    const { shape, element } = value;
    if (!results.has(value)) return { shape, element };
    const names = extents(values.map((each) => each.shape)).map(nameOf);
    return {
      shape,
      element,
      open: Object.fromEntries(names.flatMap((name, axis) => (name ? [[axis, name]] : []))),
    };
  };

  const fed = new Map<string, Value>();
  const inputs = first.inputs.map(({ name, value: recorded }) => {
    const { shape, element = recorded.element } = feeds[name] as OpenFeed;
    const open = Object.fromEntries(
      shape.flatMap((axis, at) => (typeof axis === 'string' ? [[at, axis]] : [])),
    );
    const value = dynamic.create({ shape: recorded.shape, element, open });
    shape.forEach((axis, at) => {
      if (typeof axis === 'string' && !places.has(axis)) places.set(axis, { value, axis: at });
    });
    fed.set(name, castTo(dynamic, value, recorded.element));
    return { name, value };
  });

  const computed: Value[][] = [];
  const shapesOf: (Extent | undefined)[][][] = [];
  const constants = new Map<string, Value>();
  const sourcesIn = (values: readonly Value[]): Source[] =>
    values.map((value, index) => sources[index]?.get(value.id) as Source);

  first.nodes.forEach((node, index) => {
    const twins = graphs.map(({ nodes }) => nodes[index] as typeof node);
    const given = node.inputs.map((input, place): Value | undefined => {
      if (input === undefined) return undefined;
      const values = twins.map((twin) => twin.inputs[place] as Value);
      const from = sourcesIn(values);
      const [source] = from as [Source];
      if (from.some((each) => !isSamePlace(each, source)))
        throw lengthsMatter(label, `what ${node.op} reads is something else`, input);
      if (source.kind === 'input') return fed.get(source.name) as Value;
      if (source.kind === 'node') return computed[source.node]?.[source.output] as Value;
      const all = from.map((each) => (each as typeof source).constant);
      const isShape = node.op === 'Reshape' && place === 1;
      const reshaped = isShape ? (shapeOf(node.inputs[0]) ?? []) : undefined;
      const key = `${values.map(({ id }) => id).join()}:${JSON.stringify(reshaped ?? '')}`;
      const found = constants.get(key) ?? constantOf(all, reshaped);
      if (found === undefined)
        throw lengthsMatter(label, `a constant that ${node.op} reads follows no length`, input);
      constants.set(key, found);
      return found;
    });
    const outputs = node.outputs.map((_, place) =>
      dynamic.create(specOf(twins.map((twin) => twin.outputs[place] as Value))),
    );
    shapesOf.push(
      node.outputs.map((_, place) =>
        extents(twins.map((twin) => (twin.outputs[place] as Value).shape)),
      ),
    );
    dynamic.nodes.push({ ...node, inputs: given, outputs });
    computed.push(outputs);
  });

  function shapeOf(value: Value | undefined): (Extent | undefined)[] | undefined {
    const source = value && sources[0]?.get(value.id);
    if (source?.kind !== 'node') return undefined;
    return shapesOf[source.node]?.[source.output];
  }

  function constantOf(
    all: readonly Constant[],
    reshaped: (Extent | undefined)[] | undefined,
  ): Value | undefined {
    const [{ value, data }] = all as [Constant];
    if (all.every((one) => isEqual(one, all[0] as Constant))) {
      const kept = dynamic.create({ shape: value.shape, element: value.element });
      dynamic.constants.push({ value: kept, data });
      return kept;
    }
    const shape = extents(all.map((one) => one.value.shape));
    if (shape.some((one) => one === undefined)) return undefined;
    const whole = shape as Extent[];
    const filling = fillingOf(all);
    if (filling !== undefined) {
      const one = dynamic.create({ shape: [], element: value.element });
      dynamic.constants.push({ value: one, data: filling });
      return dynamic.node(
        'Expand',
        [one, dynamic.vector(whole)],
        specOf(all.map((each) => each.value)),
      );
    }
    if (value.element !== 'int64' && value.element !== 'int32') return undefined;
    if (value.shape.length > 1 || whole.some(({ axes }) => axes.length > 0)) return undefined;
    const numbers = Array.from(data as Int32Array, (_, at) =>
      extentOf(
        all.map((one) => Number(one.data[at])),
        lengths,
      ),
    );
    if (numbers.some((one) => one === undefined)) return undefined;
    const wanted = reshaped ? shorter(numbers as Extent[], reshaped) : (numbers as Extent[]);
    const vector = castTo(dynamic, dynamic.vector(wanted), value.element);
    return value.shape.length === 1
      ? vector
      : dynamic.node('Squeeze', [vector], { shape: [], element: value.element });
  }

  const outputs = first.outputs.map(({ name, value }) => {
    const source = sources[0]?.get(value.id) as Extract<Source, { kind: 'node' }>;
    return { name, value: computed[source.node]?.[source.output] as Value };
  });
  const { nodes } = dynamic;
  return withoutDeadNodes({ inputs, outputs, nodes, constants: dynamic.constants });
}

/** The name of an axis that has one length of its own. */
function nameOf(extent: Extent | undefined): string | undefined {
  if (extent === undefined) return undefined;
  const { factor, axes } = extent;
  return axes.length === 0 ? undefined : [...axes, ...(factor === 1 ? [] : [factor])].join('*');
}

function isSamePlace(one: Source, other: Source): boolean {
  if (one.kind === 'input') return other.kind === 'input' && one.name === other.name;
  if (one.kind === 'constant') return other.kind === 'constant';
  return other.kind === 'node' && one.node === other.node && one.output === other.output;
}

function isEqual(one: Constant, other: Constant): boolean {
  if (one.value.element !== other.value.element) return false;
  if (one.value.shape.join() !== other.value.shape.join()) return false;
  const {
    data,
    data: { length },
  } = one;
  if (data === other.data) return true;
  for (let at = 0; at < length; at++) if (!Object.is(data[at], other.data[at])) return false;
  return true;
}

/** The one number that constants repeat, however long they are. */
function fillingOf(all: readonly Constant[]): Constant['data'] | undefined {
  const [{ value, data }] = all as [Constant];
  if (value.shape.length === 0 || sizeOf(value.shape) < 2) return undefined;
  const isFilled = all.every((one) => one.data.every((number) => Object.is(number, data[0])));
  return isFilled ? data.slice(0, 1) : undefined;
}

/** A shape as `Reshape` takes it: 0 copies the length that the axis has in what is reshaped, and −1 stands for one unknown. */
function shorter(wanted: readonly Extent[], from: readonly (Extent | undefined)[]): Extent[] {
  const copied = wanted.map((one, axis): Extent => {
    const same = from[axis];
    return same && one.axes.length > 0 && sameExtent(one, same) ? { factor: 0, axes: [] } : one;
  });
  const open = copied.filter(({ axes }) => axes.length > 0);
  return open.length === 1
    ? copied.map((one) => (one.axes.length > 0 ? { factor: -1, axes: [] } : one))
    : copied;
}
