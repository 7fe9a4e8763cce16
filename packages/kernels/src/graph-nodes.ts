import { constant, int64Constant, record, recordingTarget, tf } from '@tunesmith/runtime';
import type { GraphTensorSpec } from '@tunesmith/runtime';

/** Operator domain of ONNX Runtime's contrib operators. */
export const CONTRIB = 'com.microsoft';

/** float32 of a shape. */
export function float(shape: readonly number[]): GraphTensorSpec {
  return { shape, dtype: 'float32' };
}

/** int64 of a shape, as ONNX wants positions; tfjs sees int32. */
export function int64(shape: readonly number[]): GraphTensorSpec {
  return { shape, dtype: 'int32', element: 'int64' };
}

/** One node with one output. */
export function node(
  op: string,
  inputs: readonly (tf.Tensor | undefined)[],
  output: GraphTensorSpec,
  options: {
    readonly attributes?: NonNullable<Parameters<typeof record>[0]['attributes']>;
    readonly domain?: string;
  } = {},
): tf.Tensor {
  return record({ op, inputs, outputs: [output], ...options })[0]!;
}

/** `alpha · op(a) op(b)` over the last two axes; the batch axes of b agree with those of a or are 1. */
export function product(
  a: tf.Tensor,
  b: tf.Tensor,
  {
    transposeA = false,
    transposeB = false,
    alpha = 1,
  }: { transposeA?: boolean; transposeB?: boolean; alpha?: number } = {},
): tf.Tensor {
  const rows = a.shape.at(transposeA ? -1 : -2) as number;
  const columns = b.shape.at(transposeB ? -2 : -1) as number;
  const output = float([...a.shape.slice(0, -2), rows, columns]);
  if (!transposeA && !transposeB && alpha === 1) return node('MatMul', [a, b], output);
  if (recordingTarget() === 'webgpu') {
    // It has no FusedMatMul: ONNX Runtime would run it on the processor, and copy what it reads and writes. Its Gemm takes
    // twice as long as a transposition and a product (84 and 38 µs for 512 · 576 · 576 on an H200), but what stands first
    // may have no rows, such as those of an expert that no token chose, and transposing nothing ends the process.
    if (transposeA && a.rank + b.rank === 4) return gemm(a, b, { transposeA, transposeB, alpha });
    const factors = [transposeA ? swapped(a) : a, transposeB ? swapped(b) : b] as const;
    const [x, y] = alpha === 1 ? factors : scaleSmaller(factors, alpha);
    return node('MatMul', [x, y], output);
  }
  const attributes = {
    transA: transposeA ? 1 : 0,
    transB: transposeB ? 1 : 0,
    alpha: { float: alpha },
  };
  return node('FusedMatMul', [a, b], output, { attributes, domain: CONTRIB });
}

/** Two factors, the one with fewer elements times a number. */
function scaleSmaller(
  [a, b]: readonly [tf.Tensor, tf.Tensor],
  alpha: number,
): readonly [tf.Tensor, tf.Tensor] {
  const factor = constant({ shape: [], dtype: 'float32', data: Float32Array.of(alpha) });
  const scaled = (x: tf.Tensor) => node('Mul', [x, factor], float(x.shape));
  return a.size <= b.size ? [scaled(a), b] : [a, scaled(b)];
}

/** The last two axes of a tensor change places. */
function swapped(x: tf.Tensor): tf.Tensor {
  const perm = x.shape.map((_, axis) => axis);
  perm.push(...perm.splice(-2).reverse());
  const shape = perm.map((axis) => x.shape[axis] as number);
  return node('Transpose', [x], float(shape), { attributes: { perm } });
}

/** `alpha · op(a) op(b) + c` for matrices; c may be a row that is added to every row, or absent. */
export function gemm(
  a: tf.Tensor,
  b: tf.Tensor,
  {
    transposeA = false,
    transposeB = false,
    alpha = 1,
    c,
  }: { transposeA?: boolean; transposeB?: boolean; alpha?: number; c?: tf.Tensor | undefined },
): tf.Tensor {
  const shape = [a.shape[transposeA ? 1 : 0] as number, b.shape[transposeB ? 0 : 1] as number];
  const attributes = {
    transA: transposeA ? 1 : 0,
    transB: transposeB ? 1 : 0,
    alpha: { float: alpha },
  };
  return node('Gemm', c ? [a, b, c] : [a, b], float(shape), { attributes });
}

/** An axis whose length only the run knows; `by` is the tensor that it depends on. Shapes give the most that it can be. */
export interface OpenAxis {
  readonly axis: number;
  readonly by: tf.Tensor;
}

/** `[begin, end)` of an axis that thereby becomes open; both int64 `[1]`, `most` is the longest that it can be. */
export function sliceOpen(
  x: tf.Tensor,
  { axis, by }: OpenAxis,
  most: number,
  {
    begin = int64Constant([0]),
    end = int64Constant([most]),
  }: { begin?: tf.Tensor; end?: tf.Tensor },
): tf.Tensor {
  const shape = x.shape.map((dimension, each) => (each === axis ? most : dimension));
  const output = { shape, dtype: x.dtype as 'float32', open: { [axis]: by } };
  return node('Slice', [x, begin, end, int64Constant([axis])], output);
}

/** x in another shape; the axis that is open, if one is, keeps its length. */
export function reshapeOpen(
  x: tf.Tensor,
  shape: readonly number[],
  open: OpenAxis | undefined,
): tf.Tensor {
  if (!open) return tf.reshape(x, [...shape]);
  const wanted = shape.map((dimension, axis) => (axis === open.axis ? -1 : dimension));
  const output = { shape, dtype: x.dtype as 'float32', open: { [open.axis]: open.by } };
  return node('Reshape', [x, int64Constant(wanted)], output);
}
