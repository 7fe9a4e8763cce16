import { sizeOf, type DataType } from '../tensor.ts';
import { tf } from '../tf.ts';
import { recording, recordingTarget } from './backend.ts';
import type { Attributes, Constant, ElementType, Value } from './graph.ts';
import { elementCode } from './onnx.ts';
import { filled } from './recording.ts';

/** Shape that `a` and `b` broadcast to; throws tfjs's error if they do not. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  return tf.backend_util.assertAndGetBroadcastShape([...a], [...b]);
}

/** True if both shapes have the same dimensions. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** Appends a node with one output. */
export function node(
  op: string,
  inputs: readonly (Value | undefined)[],
  shape: readonly number[],
  element: ElementType,
  attributes: Attributes = {},
  domain = '',
): Value {
  return recording().node(op, inputs, [{ shape, element }], attributes, domain)[0] as Value;
}

/** An int64 constant, as ONNX wants its axes and shapes. */
export function int64(
  values: readonly number[],
  shape: readonly number[] = [values.length],
): Value {
  const graph = recording();
  return graph.named(`int64[${shape.join()}]:${values.join()}`, () =>
    graph.constant(BigInt64Array.from(values, BigInt), { shape, element: 'int64' }),
  );
}

/** A constant scalar. */
export function scalar(value: number, element: ElementType = 'float32'): Value {
  if (element === 'int64') return int64([value], []);
  const graph = recording();
  const data = (): Constant['data'] => {
    if (element === 'float64') return Float64Array.of(value);
    if (element === 'uint32') return Uint32Array.of(value);
    return filled(element as DataType, [], value);
  };
  return graph.named(`${element}:${Object.is(value, -0) ? '-0' : value}`, () =>
    graph.constant(data(), { shape: [], element }),
  );
}

/** An operation on one tensor, element by element. */
export function unary(
  op: string,
  x: Value,
  element: ElementType = x.element,
  attributes: Attributes = {},
): Value {
  return node(op, [x], x.shape, element, attributes);
}

/** An operation on two tensors that broadcast, element by element. Operands that were only tiled are used untiled. */
export function binary(
  op: string,
  a: Value,
  b: Value,
  element: ElementType = a.element,
  attributes: Attributes = {},
): Value {
  const shape = broadcastShape(a.shape, b.shape);
  const [left, right] = untile([a, b], shape) as [Value, Value];
  return node(op, [left, right], shape, element, attributes);
}

/** `condition ? a : b`, broadcast. */
export function where(condition: Value, a: Value, b: Value): Value {
  const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
  return node('Where', untile([condition, a, b], shape), shape, a.element);
}

/** `max(x, 0)`, and NaN of NaN. WebGPU's `Relu` makes zeros of NaN, which would hide that a training diverged. */
export function relu(x: Value): Value {
  if (recordingTarget() !== 'webgpu') return unary('Relu', x);
  const zero = scalar(0);
  return where(node('Less', [x, zero], x.shape, 'bool'), zero, x);
}

/** Operands that were made by tiling a dimension of one are replaced by what was tiled, as long as the shape stays `shape`. */
function untile(operands: readonly Value[], shape: readonly number[]): Value[] {
  const result = [...operands];
  result.forEach((operand, index) => {
    const source = broadcastSource(operand);
    if (source === operand) return;
    const others = result.map((other, at) => (at === index ? source : other));
    const rest = others.reduce<number[]>((so, each) => broadcastShape(so, each.shape), []);
    if (sameShape(rest, shape)) result[index] = source;
  });
  return result;
}

/** What a value was broadcast from (`Expand`, or `Tile` of dimensions of one), or the value itself. */
function broadcastSource(value: Value): Value {
  const producer = recording().producer(value);
  const source = producer?.inputs[0];
  if (producer === undefined || source === undefined) return value;
  if (producer.op === 'Expand') return broadcastSource(source);
  if (producer.op !== 'Tile' || source.shape.length !== value.shape.length) return value;
  return source.shape.every((dimension, axis) => dimension === 1 || dimension === value.shape[axis])
    ? broadcastSource(source)
    : value;
}

/** Converts the elements; float to integer truncates towards zero. */
export function cast(x: Value, element: ElementType): Value {
  if (x.element === element) return x;
  return node('Cast', [x], x.shape, element, { to: elementCode[element] });
}

/** The same elements in another shape. */
export function reshape(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  const graph = recording();
  const producer = graph.producer(x);
  if (producer?.op === 'Reshape' && producer.inputs[0] !== undefined)
    return reshape(producer.inputs[0], shape);
  const known = graph.constantOf(x);
  if (known !== undefined) return graph.constant(known.data, { shape, element: x.element });
  return node('Reshape', [x, int64(shape)], shape, x.element);
}

/** Permutes the axes: output axis `i` is input axis `perm[i]`. */
export function transpose(x: Value, perm: readonly number[]): Value {
  if (perm.every((axis, index) => axis === index)) return x;
  const shape = perm.map((axis) => x.shape[axis] as number);
  return node('Transpose', [x], shape, x.element, { perm });
}

/** `x[starts[i] : ends[i] : steps[i]]` along `axes[i]`; `shape` is the result's. */
export function slice(
  x: Value,
  shape: readonly number[],
  {
    starts,
    ends,
    axes,
    steps,
  }: {
    starts: readonly number[];
    ends: readonly number[];
    axes: readonly number[];
    steps?: readonly number[];
  },
): Value {
  const inputs = [x, int64(starts), int64(ends), int64(axes)];
  if (steps !== undefined) inputs.push(int64(steps));
  return node('Slice', inputs, shape, x.element);
}

/** Pads with a constant: `[before, after]` for each axis. */
export function pad(
  x: Value,
  paddings: readonly (readonly [number, number])[],
  fill: number,
): Value {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return x;
  const shape = x.shape.map(
    (dimension, axis) => dimension + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0),
  );
  const widths = int64([
    ...paddings.map(([before]) => before),
    ...paddings.map(([, after]) => after),
  ]);
  return node('Pad', [x, widths, scalar(fill, x.element)], shape, x.element);
}

/** Joins along an axis; pieces without elements are left out. */
export function concat(pieces: readonly Value[], axis: number): Value {
  const [first] = pieces as [Value];
  const shape = [...first.shape];
  shape[axis] = pieces.reduce((sum, piece) => sum + (piece.shape[axis] as number), 0);
  const filledPieces = pieces.filter((piece) => sizeOf(piece.shape) > 0);
  if (filledPieces.length === 1) return filledPieces[0] as Value;
  return node('Concat', filledPieces.length > 0 ? filledPieces : pieces, shape, first.element, {
    axis,
  });
}

/** Shape of a reduction over `axes`. */
export function reducedShape(
  shape: readonly number[],
  axes: readonly number[],
  keepDims: boolean,
): number[] {
  if (keepDims) return shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension));
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** `ReduceSum`, `ReduceMax`, … over `axes`. */
export function reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const shape = reducedShape(x.shape, axes, keepDims);
  if (axes.length === 0) return x;
  return node(op, [x, int64(axes)], shape, x.element, { keepdims: keepDims ? 1 : 0 });
}

/** Matrix product over the last two axes, batch axes broadcast, either side transposed. */
export function matmul(a: Value, b: Value, transposeA: boolean, transposeB: boolean): Value {
  const [rows, inner] = lastTwo(a.shape, transposeA);
  const [, columns] = lastTwo(b.shape, transposeB);
  const shape = [...broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  if (inner === 0) return node('Expand', [scalar(0, a.element), int64(shape)], shape, a.element);
  if (!transposeA && !transposeB) return node('MatMul', [a, b], shape, a.element);
  // WebGPU has no FusedMatMul: ONNX Runtime would run it on the processor, and copy what it reads and writes.
  const hasFused = recordingTarget() !== 'webgpu';
  const attributes = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  // A matrix that turns out to have no rows while running can be transposed by Gemm alone: Transpose ends the process there.
  if (a.element === 'float32' && !hasFused && transposeA && a.shape.length + b.shape.length === 4)
    return node('Gemm', [a, b], shape, a.element, attributes);
  if (a.element === 'float32' && hasFused) {
    return node('FusedMatMul', [a, b], shape, a.element, attributes, 'com.microsoft');
  }
  return node(
    'MatMul',
    [transposeA ? swapLast(a) : a, transposeB ? swapLast(b) : b],
    shape,
    a.element,
  );
}

function lastTwo(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function swapLast(x: Value): Value {
  const axes = x.shape.map((_, axis) => axis);
  const last = axes.pop() as number;
  axes.splice(-1, 0, last);
  return transpose(x, axes);
}
