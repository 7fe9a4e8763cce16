import type { Constant, Graph, GraphNode, Value } from './graph.ts';
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
 * @returns the graph, and the constants that were added
 */
export function packFixed(
  graph: Graph,
  fixed: ReadonlyMap<Value, Constant['data']>,
  room = mostBytes,
): { graph: Graph; added: ReadonlySet<Constant> } {
  const known = graph.nodes.filter((node) => fixed.has(matrixOf(node) as Value));
  const integer = known.filter(({ op }) => op.startsWith('MatMulInteger'));
  const plain = known.filter(({ op }) => op === 'MatMul');
  const transposed = known.filter(({ op }) => op === 'FusedMatMul');
  const constants = new Map<Value, Constant>();
  const packed = new Set<GraphNode>();
  let nextId = 1 + greatestId(graph);
  let left = room;
  for (const node of [...integer, ...plain, ...transposed]) {
    const matrix = matrixOf(node) as Value;
    const data = fixed.get(matrix) as Constant['data'];
    if (data.byteLength > Math.min(left, largestBytes)) continue;
    left -= data.byteLength;
    packed.add(node);
    if (!constants.has(matrix)) constants.set(matrix, { data, value: { ...matrix, id: nextId++ } });
  }
  const nodes = graph.nodes.map((node) => {
    const [x, , ...rest] = node.inputs;
    const matrix = constants.get(matrixOf(node) as Value);
    return matrix && packed.has(node) ? { ...node, inputs: [x, matrix.value, ...rest] } : node;
  });
  const added = new Set(constants.values());
  return { graph: { ...graph, nodes, constants: [...graph.constants, ...added] }, added };
}

const products = ['MatMul', 'FusedMatMul', 'MatMulInteger', 'MatMulIntegerToFloat'];

/** The second operand of a matrix product, where it is one matrix. */
function matrixOf({ op, inputs }: GraphNode): Value | undefined {
  const isProduct = products.includes(op);
  return isProduct && inputs[1]?.shape.length === 2 ? inputs[1] : undefined;
}
