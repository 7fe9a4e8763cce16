import type { Init, WeightSite } from '@tunesmith/peft';

/**
 * The length of each output of a weight, `√(Σ w²)` over its inputs; of an embedding `[vocabulary, width]`, that of each of its
 * dimensions over all tokens. So DoRA's lengths begin.
 */
export function lengthsOfOutputs(site: WeightSite): Init {
  const rowsAreOutputs = site.kind === 'linear' && site.layout === 'out_in';
  return {
    kind: 'computed',
    of: [site.weight],
    compute({ base }) {
      const { shape, data } = base(site.weight);
      const [rows = 0, columns = 0] = shape;
      const squares = new Float64Array(rowsAreOutputs ? rows : columns);
      for (let row = 0; row < rows; row += 1)
        for (let column = 0; column < columns; column += 1) {
          const value = data[row * columns + column]!;
          const output = rowsAreOutputs ? row : column;
          squares[output] = squares[output]! + value * value;
        }
      return Float32Array.from(squares, Math.sqrt);
    },
  };
}
