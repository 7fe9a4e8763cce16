import type { Graph, GraphNode, Value } from '@tunesmith/runtime';
import { parameterPrefix } from './parameters.ts';

/** What a graph does with one of its parameters. */
export interface ParameterUses {
  readonly name: string;
  readonly value: Value;
  /** `x W`, or `x Wᵀ` where the weight is transposed before. */
  readonly products: readonly { readonly node: GraphNode; readonly isTransposed: boolean }[];
  /** Takes rows of it, as of a table. */
  readonly rows: readonly GraphNode[];
  readonly others: readonly GraphNode[];
  /** Transposes it for products. */
  readonly transpositions: readonly GraphNode[];
}

/** What a graph does with each of its parameters. */
export function parameterUses({ inputs, nodes }: Graph): ParameterUses[] {
  const readers = new Map<number, GraphNode[]>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      if (input === undefined) continue;
      const known = readers.get(input.id);
      if (known) known.push(node);
      else readers.set(input.id, [node]);
    }
  }
  const readersOf = (value: Value): readonly GraphNode[] => readers.get(value.id) ?? [];
  const isFactor = (node: GraphNode, value: Value): boolean =>
    node.op === 'MatMul' && node.inputs[0] !== value && node.inputs[1] === value;

  return inputs
    .filter(({ name }) => name.startsWith(parameterPrefix))
    .map(({ name, value }) => {
      const isMatrix = value.shape.length === 2;
      const isTransposition = (node: GraphNode): boolean =>
        isMatrix &&
        node.op === 'Transpose' &&
        readersOf(node.outputs[0]!).every((reader) => isFactor(reader, node.outputs[0]!));
      const all = readersOf(value);
      const transpositions = all.filter(isTransposition);
      const direct = all.filter((node) => isMatrix && isFactor(node, value));
      const rows = all.filter(({ op, inputs: [from] }) => op === 'Gather' && from === value);
      const known = new Set([...transpositions, ...direct, ...rows]);
      return {
        name: name.slice(parameterPrefix.length),
        value,
        products: [
          ...direct.map((node) => ({ node, isTransposed: false })),
          ...transpositions
            .flatMap(({ outputs: [output] }) => readersOf(output!))
            .map((node) => ({ node, isTransposed: true })),
        ],
        rows,
        others: all.filter((node) => !known.has(node)),
        transpositions,
      };
    });
}
