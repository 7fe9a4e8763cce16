import { sizeOf } from '../../tensor.ts';
import { tf } from '../../tf.ts';
import { entryOf, filledTensor, recording, tensorOf, tensorOfValue, valueOf } from '../backend.ts';
import { define, defineValue } from '../define.ts';
import type { Value } from '../graph.ts';
import { cast, concat, int64, node, pad, reshape, transpose } from '../operations.ts';
import { asDataType } from '../recording.ts';
import { block, defineSlices } from './slices.ts';

/** Registers the kernels that move elements without computing, and those that make constants. */
export function defineShapes(): void {
  define<'x'>('Identity', ({ inputs: { x } }) => ({
    dataId: x.dataId,
    shape: x.shape,
    dtype: x.dtype,
  }));
  define<'x', { shape: number[] }>('Reshape', ({ inputs: { x }, attrs: { shape } }) =>
    inShape(x, tf.util.inferFromImplicitShape(shape, sizeOf(x.shape))),
  );
  define<'input', { dim: number }>('ExpandDims', ({ inputs: { input }, attrs: { dim } }) => {
    const shape = [...input.shape];
    shape.splice(dim < 0 ? input.shape.length + dim + 1 : dim, 0, 1);
    return inShape(input, shape);
  });
  defineValue<'x', { perm: number[] }>('Transpose', ({ x }, { perm }) => transpose(x, perm));
  defineSlices();
  defineJoins();
  defineFills();
  defineBlocks();
  defineValue<'x', { reps: number[] }>('Tile', ({ x }, { reps }) => {
    // Repeats that lengthen the shape come with leading axes of one.
    const padded =
      reps.length > x.shape.length
        ? reshape(x, [...reps.slice(x.shape.length).map(() => 1), ...x.shape])
        : x;
    if (reps.every((count) => count === 1)) return padded;
    const shape = padded.shape.map((dimension, axis) => dimension * (reps[axis] ?? 1));
    return node('Tile', [padded, int64(reps)], shape, padded.element);
  });
  defineValue<'x', { shape: number[] }>('BroadcastTo', ({ x }, { shape }) =>
    node('Expand', [x, int64(shape)], shape, x.element),
  );
  defineValue<'x', { paddings: [number, number][]; constantValue: number }>(
    'PadV2',
    ({ x }, { paddings, constantValue }) => pad(x, paddings, constantValue),
  );
  defineValue<'x', { paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>(
    'MirrorPad',
    ({ x }, { paddings, mode }) =>
      paddings.reduce(
        (padded, [before, after], axis) => mirror(padded, axis, before, after, mode),
        x,
      ),
  );
}

/** The same tensor in another shape; known numbers stay known. */
function inShape(x: tf.TensorInfo, shape: readonly number[]): tf.TensorInfo {
  const entry = entryOf(x);
  return entry.kind === 'value'
    ? tensorOfValue(reshape(entry.value, shape), entry.dtype)
    : tensorOf(entry, shape);
}

function mirror(
  x: Value,
  axis: number,
  before: number,
  after: number,
  mode: 'reflect' | 'symmetric',
): Value {
  if (before === 0 && after === 0) return x;
  const length = x.shape[axis] as number;
  const offset = mode === 'reflect' ? 0 : 1;
  const source = Int32Array.from({ length: before + length + after }, (_, place) => {
    const index = place - before;
    if (index < 0) return -index - offset;
    return index < length ? index : 2 * (length - 1) - index + offset;
  });
  const indices = recording().constant(source, { shape: [source.length], element: 'int32' });
  const shape = x.shape.map((dimension, each) => (each === axis ? source.length : dimension));
  return node('Gather', [x, indices], shape, x.element, { axis });
}

function defineJoins(): void {
  define<string, { axis: number }>('Concat', ({ inputs, attrs: { axis } }) => {
    const pieces = Object.values(inputs);
    const [first] = pieces as [tf.TensorInfo];
    const [at = 0] = tf.util.parseAxisParam(axis, first.shape);
    tf.backend_util.assertParamsConsistent(
      pieces.map(({ shape }) => shape),
      at,
    );
    return tensorOfValue(concat(pieces.map(valueOf), at));
  });
  define<string, { axis: number }>('Pack', ({ inputs, attrs: { axis } }) => {
    const pieces = Object.values(inputs).map(valueOf);
    const [first] = pieces as [Value];
    const shape = [...first.shape];
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    shape.splice(at, 0, 1);
    return tensorOfValue(
      concat(
        pieces.map((piece) => reshape(piece, shape)),
        at,
      ),
    );
  });
}

function defineFills(): void {
  define<never, { shape: number[]; value: number; dtype?: string }>(
    'Fill',
    ({ attrs: { shape, value, dtype } }) => {
      const kind = asDataType(dtype ?? tf.util.inferDtype(value));
      return filledTensor(kind, kind === 'float32' ? value : Math.trunc(value), shape);
    },
  );
  define<'x'>('ZerosLike', ({ inputs: { x } }) => filledTensor(asDataType(x.dtype), 0, x.shape));
  define<'x'>('OnesLike', ({ inputs: { x } }) => filledTensor(asDataType(x.dtype), 1, x.shape));
  define<never, { start: number; stop: number; step: number; dtype: string }>(
    'Range',
    ({ attrs: { start, stop, step, dtype } }) => {
      const count =
        start === stop || (start < stop && step < 0) || (stop < start && step > 1)
          ? 0
          : Math.abs(Math.ceil((stop - start) / step));
      // tfjs steps downwards by one when no step is given.
      const by = stop < start && step === 1 ? -1 : step;
      const kind = asDataType(dtype);
      const data = kind === 'int32' ? new Int32Array(count) : new Float32Array(count);
      for (let index = 0, at = start; index < count; index++) {
        data[index] = at;
        // Adding up, as tfjs does, so that rounding is the same.
        at = (data[index] as number) + by;
      }
      return tensorOf({ kind: 'data', dtype: kind, data }, [count]);
    },
  );
  define<never, { start: number; stop: number; num: number }>(
    'LinSpace',
    ({ attrs: { start, stop, num } }) => {
      const step = (stop - start) / (num - 1);
      const data = new Float32Array(num);
      for (let index = 0; index < num; index++)
        data[index] = index === 0 ? start : (data[index - 1] as number) + step;
      return tensorOf({ kind: 'data', dtype: 'float32', data }, [num]);
    },
  );
}

interface Blocks {
  blockShape: number[];
}

function defineBlocks(): void {
  defineValue<'x', { blockSize: number; dataFormat: string }>(
    'DepthToSpace',
    ({ x }, { blockSize, dataFormat }) => {
      const [batch, height, width, depth] = x.shape as [number, number, number, number];
      tf.util.assert(
        dataFormat === 'NHWC',
        () => `DepthToSpace is recorded for NHWC only, not ${dataFormat}`,
      );
      const inner = depth / (blockSize * blockSize);
      const split = reshape(x, [batch, height, width, blockSize, blockSize, inner]);
      return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [
        batch,
        height * blockSize,
        width * blockSize,
        inner,
      ]);
    },
  );
  defineValue<'x', Blocks & { paddings: [number, number][] }>(
    'SpaceToBatchND',
    ({ x }, { blockShape, paddings }) => {
      const size = sizeOf(blockShape);
      const rest = x.shape.slice(1 + blockShape.length).map((): [number, number] => [0, 0]);
      const padded = pad(x, [[0, 0], ...paddings, ...rest], 0);
      const shape = [...padded.shape];
      const split = tf.backend_util.getReshaped(shape, blockShape, size, false);
      const order = tf.backend_util.getPermuted(split.length, blockShape.length, false);
      return reshape(
        transpose(reshape(padded, split), order),
        tf.backend_util.getReshapedPermuted(shape, blockShape, size, false),
      );
    },
  );
  defineValue<'x', Blocks & { crops: number[][] }>(
    'BatchToSpaceND',
    ({ x }, { blockShape, crops }) => {
      const size = sizeOf(blockShape);
      const shape = [...x.shape];
      const split = tf.backend_util.getReshaped(shape, blockShape, size);
      const order = tf.backend_util.getPermuted(split.length, blockShape.length);
      const joined = tf.backend_util.getReshapedPermuted(shape, blockShape, size);
      // Only the leading axes are named; the rest stay whole.
      const starts = tf.backend_util.getSliceBeginCoords(crops, blockShape.length);
      const sizes = tf.backend_util.getSliceSize(joined, crops, blockShape.length);
      const cropped = joined.map((dimension, axis) => sizes[axis] ?? dimension);
      return block(reshape(transpose(reshape(x, split), order), joined), starts, cropped);
    },
  );
  defineValue<'x'>('Diag', ({ x }) => {
    const size = sizeOf(x.shape);
    const eye = new Uint8Array(size * size);
    for (let index = 0; index < size; index++) eye[index * size + index] = 1;
    const mask = recording().constant(eye, { shape: [size, size], element: 'bool' });
    const zero = recording().constant(
      x.element === 'float32' ? new Float32Array(1) : new Int32Array(1),
      {
        shape: [],
        element: x.element === 'float32' ? 'float32' : 'int32',
      },
    );
    const row = reshape(x.element === 'bool' ? cast(x, 'int32') : x, [1, size]);
    const square = node('Where', [mask, row, zero], [size, size], row.element);
    return reshape(cast(square, x.element), [...x.shape, ...x.shape]);
  });
}
