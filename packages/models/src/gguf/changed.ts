import { elementCount } from '../safetensors/format.ts';
import type { TensorChange } from './families/family.ts';

/** Values of a tensor from index `first` on, into `target` until that is full. */
export type ReadValues = (target: Float32Array, first: number) => Promise<void>;

/** Values that are read at a time where rows change places. */
const pieceValues = 2 ** 20;

/**
 * Reads the model's values of a tensor of which the file has others.
 *
 * @param read reads the file's values
 * @param shape the file's shape
 */
export function changedReader(
  read: ReadValues,
  shape: readonly number[],
  change: TensorChange,
): ReadValues {
  if (change.kind === 'shift')
    return async (target, first) => {
      await read(target, first);
      for (let i = 0; i < target.length; i++) target[i]! -= change.by;
    };
  if (change.kind === 'transposed') return transposedReader(read, shape);
  return rowsReader(read, elementCount(shape.slice(1)), change.order());
}

/** Needs the whole tensor: a column of the file's is spread over all of it. */
function transposedReader(
  read: ReadValues,
  [rows = 1, columns = 1]: readonly number[],
): ReadValues {
  return async (target, first) => {
    const whole = new Float32Array(rows * columns);
    await read(whole, 0);
    for (let i = 0; i < target.length; i++) {
      const column = Math.floor((first + i) / rows);
      target[i] = whole[((first + i) % rows) * columns + column]!;
    }
  };
}

/** Reads the stretch of rows that the wanted ones lie in, a piece at a time, and puts each in its place. */
function rowsReader(read: ReadValues, width: number, order: Uint32Array): ReadValues {
  const perPiece = Math.max(1, Math.floor(pieceValues / width));
  return async (target, first) => {
    const end = first + target.length;
    const lastRow = Math.ceil(end / width);
    for (let row = Math.floor(first / width); row < lastRow; row += perPiece) {
      const places = order.subarray(row, Math.min(lastRow, row + perPiece));
      const least = places.reduce((least, place) => Math.min(least, place), Infinity);
      const most = places.reduce((most, place) => Math.max(most, place), 0);
      const stretch = new Float32Array((most - least + 1) * width);
      await read(stretch, least * width);
      places.forEach((place, i) => {
        const from = Math.max(first, (row + i) * width);
        const to = Math.min(end, (row + i + 1) * width);
        const shift = (place - least) * width - (row + i) * width;
        target.set(stretch.subarray(from + shift, to + shift), from - first);
      });
    }
  };
}
