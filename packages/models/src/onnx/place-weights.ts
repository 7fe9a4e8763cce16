import {
  graphWriter,
  type Graph,
  type GraphNode,
  type OnnxModel,
  type PendingOnnxTensor,
  type Value,
} from '@tunesmith/runtime';
import type { Model } from '../model.ts';
import { blockBytes, blocksOf, blockValues } from './blocks.ts';
import { parameterPrefix } from './parameters.ts';
import { parameterUses, type ParameterUses } from './parameter-uses.ts';
import { blockTensors, floatTensor } from './stored-weights.ts';

/** How the maps and tables of an ONNX model are stored. */
export type OnnxEncoding = 'f32' | 'f16' | 'q8' | 'q4';

/** A graph that is given its weights. */
interface Placement {
  readonly model: Model;
  readonly names: Map<Value, string>;
  readonly tensors: PendingOnnxTensor[];
  /** What comes before all other nodes. */
  readonly first: GraphNode[];
  /** What stands in the place of a node. */
  readonly changed: Map<GraphNode, readonly GraphNode[]>;
  create(value: Omit<Value, 'id'>): Value;
  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): Value;
}

/**
 * The graph of a model with its weights as tensors of an encoding.
 *
 * `f32`, `f16`: maps are stored `[in, out]`, as `MatMul` reads them; a table that is the head too is stored once. float16 is cast to
 * float32 before it is used. `q8`, `q4`: maps are `MatMulNBits` over blocks of 32, symmetric; the table of tokens and the head have
 * 8 bits in both. Vectors, routers and tables of positions are in float32.
 *
 * @param graph with a model's parameters among its inputs
 */
export function placeWeights(graph: Graph, model: Model, encoding: OnnxEncoding): OnnxModel {
  const { create } = graphWriter(graph);
  const constants = [...graph.constants];
  const placement: Placement = {
    model,
    names: new Map(),
    tensors: [],
    first: [],
    changed: new Map(),
    create,
    constant(data, shape) {
      const value = create({ shape, element: data instanceof Float32Array ? 'float32' : 'int64' });
      constants.push({ value, data });
      return value;
    },
  };
  const { sites, head } = model.spec;
  const weightsOf = (kind: 'embed' | 'router'): Set<string> =>
    new Set(
      sites.flatMap((site) =>
        site.kind === kind || (site.kind === 'linear' && site.role === kind)
          ? [(site as { weight: string }).weight]
          : [],
      ),
    );
  const [tables, routers] = [weightsOf('embed'), weightsOf('router')];
  const all = parameterUses(graph);
  for (const uses of all) {
    const isMap = uses.products.length > 0 || tables.has(uses.name);
    const isSmaller = isMap && uses.others.length === 0 && !routers.has(uses.name);
    if (isSmaller && (encoding === 'q8' || encoding === 'q4') && canBeBlocks(uses)) {
      const isFine = encoding === 'q8' || tables.has(uses.name) || uses.name === head.weight;
      placeBlocks(placement, uses, isFine ? 8 : 4);
    } else placeFloats(placement, uses, isSmaller && encoding === 'f16');
  }
  const { changed, first, names, tensors } = placement;
  const inputs = graph.inputs.filter(({ name }) => !name.startsWith(parameterPrefix));
  for (const { name, value } of [...inputs, ...graph.outputs]) names.set(value, name);
  for (const { transpositions } of all) for (const node of transpositions) changed.set(node, []);
  const nodes = graph.nodes.flatMap((node) => changed.get(node) ?? [node]);
  return {
    graph: { inputs, outputs: graph.outputs, constants, nodes: [...first, ...nodes] },
    names,
    tensors,
  };
}

/** Whether a matrix serves products of one direction, and rows that blocks divide. */
function canBeBlocks({ value, products, rows }: ParameterUses): boolean {
  if (rows.length === 0) return new Set(products.map((one) => one.isTransposed)).size === 1;
  const isFlat = rows.every(({ inputs }) => inputs[1]?.shape.length === 1);
  const isDivided = value.shape[1]! % blockValues === 0;
  return isFlat && isDivided && products.every((one) => one.isTransposed);
}

function store(
  { names, tensors }: Placement,
  name: string,
  tensor: PendingOnnxTensor | undefined,
): void {
  if (!tensor) return;
  names.set(tensor.value, name);
  tensors.push(tensor);
}

/** A parameter as floating-point numbers. */
function placeFloats(placement: Placement, uses: ParameterUses, isHalf: boolean): void {
  const { model, create, changed, first } = placement;
  const { name, value, products, rows, others } = uses;
  const isAlone = rows.length === 0 && others.length === 0 && products.length > 0;
  const isTransposed = isAlone && products.every((one) => one.isTransposed);
  const shape = isTransposed ? value.shape.toReversed() : value.shape;
  const stored = create({ shape, element: isHalf ? 'float16' : 'float32' });
  store(placement, name, floatTensor(stored, { name, weights: model.weights, isTransposed }));
  let used = stored;
  if (isHalf) {
    used = create({ shape, element: 'float32' });
    first.push({
      op: 'Cast',
      domain: '',
      inputs: [stored],
      outputs: [used],
      attributes: { to: 1 },
    });
  }
  for (const { node, isTransposed: isTurned } of products) {
    const [x] = node.inputs as [Value];
    // Rows are matrices in every linear map: `Gemm` reads the table as it lies.
    const asTable = isTurned && !isTransposed ? { op: 'Gemm', attributes: { transB: 1 } } : {};
    changed.set(node, [{ ...node, ...asTable, inputs: [x, used] }]);
  }
  for (const node of [...rows, ...others]) {
    const [found = node] = changed.get(node) ?? [];
    const inputs = found.inputs.map((input) => (input === value ? used : input));
    changed.set(node, [{ ...found, inputs }]);
  }
}

/** A parameter as whole numbers in blocks. */
function placeBlocks(placement: Placement, uses: ParameterUses, bits: 4 | 8): void {
  const { model, create, changed } = placement;
  const { name, value, products, rows } = uses;
  const isTransposed = rows.length === 0 && products.every((one) => !one.isTransposed);
  const [count, width] = (isTransposed ? value.shape.toReversed() : value.shape) as [
    number,
    number,
  ];
  const blocks = blocksOf(width);
  const codes = create({ shape: [count, blocks, blockBytes(bits)], element: 'uint8' });
  const scales = create({ shape: [count * blocks], element: 'float32' });
  const tensor = { name, weights: model.weights, isTransposed };
  const [codeTensor, scaleTensor] = blockTensors({ codes, scales }, tensor, { width, bits });
  store(placement, `${name}_q${bits}`, codeTensor);
  store(placement, `${name}_scales`, scaleTensor);
  for (const { node } of products) {
    const attributes = { K: width, N: count, bits, block_size: blockValues, accuracy_level: 4 };
    const inputs = [node.inputs[0], codes, scales];
    changed.set(node, [
      { ...node, op: 'MatMulNBits', domain: 'com.microsoft', inputs, attributes },
    ]);
  }
  for (const node of rows) changed.set(node, rowsOfBlocks(placement, node, { codes, scales }));
}

/** Rows of a table of blocks of 8 bits, in the place of a node that takes rows: `(code − 128) · scale`. */
function rowsOfBlocks(
  { create, constant }: Placement,
  node: GraphNode,
  { codes, scales }: { readonly codes: Value; readonly scales: Value },
): GraphNode[] {
  const [, ids] = node.inputs as [Value, Value];
  const [output] = node.outputs as [Value];
  const [count, blocks] = codes.shape as [number, number];
  const nodes: GraphNode[] = [];
  const add = (
    op: string,
    inputs: readonly Value[],
    spec: Omit<Value, 'id'>,
    attributes: GraphNode['attributes'] = {},
  ): Value => {
    const made = create(spec);
    nodes.push({ op, domain: '', inputs, outputs: [made], attributes });
    return made;
  };
  const rows = ids.shape[0]!;
  const open = ids.open;
  const column = { shape: [rows, blocks, 1], element: 'float32', open } as const;
  const whole = { ...column, shape: [rows, blocks, blockValues] };
  const byRow = constant(BigInt64Array.of(BigInt(count), BigInt(blocks), 1n), [3]);
  const table = add('Reshape', [scales, byRow], { shape: [count, blocks, 1], element: 'float32' });
  const own = add('Gather', [codes, ids], { ...whole, element: 'uint8' }, { axis: 0 });
  const ownScales = add('Gather', [table, ids], column, { axis: 0 });
  const numbers = add('Cast', [own], whole, { to: 1 });
  const centered = add('Sub', [numbers, constant(Float32Array.of(128), [])], whole);
  const scaled = add('Mul', [centered, ownScales], whole);
  const flat = constant(BigInt64Array.of(-1n, BigInt(output.shape[1]!)), [2]);
  nodes.push({
    op: 'Reshape',
    domain: '',
    inputs: [scaled, flat],
    outputs: [output],
    attributes: {},
  });
  return nodes;
}
