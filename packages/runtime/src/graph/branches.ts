import type { Graph, GraphNode, Value } from './graph.ts';

/** The nodes that make a value which only one side of a choice wants, in topological order. */
export interface Branch {
  readonly nodes: readonly GraphNode[];
  readonly output: Value;
}

/** A node as it is written: of a choice, the condition is its one input, and each side has its own nodes. */
export type WrittenNode = GraphNode & { readonly branches?: readonly [Branch, Branch] };

/** The operator of a choice. It is recorded with three inputs: a condition, what it gives where that holds, and what elsewhere. */
export const choiceOperator = 'If';

/** Where a node is written: in the graph itself, or on one side of a choice. */
type Place = { readonly choice: GraphNode; readonly side: 0 | 1 } | undefined;

/**
 * The nodes of a graph as they are written: what only one side of a choice needs lies in that side's branch and runs only where it
 * is chosen; what others need too is computed before. A side must be computed by a node of its own.
 */
export function intoBranches({ nodes, outputs }: Graph): WrittenNode[] {
  const choices = nodes.filter(({ op }) => op === choiceOperator);
  if (choices.length === 0) return [...nodes];
  const placeOf = new Map<GraphNode, Place>();
  // Where each value is read: undefined for the graph itself, or for more places than one.
  const readAt = new Map<number, Place>(outputs.map(({ value }) => [value.id, undefined]));
  const read = (value: Value | undefined, at: Place): void => {
    if (value === undefined) return;
    const known = readAt.has(value.id) ? readAt.get(value.id) : at;
    readAt.set(value.id, isSame(known, at) ? at : undefined);
  };
  for (const node of [...nodes].reverse()) {
    const places = node.outputs.flatMap(({ id }) => (readAt.has(id) ? [readAt.get(id)] : []));
    const place = places.every((one) => isSame(one, places[0])) ? places[0] : undefined;
    placeOf.set(node, place);
    node.inputs.forEach((input, index) => {
      const isSide = node.op === choiceOperator && index > 0;
      read(input, isSide ? { choice: node, side: index === 1 ? 0 : 1 } : place);
    });
  }
  const nodesAt = (at: Place): WrittenNode[] =>
    nodes.flatMap((node) => {
      if (!isSame(placeOf.get(node), at)) return [];
      if (node.op !== choiceOperator) return [node];
      const [condition, ...sides] = node.inputs as [Value, Value, Value];
      const branches = sides.map((output, side) => ({
        nodes: nodesAt({ choice: node, side: side as 0 | 1 }),
        output,
      })) as unknown as readonly [Branch, Branch];
      return [{ ...node, inputs: [condition], branches }];
    });
  return nodesAt(undefined);
}

function isSame(one: Place, other: Place): boolean {
  return one?.choice === other?.choice && one?.side === other?.side;
}
