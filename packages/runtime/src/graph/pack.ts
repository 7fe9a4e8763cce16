import type { Graph, GraphNode, Value } from './graph.ts';
import type { OutsideNumbers } from './hand-over.ts';
import { greatestId } from './writer.ts';

/** Bytes that the packed matrices of one graph may take. */
const mostBytes = 2 ** 29;

/** Larger matrices are left as they lie: packing a head of 113 MB gained nothing that could be measured. */
const largestBytes = 2 ** 26;

/** Vectors of up to this many bytes, such as the weights of norms, become constants where everything does. */
const smallBytes = 2 ** 18;

/**
 * Makes fixed matrices constants of the products that read them, where ONNX Runtime lays them out for its kernel once and not in
 * every run. Each product keeps a copy of its own.
 *
 * Products `x · W` come first: they gain 14 % at 512 rows. Products `x · Wᵀ`, which read W along its rows, gain 7 %.
 *
 * @param fixed the numbers behind inputs that are the same in every run
 * @param room bytes that the copies may take; within a kind, products that come first in the graph come first. `Infinity` takes
 * the largest too, and small tensors that others than products read
 * @returns the graph, and the constants that were added, whose numbers come from outside
 */
export function packFixed(
  graph: Graph,
  fixed: ReadonlyMap<Value, OutsideNumbers>,
  room = mostBytes,
): { graph: Graph; packed: ReadonlyMap<Value, OutsideNumbers> } {
  const isFixed = (value: Value | undefined): value is Value =>
    value !== undefined && fixed.has(value);
  const bytesOf = (value: Value): number => (fixed.get(value) as OutsideNumbers).byteLength;
  const takesAll = room === Infinity;
  const known = graph.nodes.filter((node) => isFixed(matrixOf(node)));
  const inBlocks = known.filter(({ op }) => op === 'MatMulNBits');
  const integer = known.filter(({ op }) => op.startsWith('MatMulInteger'));
  const plain = known.filter(({ op }) => op === 'MatMul');
  const transposed = known.filter(({ op }) => op === 'FusedMatMul');
  const constants = new Map<Value, Value>();
  const chosen = new Set<GraphNode>();
  let nextId = 1 + greatestId(graph);
  let left = room;
  for (const node of [...inBlocks, ...integer, ...plain, ...transposed]) {
    const matrices = constantsOf(node).filter(isFixed);
    const byteLength = matrices.reduce((sum, matrix) => sum + bytesOf(matrix), 0);
    if (byteLength > Math.min(left, takesAll ? Infinity : largestBytes)) continue;
    left -= byteLength;
    chosen.add(node);
    for (const matrix of matrices)
      if (!constants.has(matrix)) constants.set(matrix, { ...matrix, id: nextId++ });
  }
  const isSmall = (value: Value | undefined): value is Value =>
    takesAll && isFixed(value) && bytesOf(value) <= smallBytes;
  const nodes = graph.nodes.map((node) => {
    const inputs = node.inputs.map((value) => {
      if (isSmall(value) && !constants.has(value)) constants.set(value, { ...value, id: nextId++ });
      const constant = value && constants.get(value);
      const isTaken = isSmall(value) || (chosen.has(node) && constantsOf(node).includes(value));
      return constant && isTaken ? constant : value;
    });
    return inputs.some((value, at) => value !== node.inputs[at]) ? { ...node, inputs } : node;
  });
  const packed = new Map(
    Array.from(constants, ([matrix, constant]) => [constant, fixed.get(matrix) as OutsideNumbers]),
  );
  return { graph: { ...graph, nodes }, packed };
}

const products = ['MatMul', 'FusedMatMul', 'MatMulInteger', 'MatMulIntegerToFloat'];

/** The second operand of a matrix product, where it is one matrix. */
function matrixOf({ op, inputs }: GraphNode): Value | undefined {
  if (op === 'MatMulNBits') return inputs[1];
  const isProduct = products.includes(op);
  return isProduct && inputs[1]?.shape.length === 2 ? inputs[1] : undefined;
}

/** What of a product is to be constant: its matrix, and of one in blocks the scales too. */
function constantsOf(node: GraphNode): readonly (Value | undefined)[] {
  return node.op === 'MatMulNBits' ? node.inputs.slice(1) : [matrixOf(node)];
}
