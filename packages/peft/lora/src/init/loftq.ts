import { int8Columns, nf4 } from '@tunesmith/models';
import type { LinearSite } from '@tunesmith/models';
import { add, type Matrix } from '../linear-algebra/matrix.ts';
import { balancedFactors, svd } from '../linear-algebra/svd.ts';
import { factorStarts } from './factors.ts';
import type { Size, Start } from './start.ts';

/**
 * LoftQ: `s · B A` is the best rank-r approximation of what quantization loses of a weight, `W − Q(W)`, so that a quantized base
 * with its adapter starts close to the unquantized model. The base is what quantization makes of the unchanged weights: one
 * round of the paper's alternation, since further rounds would quantize other weights.
 *
 * PEFT divides by no scale, which is right for alpha = r alone; here any alpha is.
 *
 * @param bits 4 for NF4 with double quantization, 8 for a scale of each output
 * @see Li et al., LoftQ: LoRA-Fine-Tuning-Aware Quantization for Large Language Models, 2023
 */
export function loftqStart(site: LinearSite, { rank, scaling }: Size, bits: 4 | 8): Start {
  return factorStarts(site, (weight) => {
    const lost = add(weight, quantized(weight, bits), -1);
    return balancedFactors(svd(lost, rank), rank, scaling);
  });
}

/** The weight `[out, in]` as it comes back from its encoding. */
function quantized({ rows, columns, data }: Matrix, bits: 4 | 8): Matrix {
  const encoding = bits === 4 ? nf4 : int8Columns('out_in');
  const decoded = new Float32Array(data.length);
  encoding.decodeInto(encoding.encode(new Float32Array(data), [rows, columns]), decoded);
  return { rows, columns, data: new Float64Array(decoded) };
}
