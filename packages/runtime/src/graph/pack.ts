import type { Graph, GraphNode, Value } from './graph.ts';
import type { OutsideNumbers } from './hand-over.ts';
import { greatestId } from './writer.ts';

/** Bytes that the packed matrices of one graph may take. */
const mostBytes = 2 ** 29;

/** Larger matrices are left as they lie: packing a head of 113 MB gained nothing that could be measured. */
const largestBytes = 2 ** 26;

/**
 * Makes fixed matrices constants of the products that read them, where ONNX Runtime lays them out for its kernel once and not in
 * every run. Each product keeps a copy of its own.
 *
 * Products `x · W` come first: they gain 14 % at 512 rows. Products `x · Wᵀ`, which read W along its rows, gain 7 %.
 *
 * @param fixed the numbers behind inputs that are the same in every run
 * @param room bytes that the copies may take; within a kind, products that come first in the graph come first
 * @returns the graph, and the constants that were added, whose numbers come from outside
 */
export function packFixed(
  graph: Graph,
  fixed: ReadonlyMap<Value, OutsideNumbers>,
  room = mostBytes,
): { graph: Graph; packed: ReadonlyMap<Value, OutsideNumbers> } {
  const known = graph.nodes.filter((node) => fixed.has(matrixOf(node) as Value));
  const integer = known.filter(({ op }) => op.startsWith('MatMulInteger'));
  const plain = known.filter(({ op }) => op === 'MatMul');
  const transposed = known.filter(({ op }) => op === 'FusedMatMul');
  const constants = new Map<Value, Value>();
  const chosen = new Set<GraphNode>();
  let nextId = 1 + greatestId(graph);
  let left = room;
  for (const node of [...integer, ...plain, ...transposed]) {
    const matrix = matrixOf(node) as Value;
    const { byteLength } = fixed.get(matrix) as OutsideNumbers;
    if (byteLength > Math.min(left, largestBytes)) continue;
    left -= byteLength;
    chosen.add(node);
    if (!constants.has(matrix)) constants.set(matrix, { ...matrix, id: nextId++ });
  }
  const nodes = graph.nodes.map((node) => {
    const [x, , ...rest] = node.inputs;
    const matrix = constants.get(matrixOf(node) as Value);
    return matrix && chosen.has(node) ? { ...node, inputs: [x, matrix, ...rest] } : node;
  });
  const packed = new Map(
    Array.from(constants, ([matrix, constant]) => [constant, fixed.get(matrix) as OutsideNumbers]),
  );
  return { graph: { ...graph, nodes }, packed };
}

const products = ['MatMul', 'FusedMatMul', 'MatMulInteger', 'MatMulIntegerToFloat'];

/** The second operand of a matrix product, where it is one matrix. */
function matrixOf({ op, inputs }: GraphNode): Value | undefined {
  const isProduct = products.includes(op);
  return isProduct && inputs[1]?.shape.length === 2 ? inputs[1] : undefined;
}
