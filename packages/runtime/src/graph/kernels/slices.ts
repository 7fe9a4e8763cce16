import { tf } from '../../tf.ts';
import { tensorOfValue, valueOf } from '../backend.ts';
import { define, defineValue } from '../define.ts';
import type { Value } from '../graph.ts';
import { reshape, slice } from '../operations.ts';

/** Registers the kernels that take parts of a tensor. */
export function defineSlices(): void {
  define<'x', { begin: number | number[]; size: number | number[] }>(
    'Slice',
    ({ inputs: { x }, attrs: { begin, size } }) => {
      const [starts, shape] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [
        number[],
        number[],
      ];
      tf.slice_util.assertParamsValid(x as tf.Tensor, starts, shape);
      return tensorOfValue(block(valueOf(x), starts, shape));
    },
  );
  defineValue<'x', Strides>('StridedSlice', ({ x }, attrs) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } =
      attrs;
    const info = tf.slice_util.sliceInfo(
      [...x.shape],
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
    const [starts, stops, steps] = [info.begin, info.end, info.strides] as [
      number[],
      number[],
      number[],
    ];
    if (info.isIdentity) return reshape(x, info.finalShape);
    const shape = tf.slice_util.computeOutShape(starts, stops, steps);
    const axes = x.shape.map((_, axis) => axis);
    // A backward slice that reaches element 0 ends before it: ONNX writes that as a very negative end.
    const ends = stops.map((stop, axis) =>
      (steps[axis] as number) < 0 && stop < 0 ? -(2 ** 31) : stop,
    );
    return reshape(slice(x, shape, { starts, ends, axes, steps }), info.finalShape);
  });
  defineValue<'x', { dims: number | number[] }>('Reverse', ({ x }, { dims }) => {
    const axes = tf.util.parseAxisParam(dims, [...x.shape]);
    if (axes.length === 0) return x;
    return slice(x, x.shape, {
      starts: axes.map(() => -1),
      ends: axes.map(() => -(2 ** 31)),
      axes,
      steps: axes.map(() => -1),
    });
  });
  define<'x', { numOrSizeSplits: number[] | number; axis: number }>(
    'SplitV',
    ({ inputs, attrs: { numOrSizeSplits, axis } }) => {
      const x = valueOf(inputs.x);
      const [at = 0] = tf.util.parseAxisParam(axis, [...x.shape]);
      const sizes = tf.backend_util.prepareSplitSize(inputs.x as tf.Tensor, numOrSizeSplits, at);
      let start = 0;
      return sizes.map((size) => {
        const starts = x.shape.map((_, each) => (each === at ? start : 0));
        start += size;
        return tensorOfValue(
          block(
            x,
            starts,
            x.shape.map((dimension, each) => (each === at ? size : dimension)),
          ),
        );
      });
    },
  );
  define<'value', { axis: number }>('Unpack', ({ inputs, attrs: { axis } }) => {
    const x = valueOf(inputs.value);
    const at = axis < 0 ? axis + x.shape.length : axis;
    const shape = x.shape.map((dimension, each) => (each === at ? 1 : dimension));
    const rest = x.shape.filter((_, each) => each !== at);
    return Array.from({ length: x.shape[at] as number }, (_, index) => {
      const starts = x.shape.map((_each, each) => (each === at ? index : 0));
      return tensorOfValue(reshape(block(x, starts, shape), rest));
    });
  });
}

interface Strides {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

/** `x[starts : starts + shape]`, naming only the axes that are cut. */
export function block(x: Value, starts: readonly number[], shape: readonly number[]): Value {
  const axes = x.shape.map((_, axis) => axis).filter((axis) => shape[axis] !== x.shape[axis]);
  if (axes.length === 0) return x;
  const begins = axes.map((axis) => starts[axis] as number);
  return slice(x, shape, {
    starts: begins,
    ends: axes.map((axis, index) => (begins[index] as number) + (shape[axis] as number)),
    axes,
  });
}
