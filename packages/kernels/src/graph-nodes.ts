import { record } from '@tunesmith/runtime';
import type { GraphTensorSpec, tf } from '@tunesmith/runtime';

/** Operator domain of ONNX Runtime's contrib operators. */
export const CONTRIB = 'com.microsoft';

/** float32 of a shape. */
export function float(shape: readonly number[]): GraphTensorSpec {
  return { shape, dtype: 'float32' };
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
  const attributes = {
    transA: transposeA ? 1 : 0,
    transB: transposeB ? 1 : 0,
    alpha: { float: alpha },
  };
  return node('FusedMatMul', [a, b], output, { attributes, domain: CONTRIB });
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
