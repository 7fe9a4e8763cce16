import { withoutDeadNodes, type Graph, type GraphNode, type Value } from '../graph.ts';
import { greatestId } from '../writer.ts';

/**
 * The graph without transpositions that undo one another: of what was transposed before, and of a concatenation of which a part
 * was. A cache then grows where it lies; only what is added to it is transposed.
 */
export function withoutTransposedBack(graph: Graph): Graph {
  const producers = new Map<number, GraphNode>();
  const nodes: GraphNode[] = [];
  let nextId = 1 + greatestId(graph);
  const add = (node: GraphNode): void => {
    nodes.push(node);
    for (const output of node.outputs) producers.set(output.id, node);
  };
  const transposed = (value: Value, perm: readonly number[]): Value => {
    const undone = undoes(producers.get(value.id), perm);
    if (undone) return undone;
    const output = { ...permuted(value, perm), id: nextId++ };
    add({ op: 'Transpose', domain: '', inputs: [value], outputs: [output], attributes: { perm } });
    return output;
  };
  for (const node of graph.nodes) {
    const [input] = node.inputs as [Value];
    const perm = node.op === 'Transpose' ? (node.attributes['perm'] as readonly number[]) : [];
    const before = node.op === 'Transpose' ? producers.get(input.id) : undefined;
    const isCache =
      before?.op === 'Concat' &&
      before.inputs.some((part) => part && undoes(producers.get(part.id), perm));
    if (!isCache) {
      add(node);
      continue;
    }
    const parts = before.inputs.map((part) => transposed(part as Value, perm));
    const axis = perm.indexOf(before.attributes['axis'] as number);
    add({ ...before, inputs: parts, outputs: node.outputs, attributes: { axis } });
  }
  return withoutDeadNodes({ ...graph, nodes });
}

/** What a node transposed, where this transposition brings it back. */
function undoes(node: GraphNode | undefined, perm: readonly number[]): Value | undefined {
  if (node?.op !== 'Transpose') return undefined;
  const first = node.attributes['perm'] as readonly number[];
  return perm.every((axis, index) => first[axis] === index) ? node.inputs[0] : undefined;
}

function permuted({ shape, element, open }: Value, perm: readonly number[]): Omit<Value, 'id'> {
  const names = perm.flatMap((from, to) => (open?.[from] === undefined ? [] : [[to, open[from]]]));
  return {
    element,
    shape: perm.map((axis) => shape[axis] as number),
    open: names.length === 0 ? undefined : Object.fromEntries(names),
  };
}
