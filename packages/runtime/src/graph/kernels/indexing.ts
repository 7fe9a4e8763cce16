import { sizeOf } from '../../tensor.ts';
import { tf } from '../../tf.ts';
import { dataOf, recording } from '../backend.ts';
import { defineValue } from '../define.ts';
import type { Value } from '../graph.ts';
import {
  binary,
  cast,
  int64,
  node,
  reduce,
  reshape,
  scalar,
  transpose,
  unary,
  where,
} from '../operations.ts';

/** Registers gathering, scattering and one-hot. */
export function defineIndexing(): void {
  defineValue<'x' | 'indices', { axis: number; batchDims?: number }>(
    'GatherV2',
    ({ x, indices }, { axis, batchDims = 0 }, inputs) => {
      const [at = 0] = tf.util.parseAxisParam(axis, [...x.shape]);
      const checked = checkIndices(indices, dataOf(inputs.indices), x.shape[at] as number);
      if (batchDims === 0) {
        const shape = [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)];
        return node('Gather', [x, checked], shape, x.element, { axis: at });
      }
      return gatherInBatches(x, checked, at, batchDims, inputs);
    },
  );
  defineValue<'params' | 'indices'>('GatherNd', ({ params, indices }) => {
    const depth = indices.shape.at(-1) as number;
    const shape = [...indices.shape.slice(0, -1), ...params.shape.slice(depth)];
    return node('GatherND', [params, cast(indices, 'int64')], shape, params.element);
  });
  defineValue<'indices' | 'updates', { shape: number[] }>(
    'ScatterNd',
    ({ indices, updates }, { shape }) => scatter(zeros(shape, updates), indices, updates, true),
  );
  defineValue<'tensor' | 'indices' | 'updates'>(
    'TensorScatterUpdate',
    ({ tensor, indices, updates }) => scatter(tensor, indices, updates, false),
  );
  defineValue<'sparseIndices' | 'sparseValues' | 'defaultValue', { outputShape: number[] }>(
    'SparseToDense',
    ({ sparseIndices, sparseValues, defaultValue }, { outputShape }) => {
      const rank = sparseIndices.shape.length;
      const count = rank === 2 ? (sparseIndices.shape[0] as number) : sizeOf(sparseIndices.shape);
      const indices = rank === 2 ? sparseIndices : reshape(sparseIndices, [count, 1]);
      const filled = node(
        'Expand',
        [reshape(defaultValue, []), int64(outputShape)],
        outputShape,
        sparseValues.element,
      );
      const one = sparseValues.shape.length === 0;
      const values = one
        ? node('Expand', [sparseValues, int64([count])], [count], sparseValues.element)
        : sparseValues;
      return scatter(filled, indices, values, false);
    },
  );
  defineValue<'x' | 'segmentIds', { numSegments: number }>(
    'UnsortedSegmentSum',
    ({ x, segmentIds }, { numSegments }) => {
      const row = x.shape.slice(segmentIds.shape.length);
      const count = sizeOf(segmentIds.shape);
      const ids = reshape(segmentIds, [count]);
      // Ids outside the range are left out, as in tfjs: they add zero to segment 0.
      const inside = binary(
        'And',
        binary('GreaterOrEqual', ids, scalar(0, 'int32'), 'bool'),
        binary('Less', ids, scalar(numSegments, 'int32'), 'bool'),
      );
      const safeIds = where(inside, ids, scalar(0, 'int32'));
      const values = reshape(x, [count, ...row]);
      const kept = where(
        reshape(inside, [count, ...row.map(() => 1)]),
        values,
        scalar(0, x.element),
      );
      return scatter(zeros([numSegments, ...row], x), reshape(safeIds, [count, 1]), kept, true);
    },
  );
  defineValue<'indices', { dtype: string; depth: number; onValue: number; offValue: number }>(
    'OneHot',
    ({ indices }, { dtype, depth, onValue, offValue }) => {
      const range = recording().constant(
        Int32Array.from({ length: depth }, (_, index) => index),
        { shape: [depth], element: 'int32' },
      );
      const hit = binary(
        'Equal',
        reshape(cast(indices, 'int32'), [...indices.shape, 1]),
        range,
        'bool',
      );
      const element = dtype === 'int32' || dtype === 'bool' ? dtype : 'float32';
      if (onValue === 1 && offValue === 0) return cast(hit, element);
      const values = element === 'float32' ? 'float32' : 'int32';
      return cast(where(hit, scalar(onValue, values), scalar(offValue, values)), element);
    },
  );
  defineValue<'x' | 'mean' | 'variance' | 'offset' | 'scale', { varianceEpsilon: number }>(
    'FusedBatchNorm',
    ({ x, mean, variance, offset, scale }, { varianceEpsilon }) => {
      const spread = unary('Sqrt', binary('Add', variance, scalar(varianceEpsilon)));
      const normal = binary('Div', binary('Sub', x, mean), spread);
      const scaled = scale === undefined ? normal : binary('Mul', normal, scale);
      return offset === undefined ? scaled : binary('Add', scaled, offset);
    },
  );
}

/** ONNX counts negative indices from the end; tfjs refuses them. They become too large, so that the run fails and says so. */
function checkIndices(indices: Value, known: ArrayLike<number> | undefined, size: number): Value {
  if (known === undefined)
    return where(
      binary('Less', indices, scalar(0, 'int32'), 'bool'),
      scalar(2 ** 31 - 1, 'int32'),
      indices,
    );
  for (let at = 0; at < known.length; at++) {
    const index = known[at] as number;
    tf.util.assert(
      index >= 0 && index < size,
      () => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`,
    );
  }
  return indices;
}

function gatherInBatches(
  x: Value,
  indices: Value,
  axis: number,
  batchDims: number,
  inputs: { x: tf.TensorInfo; indices: tf.TensorInfo },
): Value {
  const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(
    inputs.x as tf.Tensor,
    inputs.indices as tf.Tensor,
    axis,
    batchDims,
  );
  const { batchSize, outerSize, dimSize, sliceSize } = info;
  const count = sizeOf(indices.shape) / batchSize;
  // [batch, size, outer, slice], so that what is gathered comes right after the batch
  const rows = transpose(reshape(x, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]);
  const picks = cast(reshape(indices, [batchSize, count, 1]), 'int64');
  const gathered = node(
    'GatherND',
    [rows, picks],
    [batchSize, count, outerSize, sliceSize],
    x.element,
    { batch_dims: 1 },
  );
  return reshape(transpose(gathered, [0, 2, 1, 3]), info.outputShape);
}

function zeros(shape: readonly number[], like: Value): Value {
  return node('Expand', [scalar(0, like.element), int64(shape)], shape, like.element);
}

/**
 * Writes or adds `updates` into `target` at `indices` ([…, depth], the leading axes of the target). Index tuples become flat row
 * numbers, and rows are scattered one after the other: in a fixed order, so that sums of repeated rows have the same bits.
 */
function scatter(target: Value, indices: Value, updates: Value, add: boolean): Value {
  const depth = indices.shape.at(-1) as number;
  const count = sizeOf(indices.shape.slice(0, -1));
  if (count === 0) return target;
  const leading = target.shape.slice(0, depth);
  const width = sizeOf(target.shape.slice(depth));
  const strides = leading.map((_, axis) => sizeOf(leading.slice(axis + 1)));
  const stride = recording().constant(Int32Array.from(strides), {
    shape: [depth],
    element: 'int32',
  });
  const tuples = reshape(cast(indices, 'int32'), [count, depth]);
  const flat =
    depth === 1
      ? reshape(tuples, [count])
      : reduce('ReduceSum', binary('Mul', tuples, stride), [1], false);
  const spread = node(
    'Expand',
    [reshape(cast(flat, 'int64'), [count, 1]), int64([count, width])],
    [count, width],
    'int64',
  );
  const rows = reshape(target, [sizeOf(leading), width]);
  const attributes = add ? { axis: 0, reduction: 'add' } : { axis: 0 };
  const scattered = node(
    'ScatterElements',
    [rows, spread, reshape(updates, [count, width])],
    rows.shape,
    target.element,
    attributes,
  );
  return reshape(scattered, target.shape);
}
