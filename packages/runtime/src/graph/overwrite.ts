import { sizeOf } from '../tensor.ts';
import type { Graph, GraphNode, Value } from './graph.ts';
import { bytesOf, originsOf } from './liveness.ts';
import { runSoon } from './soon.ts';
import { graphWriter } from './writer.ts';

/** Operators that may write their output over an input of the same shape: they read an element only for the element that they write. */
const elementwise = new Set('Add Sub Mul Div Max Min Sqrt Neg Abs Identity'.split(' '));

/** What is to run soon holds up what comes after it once it has worked on this many bytes; less is lost among the nodes that it takes. */
const leastBytes = 2 ** 16;

/** An output that is written over the input of its name. */
interface Overwrite {
  readonly name: string;
  /** The node that makes the output. */
  readonly writer: GraphNode;
  /** The nodes that read the input, and that the writer does not need anyway. */
  readonly others: readonly GraphNode[];
}

/**
 * Lets outputs be written over inputs: a node that makes such an output comes after all that read the input. Where the order cannot
 * see to that, the output needs memory of its own.
 *
 * What is to run soon, and what overwrites, also comes before what was recorded after it, so that a gradient that is used up by its
 * update makes room for the next one. ONNX Runtime orders nodes by what they need and by nothing else: so a later node reads one of
 * its inputs {@link GraphWriter.after} what was to come before it.
 *
 * @param names of outputs that may be written over the input of the same name, shape and element type
 * @returns the graph, and the names of the outputs that must be, or can be, written so
 */
export function overwrite(
  graph: Graph,
  names: ReadonlySet<string>,
): { graph: Graph; overwritten: ReadonlySet<string> } {
  if (names.size === 0 && !graph.nodes.some(({ soon }) => soon))
    return { graph, overwritten: new Set() };
  const overwrites = overwritesOf(graph, names);
  const waits = new Map(
    overwrites.flatMap(({ writer, others }) => (others.length > 0 ? [[writer, others]] : [])),
  );
  const unread = graph.outputs.filter(
    ({ name }) => names.has(name) && !graph.inputs.some((input) => input.name === name),
  );
  const overwritten = new Set([...overwrites, ...unread].map(({ name }) => name));
  const producers = producersOf(graph);
  const first = new Set(unread.flatMap(({ value }) => producers.get(value.id) ?? []));
  return { graph: inOrder(runSoon(graph, waits), waits, first), overwritten };
}

/** Which outputs may be written over inputs, and what has to come before. */
function overwritesOf(graph: Graph, names: ReadonlySet<string>): Overwrite[] {
  const inputs = new Map(graph.inputs.map(({ name, value }) => [name, value]));
  const producers = producersOf(graph);
  const { memoryOf } = originsOf(graph);
  const readers = readersOf(graph, memoryOf);
  const isNeeded = ancestry(graph, producers);
  const pairs = graph.outputs.flatMap(({ name, value }) => {
    const input = names.has(name) ? inputs.get(name) : undefined;
    const writer = producers.get(value.id);
    if (!input || !writer || input.element !== value.element || !fits(input.shape, value))
      return [];
    return [{ name, input, writer, output: value }];
  });
  const overwritable = new Set(pairs.map(({ input }) => input.id));
  return pairs.flatMap(({ name, input, writer, output }) => {
    const others = [...(readers.get(input.id) ?? [])].filter(
      (reader) => reader !== writer && !isNeeded(writer, reader),
    );
    const read = writer.inputs.filter((each) => each !== undefined);
    const isForeign = (each: Value): boolean => {
      const memory = memoryOf(each);
      return memory !== input && overwritable.has(memory.id);
    };
    // What waits must be read by nobody and read no other such input: else two might wait for each other.
    const mayWait = !read.some(isForeign) && !readers.has(output.id) && read.some(isPlain);
    if (others.length > 0 && !mayWait) return [];
    const own = read.filter((each) => memoryOf(each) === input);
    const isInPlace = elementwise.has(writer.op) && own.every(({ shape }) => fits(shape, output));
    return own.length > 0 && !isInPlace ? [] : [{ name, writer, others }];
  });
}

/** Nodes in an order that ONNX Runtime keeps to, as far as it matters. */
function inOrder(
  graph: Graph,
  waits: ReadonlyMap<GraphNode, readonly GraphNode[]>,
  first: ReadonlySet<GraphNode>,
): Graph {
  const { nodes, constants, after } = graphWriter(graph);
  const isComputed = new Set<number>();
  const isFed = new Set(graph.inputs.map(({ value }) => value.id));
  /** What was to come first and did, and was not read since by what was to come first too. */
  const pending = new Map<number, Value>();
  let bytes = 0;
  const behind = (node: GraphNode, others: readonly Value[], among: ReadonlySet<number>) => {
    const at = node.inputs.findIndex((input) => input && among.has(input.id) && isPlain(input));
    const input = node.inputs[at];
    if (!input || others.length === 0) return node;
    return { ...node, inputs: node.inputs.with(at, after(input, others)) };
  };
  for (const node of graph.nodes) {
    const [output] = node.outputs as [Value];
    const isFirst = node.soon === true || first.has(node);
    const others = (waits.get(node) ?? []).map(({ outputs }) => outputs[0] as Value);
    let placed = behind(node, others, isComputed);
    if (placed === node) placed = behind(node, others, isFed);
    if (!isFirst && bytes >= leastBytes) {
      const heldUp = behind(placed, [...pending.values()], isComputed);
      if (heldUp !== placed) {
        pending.clear();
        bytes = 0;
      }
      placed = heldUp;
    }
    nodes.push(placed);
    for (const { id } of node.outputs) isComputed.add(id);
    if (!isFirst) continue;
    for (const input of node.inputs) if (input) pending.delete(input.id);
    pending.set(output.id, output);
    bytes += Math.max(...[...node.inputs, output].map((each) => (each ? bytesOf(each) : 0)));
  }
  return { ...graph, nodes, constants: [...graph.constants, ...constants] };
}

function fits(shape: readonly number[], { shape: other }: Value): boolean {
  return shape.join() === other.join();
}

function isPlain({ open, shape }: Value): boolean {
  return !open && shape.length > 0 && sizeOf(shape) > 0;
}

function producersOf({ nodes }: Graph): ReadonlyMap<number, GraphNode> {
  return new Map(nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
}

/** The nodes that read the memory of a value, in whatever shape; by the value's id. */
function readersOf(
  { nodes }: Graph,
  memoryOf: (value: Value) => Value,
): ReadonlyMap<number, ReadonlySet<GraphNode>> {
  const readers = new Map<number, Set<GraphNode>>();
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (!input) continue;
      const { id } = memoryOf(input);
      const known = readers.get(id);
      if (known) known.add(node);
      else readers.set(id, new Set([node]));
    }
  }
  return readers;
}

/** Tells whether a node needs another one, directly or not. */
function ancestry(
  { nodes }: Graph,
  producers: ReadonlyMap<number, GraphNode>,
): (node: GraphNode, other: GraphNode) => boolean {
  const place = new Map(nodes.map((node, index) => [node, index]));
  const placeOf = (node: GraphNode): number => place.get(node) as number;
  const before = nodes.map((node) =>
    node.inputs.flatMap((input) => {
      const producer = input && producers.get(input.id);
      return producer ? [placeOf(producer)] : [];
    }),
  );
  const seen = new Int32Array(nodes.length);
  let search = 0;
  return (node, other) => {
    search++;
    const wanted = placeOf(other);
    const open = [placeOf(node)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next === wanted) return true;
      // Nodes come after what they need.
      if (next < wanted || seen[next] === search) continue;
      seen[next] = search;
      open.push(...(before[next] as number[]));
    }
    return false;
  };
}
