import type { Constant, Graph, GraphNode, Value } from './graph.ts';

/** Adds nodes and constants to a graph. */
export interface GraphWriter {
  readonly nodes: GraphNode[];
  readonly constants: readonly Constant[];
  /** A new value. */
  create(value: Omit<Value, 'id'>): Value;
  /**
   * A value again, computed after others were: ONNX Runtime orders nodes by what they need and by nothing else. It passes through a
   * `Reshape` whose shape is joined from nothing of each of the others; that moves no data.
   */
  after(value: Value, others: readonly Value[]): Value;
}

/** Starts a list of nodes whose new values have names that the graph does not have yet. */
export function graphWriter(graph: Graph): GraphWriter {
  const nodes: GraphNode[] = [];
  const constants: Constant[] = [];
  let nextId = 1 + greatestId(graph);
  const create = (value: Omit<Value, 'id'>): Value => ({ ...value, id: nextId++ });
  const append = (node: Omit<GraphNode, 'domain' | 'attributes'> & Partial<GraphNode>): Value => {
    nodes.push({ domain: '', attributes: {}, ...node });
    return node.outputs[0] as Value;
  };
  return {
    nodes,
    constants,
    create,
    after(value, others) {
      const shape = create({ shape: [value.shape.length], element: 'int64' });
      constants.push({ value: shape, data: BigInt64Array.from(value.shape, BigInt) });
      const nothing = others.map((other) =>
        append({
          op: 'Shape',
          inputs: [other],
          outputs: [create({ shape: [0], element: 'int64' })],
          attributes: { start: 0, end: 0 },
        }),
      );
      const late = append({
        op: 'Concat',
        inputs: [...nothing, shape],
        outputs: [create({ shape: shape.shape, element: 'int64' })],
        attributes: { axis: 0 },
      });
      return append({ op: 'Reshape', inputs: [value, late], outputs: [create(value)] });
    },
  };
}

/** The greatest id of a graph's values. */
export function greatestId({ inputs, constants, nodes }: Graph): number {
  const values = [...inputs, ...constants].map(({ value }) => value);
  return [...values, ...nodes.flatMap(({ outputs }) => outputs)].reduce(
    (greatest, { id }) => Math.max(greatest, id),
    0,
  );
}
