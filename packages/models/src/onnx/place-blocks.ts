import type { GraphNode, Value } from '@tunesmith/runtime';
import { blockBytes, blocksOf, blockValues } from './blocks.ts';
import type { ParameterUses } from './parameter-uses.ts';
import { store, type Placement } from './placement.ts';
import { blockTensors, roundedBlocks, type BlockValues } from './stored-weights.ts';

/** Whether a matrix serves products of one direction, and rows that blocks divide. */
export function canBeBlocks({ value, products, rows }: ParameterUses): boolean {
  if (rows.length === 0) return new Set(products.map((one) => one.isTransposed)).size === 1;
  const isFlat = rows.every(({ inputs }) => inputs[1]?.shape.length === 1);
  const isDivided = value.shape[1]! % blockValues === 0;
  return isFlat && isDivided && products.every((one) => one.isTransposed);
}

/**
 * A parameter as whole numbers in blocks. Where its file has it in blocks of as many bits, these are taken as they are: rounding once more
 * would add as much error again.
 */
export async function placeBlocks(
  placement: Placement,
  uses: ParameterUses,
  bits: 4 | 8,
): Promise<void> {
  const { model, create, changed } = placement;
  const { name, value, products, rows } = uses;
  const isTransposed = rows.length === 0 && products.every((one) => !one.isTransposed);
  const [count, width] = (isTransposed ? value.shape.toReversed() : value.shape) as [
    number,
    number,
  ];
  const { weights } = model;
  const stored = isTransposed ? undefined : await weights.readBlocks?.(name);
  const own = stored?.bits === bits ? stored : undefined;
  const blocks = blocksOf(width);
  const values: BlockValues = {
    codes: create({ shape: [count, blocks, blockBytes(bits)], element: 'uint8' }),
    scales: create({ shape: [count * blocks], element: 'float32' }),
    least: own?.least && create({ shape: [blocks, count], element: 'float32' }),
  };
  const tensors = blockTensors(values, async () => {
    const again = own && (await weights.readBlocks?.(name));
    return again ?? roundedBlocks({ name, weights, isTransposed }, { width, bits });
  });
  store(placement, `${name}_q${bits}`, tensors.codes);
  store(placement, `${name}_scales`, tensors.scales);
  store(placement, `${name}_least`, tensors.least);
  for (const { node } of products) changed.set(node, product(placement, node, values, width));
  for (const node of rows) changed.set(node, rowsOfBlocks(placement, node, values));
}

/** `x Wᵀ` in the place of a product: what is added to whole blocks is multiplied by the sums of their inputs. */
function product(
  placement: Placement,
  node: GraphNode,
  { codes, scales, least }: BlockValues,
  width: number,
): GraphNode[] {
  const [x] = node.inputs as [Value];
  const [output] = node.outputs as [Value];
  const [count, blocks, bytes] = codes.shape as [number, number, number];
  const attributes = {
    K: width,
    N: count,
    bits: (8 * bytes) / blockValues,
    block_size: blockValues,
    accuracy_level: 4,
  };
  const inputs = [x, codes, scales];
  const multiplied = { ...node, op: 'MatMulNBits', domain: 'com.microsoft', inputs, attributes };
  if (!least) return [multiplied];
  const { nodes, add } = nodesIn(placement);
  const lead = x.shape.slice(0, -1);
  const { open } = output;
  const cut = [...lead.map(() => 0n), BigInt(blocks), BigInt(blockValues)];
  const pieces = add('Reshape', [x, int64(placement, cut)], {
    shape: [...lead, blocks, blockValues],
    element: 'float32',
  });
  const sums = add(
    'ReduceSum',
    [pieces, int64(placement, [-1n])],
    { shape: [...lead, blocks], element: 'float32' },
    { keepdims: 0 },
  );
  const { shape, element } = output;
  const rounded = placement.create({ shape, element, open });
  nodes.push({ ...multiplied, outputs: [rounded] });
  const added = add('MatMul', [sums, least], { shape, element, open });
  nodes.push({ ...plain('Add', [rounded, added]), outputs: [output] });
  return nodes;
}

/** Rows of a table of blocks of 8 bits, in the place of a node that takes rows: `(code − 128) · scale`. */
function rowsOfBlocks(
  placement: Placement,
  node: GraphNode,
  { codes, scales }: BlockValues,
): GraphNode[] {
  const [, ids] = node.inputs as [Value, Value];
  const [output] = node.outputs as [Value];
  const [count, blocks] = codes.shape as [number, number];
  const { nodes, add } = nodesIn(placement);
  const rows = ids.shape[0]!;
  const open = ids.open;
  const column = { shape: [rows, blocks, 1], element: 'float32', open } as const;
  const whole = { ...column, shape: [rows, blocks, blockValues] };
  const byRow = int64(placement, [BigInt(count), BigInt(blocks), 1n]);
  const table = add('Reshape', [scales, byRow], { shape: [count, blocks, 1], element: 'float32' });
  const own = add('Gather', [codes, ids], { ...whole, element: 'uint8' }, { axis: 0 });
  const ownScales = add('Gather', [table, ids], column, { axis: 0 });
  const numbers = add('Cast', [own], whole, { to: 1 });
  const middle = placement.constant(Float32Array.of(128), []);
  const centered = add('Sub', [numbers, middle], whole);
  const scaled = add('Mul', [centered, ownScales], whole);
  const flat = int64(placement, [-1n, BigInt(output.shape[1]!)]);
  nodes.push({ ...plain('Reshape', [scaled, flat]), outputs: [output] });
  return nodes;
}

function int64(placement: Placement, numbers: readonly bigint[]): Value {
  return placement.constant(BigInt64Array.from(numbers), [numbers.length]);
}

function plain(op: string, inputs: readonly Value[]): Omit<GraphNode, 'outputs'> {
  return { op, domain: '', inputs, attributes: {} };
}

/** Nodes of one output each, one after the other. */
function nodesIn({ create }: Placement): {
  readonly nodes: GraphNode[];
  add(
    op: string,
    inputs: readonly Value[],
    output: Omit<Value, 'id'>,
    attributes?: GraphNode['attributes'],
  ): Value;
} {
  const nodes: GraphNode[] = [];
  return {
    nodes,
    add(op, inputs, output, attributes = {}) {
      const made = create(output);
      nodes.push({ ...plain(op, inputs), outputs: [made], attributes });
      return made;
    },
  };
}
