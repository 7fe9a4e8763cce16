import { tf } from '../../tf.ts';
import { recording, tensorOfValue, valueOf } from '../backend.ts';
import { define, defineValue } from '../define.ts';
import type { Value } from '../graph.ts';
import {
  binary,
  cast,
  int64,
  node,
  pad,
  reduce,
  reducedShape,
  reshape,
  slice,
  unary,
} from '../operations.ts';

interface Reduction {
  axis: number | number[];
  keepDims: boolean;
}

/** Registers reductions, scans, sorting and softmax. */
export function defineReductions(): void {
  const axesOf = (axis: number | number[] | undefined, x: Value): number[] =>
    tf.util.parseAxisParam(axis ?? x.shape.map((_, i) => i), [...x.shape]);
  const summable = (x: Value): Value => (x.element === 'bool' ? cast(x, 'int32') : x);

  defineValue<'x', Reduction>('Sum', ({ x }, { axis, keepDims }) =>
    reduce('ReduceSum', summable(x), axesOf(axis, x), keepDims),
  );
  defineValue<'x', Reduction>('Prod', ({ x }, { axis, keepDims }) =>
    reduce('ReduceProd', summable(x), axesOf(axis, x), keepDims),
  );
  defineValue<'x', Reduction>('Mean', ({ x }, { axis, keepDims }) =>
    reduce('ReduceMean', cast(x, 'float32'), axesOf(axis, x), keepDims),
  );
  defineValue<'x', { reductionIndices: number | number[]; keepDims: boolean }>(
    'Max',
    ({ x }, { reductionIndices, keepDims }) =>
      cast(reduce('ReduceMax', summable(x), axesOf(reductionIndices, x), keepDims), x.element),
  );
  defineValue<'x', Reduction>('Min', ({ x }, { axis, keepDims }) =>
    cast(reduce('ReduceMin', summable(x), axesOf(axis, x), keepDims), x.element),
  );
  defineValue<'x', Reduction>('All', ({ x }, { axis, keepDims }) =>
    cast(reduce('ReduceMin', cast(x, 'int32'), axesOf(axis, x), keepDims), 'bool'),
  );
  defineValue<'x', Reduction>('Any', ({ x }, { axis, keepDims }) =>
    cast(reduce('ReduceMax', cast(x, 'int32'), axesOf(axis, x), keepDims), 'bool'),
  );
  for (const op of ['ArgMax', 'ArgMin']) {
    defineValue<'x', { axis: number }>(op, ({ x }, { axis }) => {
      const [at = 0] = axesOf(axis, x);
      return cast(
        node(op, [numeric(x)], reducedShape(x.shape, [at], false), 'int64', {
          axis: at,
          keepdims: 0,
        }),
        'int32',
      );
    });
  }
  defineValue<'x', { axis: number; exclusive: boolean; reverse: boolean }>(
    'Cumsum',
    ({ x }, { axis, exclusive, reverse }) => {
      const numbers = summable(x);
      return node('CumSum', [numbers, int64([axis], [])], numbers.shape, numbers.element, {
        exclusive: exclusive ? 1 : 0,
        reverse: reverse ? 1 : 0,
      });
    },
  );
  defineValue<'x', { axis: number; exclusive: boolean; reverse: boolean }>(
    'Cumprod',
    ({ x }, { axis, exclusive, reverse }) =>
      cumulativeProduct(summable(x), axis, exclusive, reverse),
  );
  defineValue<'logits', { dim: number }>('Softmax', ({ logits }, { dim }) =>
    unary('Softmax', cast(logits, 'float32'), 'float32', { axis: dim }),
  );
  defineValue<'logits', { axis: number }>('LogSoftmax', ({ logits }, { axis }) =>
    unary('LogSoftmax', cast(logits, 'float32'), 'float32', { axis }),
  );
  define<'x', { k: number; sorted: boolean }>('TopK', ({ inputs, attrs: { k } }) => {
    const x = valueOf(inputs.x);
    const shape = [...x.shape.slice(0, -1), k];
    const outputs = [
      { shape, element: x.element },
      { shape, element: 'int64' as const },
    ];
    // ONNX leaves the order of unsorted results open; tfjs's is the sorted one in practice.
    const [values, indices] = recording().node('TopK', [x, int64([k])], outputs, {
      axis: -1,
      largest: 1,
      sorted: 1,
    });
    return [tensorOfValue(values as Value), tensorOfValue(cast(indices as Value, 'int32'))];
  });
  defineValue<'sortedSequence' | 'values', { side: string }>(
    'SearchSorted',
    ({ sortedSequence, values }, { side }) => {
      const [rows, count] = values.shape as [number, number];
      const op = side === 'left' ? 'Less' : 'LessOrEqual';
      const before = binary(
        op,
        reshape(sortedSequence, [rows, 1, sortedSequence.shape[1] as number]),
        reshape(values, [rows, count, 1]),
        'bool',
      );
      return reduce('ReduceSum', cast(before, 'int32'), [2], false);
    },
  );
  defineCounts();
}

/** Running product by doubling: after step s every element holds the product of the 2^s elements that end with it. */
function cumulativeProduct(x: Value, axis: number, exclusive: boolean, reverse: boolean): Value {
  const length = x.shape[axis] as number;
  /** Moves the elements `by` places along the axis; ones move in. */
  const shift = (value: Value, by: number): Value => {
    const paddings = value.shape.map((_, at): [number, number] =>
      at !== axis ? [0, 0] : reverse ? [0, by] : [by, 0],
    );
    const start = reverse ? by : 0;
    return slice(pad(value, paddings, 1), value.shape, {
      starts: [start],
      ends: [start + length],
      axes: [axis],
    });
  };
  let product = exclusive ? shift(x, 1) : x;
  for (let reach = 1; reach < length; reach *= 2)
    product = binary('Mul', product, shift(product, reach));
  return product;
}

function numeric(x: Value): Value {
  return x.element === 'bool' ? cast(x, 'int32') : x;
}

function defineCounts(): void {
  const bincount = (x: Value, weights: Value, size: number, binaryOutput: boolean): Value => {
    const axis = x.shape.length - 1;
    const bins = recording().constant(
      Int32Array.from({ length: size }, (_, bin) => bin),
      { shape: [size], element: 'int32' },
    );
    const hits = cast(
      binary('Equal', reshape(cast(x, 'int32'), [...x.shape, 1]), bins, 'bool'),
      weights.element,
    );
    if (binaryOutput) return reduce('ReduceMax', hits, [axis], false);
    const weighted = weights.shape.includes(0)
      ? hits
      : binary('Mul', hits, reshape(weights, [...x.shape, 1]));
    return reduce('ReduceSum', weighted, [axis], false);
  };
  defineValue<'x' | 'weights', { size: number }>('Bincount', ({ x, weights }, { size }) =>
    bincount(x, weights, size, false),
  );
  defineValue<'x' | 'weights', { size: number; binaryOutput: boolean }>(
    'DenseBincount',
    ({ x, weights }, { size, binaryOutput }) => {
      // tfjs's cpu kernel counts vectors even when asked for a binary result.
      return bincount(x, weights, size, binaryOutput && x.shape.length === 2);
    },
  );
}
