import type { GraphNode, Value } from './graph.ts';
import { bytesOf } from './liveness.ts';

/** Bytes a second that operations element by element read and write together; two cores with AVX-512 were measured at 20 GB/s. */
const passSpeed = 2e10;

/** Products of bytes a second, rounding to float32 included; 839 to 1,274 thousand million were measured on two cores with AMX. */
const integerProductSpeed = 1e12;

/** Operators that read their inputs once and write their outputs once, about as fast as memory allows. */
const passes = new Set(
  (
    'Add Sub Mul Div Max Min Sum Pow Where Cast Clip Identity ' +
    'Neg Abs Sqrt Reciprocal Exp Log Tanh Sigmoid Erf Relu ' +
    'Gelu QuickGelu FastGelu SimplifiedLayerNormalization LayerNormalization ' +
    'Equal Greater GreaterOrEqual Less LessOrEqual And Or Not ' +
    'ReduceMax ReduceMin ReduceMean ReduceSum ReduceSumSquare QuantizeLinear DequantizeLinear ' +
    'Transpose Split Concat Expand RotaryEmbedding Reshape Squeeze Unsqueeze Flatten'
  ).split(' '),
);

/**
 * An estimate of the seconds that running a node takes, on a processor; undefined where the same node is not to be run twice: products
 * in float32, and whatever is not known to be cheap.
 */
export function recomputationTime({ op, inputs, outputs }: GraphNode): number | undefined {
  const values = [...inputs, ...outputs].filter((value): value is Value => value !== undefined);
  if (outputs.some(({ open }) => open)) return undefined;
  const bytes = values.reduce((sum, value) => sum + bytesOf(value), 0);
  if (op === 'Slice') return (2 * bytesOf(outputs[0] as Value)) / passSpeed;
  const seconds = bytes / passSpeed;
  if (passes.has(op)) return seconds;
  const [x, matrix] = inputs;
  if (!op.startsWith('MatMulInteger') || !x || matrix?.shape.length !== 2) return undefined;
  const additions = bytesOf(x) * (matrix.shape[1] as number);
  return seconds + (2 * additions) / integerProductSpeed;
}
