import type { HostTensor } from '@tunesmith/runtime';

/** cos and sin of every position and pair, both `[maximumPosition, rotated / 2]`. */
export interface RotaryTable {
  readonly cos: HostTensor;
  readonly sin: HostTensor;
  /** −sin, for the rotation back. */
  readonly negativeSin: HostTensor;
}

/** A table and which dimensions it rotates together. */
export interface PairedTable extends RotaryTable {
  readonly pairs: 'halves' | 'adjacent';
}

// Tables live as long as the frequencies they belong to, so that a model's layers and steps share one.
const tables = new WeakMap<Float32Array, Map<string, RotaryTable>>();

/** The table of some frequencies, made once. Angles are rounded to float32 as in torch before cos and sin. */
export function rotaryTable(options: {
  readonly inverseFrequencies: Float32Array;
  readonly scale?: number | undefined;
  readonly maximumPosition: number;
}): RotaryTable {
  const { inverseFrequencies, scale = 1, maximumPosition } = options;
  const known = tables.get(inverseFrequencies) ?? new Map<string, RotaryTable>();
  tables.set(inverseFrequencies, known);
  const key = `${maximumPosition}:${scale}`;
  const table = known.get(key) ?? compute(inverseFrequencies, scale, maximumPosition);
  known.set(key, table);
  return table;
}

function compute(
  inverseFrequencies: Float32Array,
  scale: number,
  maximumPosition: number,
): RotaryTable {
  const half = inverseFrequencies.length;
  const cos = new Float32Array(maximumPosition * half);
  const sin = new Float32Array(maximumPosition * half);
  for (let position = 0; position < maximumPosition; position++) {
    for (let pair = 0; pair < half; pair++) {
      const angle = Math.fround(position * (inverseFrequencies[pair] as number));
      cos[position * half + pair] = Math.cos(angle) * scale;
      sin[position * half + pair] = Math.sin(angle) * scale;
    }
  }
  const shape = [maximumPosition, half];
  return {
    cos: { data: cos, shape, dtype: 'float32' },
    sin: { data: sin, shape, dtype: 'float32' },
    negativeSin: { data: sin.map((value) => -value), shape, dtype: 'float32' },
  };
}
