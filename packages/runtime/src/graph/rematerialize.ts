import type { Graph, GraphNode, Value } from './graph.ts';
import { bytesOf, originsOf, placeOfMost, type Origins } from './liveness.ts';
import { recomputationTime } from './recomputation-time.ts';
import { graphWriter } from './writer.ts';

/** Values of fewer bytes are held: what they would free is lost among the nodes that it takes. */
const leastBytes = 2 ** 16;

/** Seconds that may be spent again for each byte that is not held: a step of a second may take 0.6 ms more for a megabyte. */
const secondsPerByte = 0.6e-9;

/**
 * What is freed must be at least this part of all that the graph holds at its most, inputs and constants among it. A step of 135 million
 * weights in float32 would free a seventh for 2 % of its time, which is left; in int8 a third.
 */
const leastPart = 1 / 5;

/** A value may be made of others that are held for it from now on, if each is at most this part of it. */
const smallPart = 1 / 8;

/**
 * Frees what a gradient reads of the forward pass and what is cheap to make again: gated activations, norms, products of bytes.
 *
 * Where most memory is in use, values wait that are read later only. Those that a few passes over memory make again, of others that
 * wait anyway or are much smaller, are not held: their nodes run once more before the first late reader. Numbers do not change,
 * as the same nodes run on the same inputs.
 *
 * ONNX Runtime orders nodes by what they need and would run the copies early, where all they need exists. So each reads its input
 * after what was computed last before its reader.
 *
 * @see Chen et al., Training Deep Nets with Sublinear Memory Cost, 2016
 */
export function rematerialize(graph: Graph): Graph {
  const origins = originsOf(graph);
  const { place: most, bytes } = placeOfMost(graph, origins);
  const held = heldAt(graph, origins, most);
  const { dropped, freed } = chooseDropped(graph, origins, held);
  if (freed < leastPart * (bytes + bytesGiven(graph))) return graph;
  const later = gradientOf(graph, held, most);
  if (!later) return graph;

  const { nodes, constants, create, after } = graphWriter(graph);
  const made = new Map<number, Value>();
  let latest: Value | undefined;

  const makeAgain = (value: Value): Value => {
    if (!dropped.has(origins.memoryOf(value))) return value;
    const known = made.get(value.id);
    if (known) return known;
    const node = graph.nodes[origins.madeAt(value) as number] as GraphNode;
    const inputs = node.inputs.map((input) => input && makeAgain(input));
    if (inputs.every((input, index) => input === node.inputs[index])) {
      const waiting = inputs.findIndex(
        (input) =>
          input && !input.open && input.shape.length > 0 && origins.madeAt(input) !== undefined,
      );
      if (waiting >= 0) inputs[waiting] = after(inputs[waiting] as Value, [latest as Value]);
    }
    const outputs = node.outputs.map(create);
    node.outputs.forEach(({ id }, index) => made.set(id, outputs[index] as Value));
    nodes.push({ ...node, inputs, outputs });
    return made.get(value.id) as Value;
  };

  graph.nodes.forEach((node, place) => {
    const inputs =
      place > most && latest ? node.inputs.map((input) => input && makeAgain(input)) : node.inputs;
    nodes.push({ ...node, inputs });
    // What runs soon is an end: others must not hang on it.
    if (later.has(node) && !node.soon) latest = node.outputs[0];
  });
  return { ...graph, nodes, constants: [...graph.constants, ...constants] };
}

/**
 * The nodes of the gradient: those that need what is held last, which is the loss's own. What few nodes after `most` need is passed over:
 * a gradient that is there early, and waits for another part.
 */
function gradientOf(
  { nodes }: Graph,
  held: readonly Value[],
  most: number,
): ReadonlySet<GraphNode> | undefined {
  for (const value of held.toReversed()) {
    if (bytesOf(value) < leastBytes) continue;
    const found = dependents(nodes, value);
    if (found.size > (nodes.length - most) / 2) return found;
  }
  return undefined;
}

/** The values that are read after a place and made before it, in the order in which they are made. */
function heldAt({ nodes }: Graph, { madeAt, memoryOf }: Origins, place: number): Value[] {
  const held = new Set<Value>();
  for (const { inputs } of nodes.slice(place + 1)) {
    for (const input of inputs) {
      const value = input && memoryOf(input);
      const from = value && madeAt(value);
      if (from !== undefined && from <= place) held.add(value as Value);
    }
  }
  return [...held].sort((a, b) => (madeAt(a) as number) - (madeAt(b) as number));
}

/** Bytes of what a graph is given, and of its constants. */
function bytesGiven({ inputs, constants }: Graph): number {
  return [...inputs, ...constants].reduce((sum, { value }) => sum + bytesOf(value), 0);
}

/** The values that are made again: of those that are held, each that is worth it, and what it is made through; and the bytes that this frees. */
function chooseDropped(
  graph: Graph,
  origins: Origins,
  waiting: readonly Value[],
): { readonly dropped: ReadonlySet<Value>; readonly freed: number } {
  const held = new Set(waiting);
  const wanted = new Set(graph.outputs.map(({ value }) => origins.memoryOf(value)));
  const dropped = new Set<Value>();
  let allFreed = 0;
  for (const value of waiting) {
    if (wanted.has(value) || bytesOf(value) < leastBytes) continue;
    const way = wayTo(value, graph, origins, { held, dropped });
    if (!way) continue;
    const freed = bytesOf(value) - way.heldFor.reduce((sum, each) => sum + bytesOf(each), 0);
    if (way.seconds > secondsPerByte * freed) continue;
    for (const each of way.through) dropped.add(each);
    for (const each of way.heldFor) held.add(each);
    allFreed += freed;
  }
  return { dropped, freed: allFreed };
}

/**
 * How a value is made again: the seconds it takes beside what is made again anyway, the values that are made on the way, itself among
 * them, and what has to be held for it.
 */
function wayTo(
  value: Value,
  { nodes }: Graph,
  { madeAt, memoryOf }: Origins,
  { held, dropped }: { held: ReadonlySet<Value>; dropped: ReadonlySet<Value> },
): { seconds: number; through: Iterable<Value>; heldFor: readonly Value[] } | undefined {
  const through = new Set<Value>();
  const heldFor = new Set<Value>();
  let seconds = 0;
  const open = [value];
  for (let next = open.pop(); next; next = open.pop()) {
    if (through.has(next)) continue;
    through.add(next);
    const node = nodes[madeAt(next) as number] as GraphNode;
    const time = recomputationTime(node);
    if (time === undefined || (seconds += time) > secondsPerByte * bytesOf(value)) return undefined;
    for (const input of node.inputs) {
      if (!input) continue;
      const source = memoryOf(input);
      if (madeAt(source) === undefined || dropped.has(source) || held.has(source)) continue;
      if (bytesOf(source) <= smallPart * bytesOf(value)) heldFor.add(source);
      else open.push(source);
    }
  }
  return { seconds, through, heldFor: [...heldFor] };
}

/** The nodes that need a value. */
function dependents(nodes: readonly GraphNode[], value: Value): ReadonlySet<GraphNode> {
  const values = new Set([value.id]);
  const found = new Set<GraphNode>();
  for (const node of nodes) {
    if (!node.inputs.some((input) => input && values.has(input.id))) continue;
    found.add(node);
    for (const { id } of node.outputs) values.add(id);
  }
  return found;
}
