import type { Constant, Graph, Value } from './graph.ts';

/** Bytes of fixed matrices that are packed for one graph; the products of the others read them as they lie. */
const mostBytes = 2 ** 30;

/** Larger matrices are left as they lie: packing a head of 113 MB gained nothing that could be measured. */
const largestBytes = 2 ** 26;

/**
 * Gives products `x · W` with a fixed matrix a constant of their own instead, which ONNX Runtime lays out for its kernel once
 * and not in every run: 14 % faster at 512 rows, for a second copy in memory.
 *
 * Products `x · Wᵀ` read W along its rows, as it lies in memory. They would gain half as much and keep the tensor that is fed.
 *
 * @param fixed the numbers behind inputs that are the same in every run
 * @param room bytes that the copies may take; products that come first in the graph come first
 * @returns the graph, and those of its constants that are to be packed
 */
export function packFixed(
  graph: Graph,
  fixed: ReadonlyMap<Value, Constant['data']>,
  room = mostBytes,
): { graph: Graph; packed: ReadonlySet<Constant> } {
  const packed = new Set<Constant>();
  let nextId = 1 + greatestId(graph);
  let left = room;
  const nodes = graph.nodes.map((node) => {
    const [x, weight] = node.inputs;
    const data = weight && fixed.get(weight);
    const isPackable = node.op === 'MatMul' && weight?.shape.length === 2 && data !== undefined;
    if (!isPackable || data.byteLength > Math.min(left, largestBytes)) return node;
    left -= data.byteLength;
    const value = { ...weight, id: nextId++ };
    packed.add({ value, data });
    return { ...node, inputs: [x, value] };
  });
  return { graph: { ...graph, nodes, constants: [...graph.constants, ...packed] }, packed };
}

function greatestId({ inputs, constants, nodes }: Graph): number {
  const values = [...inputs, ...constants].map(({ value }) => value);
  return [...values, ...nodes.flatMap(({ outputs }) => outputs)].reduce(
    (greatest, { id }) => Math.max(greatest, id),
    0,
  );
}
