import type { DataType, HostData } from '../tensor.ts';

/** Element types inside a graph. Inputs have a {@link DataType}; outputs are float32, int32 or bool, as tfjs sees them. */
export type ElementType = DataType | 'float16' | 'float64' | 'int64' | 'uint32';

/** One tensor of a graph, known by shape and element type only; its numbers exist while the graph runs. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly element: ElementType;
  /** Axes whose length only the run knows, at most that of `shape`, by axis; axes of one name are of one length. */
  readonly open?: Readonly<Record<number, string>> | undefined;
}

/** An attribute of a node: an integer, integers, a string, or floats (wrapped, since JavaScript's numbers do not tell). */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One operation of a graph. An absent optional input is `undefined`. */
export interface GraphNode {
  readonly op: string;
  /** `''` for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** Runs as soon as what it reads is there; see `soon`. */
  readonly soon?: true;
}

/** A constant of a graph and its numbers. int64 constants hold a `BigInt64Array`, other extended types their raw bytes. */
export interface Constant {
  readonly value: Value;
  readonly data: HostData | BigInt64Array | Float64Array | Uint32Array;
}

/** A recorded function: what a compiler turns into something that runs. Nodes are in topological order. */
export interface Graph {
  readonly inputs: readonly { readonly name: string; readonly value: Value }[];
  readonly outputs: readonly { readonly name: string; readonly value: Value }[];
  readonly nodes: readonly GraphNode[];
  readonly constants: readonly Constant[];
}

/** The graph without the nodes, constants and inputs that no output depends on. */
export function withoutDeadNodes(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ value }) => value.id));
  const nodes: GraphNode[] = [];
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index] as GraphNode;
    if (!node.outputs.some((output) => needed.has(output.id))) continue;
    nodes.push(node);
    for (const input of node.inputs) if (input !== undefined) needed.add(input.id);
  }
  return {
    outputs: graph.outputs,
    nodes: nodes.reverse(),
    inputs: graph.inputs.filter(({ value }) => needed.has(value.id)),
    constants: graph.constants.filter(({ value }) => needed.has(value.id)),
  };
}
