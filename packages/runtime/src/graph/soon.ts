import type { Graph, GraphNode } from './graph.ts';

/**
 * The graph with its nodes in another order: those that are to run soon come right after the last of the others that they need;
 * these stay in the order in which they were recorded. What is to run soon and needs none of the others comes right before its
 * reader.
 *
 * @param alsoAfter nodes that a node must come after besides those whose values it reads; none of them may depend on it
 */
export function runSoon(
  graph: Graph,
  alsoAfter: ReadonlyMap<GraphNode, readonly GraphNode[]> = new Map(),
): Graph {
  if (alsoAfter.size === 0 && !graph.nodes.some((node) => node.soon)) return graph;
  const producers = new Map<number, GraphNode>();
  for (const node of graph.nodes) for (const { id } of node.outputs) producers.set(id, node);
  const neededBy = (node: GraphNode): readonly GraphNode[] => [
    ...node.inputs.flatMap((input) => (input && producers.get(input.id)) ?? []),
    ...(alsoAfter.get(node) ?? []),
  ];

  /** The place of the last node that something needs, of those that are not to run soon. */
  const lastNeeded = new Map<GraphNode, number>();
  const readyAt = new Map<number, GraphNode[]>();
  graph.nodes.forEach((node, place) => {
    if (!node.soon) return void lastNeeded.set(node, place);
    const last = Math.max(-1, ...neededBy(node).map((each) => lastNeeded.get(each) ?? -1));
    lastNeeded.set(node, last);
    readyAt.set(last, [...(readyAt.get(last) ?? []), node]);
  });

  const nodes = new Set<GraphNode>();
  // A stack of its own: the way back from a node may be thousands of nodes long.
  const run = (node: GraphNode): void => {
    const open = [node];
    for (let next = open.at(-1); next; next = open.at(-1)) {
      const missing = neededBy(next).filter((each) => !nodes.has(each));
      if (missing.length === 0) nodes.add(open.pop() as GraphNode);
      else open.push(...missing.reverse());
    }
  };
  graph.nodes.forEach((node, place) => {
    if (!node.soon) run(node);
    for (const each of readyAt.get(place) ?? []) run(each);
  });
  for (const node of graph.nodes) run(node);
  return { ...graph, nodes: [...nodes] };
}
