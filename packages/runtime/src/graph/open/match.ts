import { TunesmithError } from '@tunesmith/schema';
import type { Constant, Graph, GraphNode, Value } from '../graph.ts';

/** Where a value of a graph comes from. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'node'; readonly node: number; readonly output: number };

/** The sources of a graph's values, by id. */
export function sourcesOf({ inputs, constants, nodes }: Graph): ReadonlyMap<number, Source> {
  const sources = new Map<number, Source>();
  for (const { name, value } of inputs) sources.set(value.id, { kind: 'input', name });
  for (const constant of constants) sources.set(constant.value.id, { kind: 'constant', constant });
  nodes.forEach(({ outputs }, node) => {
    outputs.forEach((value, output) => sources.set(value.id, { kind: 'node', node, output }));
  });
  return sources;
}

/**
 * Checks that recordings of one function at several lengths have the same nodes in the same order, with the same attributes.
 *
 * @throws TunesmithError `lengths-matter` naming the first node that differs
 */
export function checkAlike(label: string, graphs: readonly Graph[]): void {
  const [first, ...others] = graphs as [Graph, ...Graph[]];
  first.nodes.forEach((node, index) => {
    for (const { nodes } of others) {
      const other = nodes[index];
      if (other === undefined || describe(node) !== describe(other))
        throw lengthsMatter(label, `node ${index}, ${node.op}, is another one`);
    }
  });
  if (others.some(({ nodes }) => nodes.length !== first.nodes.length))
    throw lengthsMatter(label, 'the number of nodes changes');
}

function describe({ op, domain, attributes, inputs }: GraphNode): string {
  return `${domain}:${op}${JSON.stringify(attributes)}${inputs.map((input) => input !== undefined)}`;
}

/** The error of a function that does not do the same at all lengths. */
export function lengthsMatter(label: string, what: string, value?: Value): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'lengths-matter',
    message: `${label} cannot be one graph for all lengths: ${what}${value ? ` [${value.shape.join(', ')}]` : ''}`,
    accepted: 'a function whose operations are the same at every length of its open axes',
  });
}
