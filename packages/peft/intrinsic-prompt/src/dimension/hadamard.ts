import { tf } from '@tunesmith/runtime';

/** Rows up to this long are transformed by one product with a Hadamard matrix. */
const widest = 64;

/**
 * The Walsh-Hadamard transform of each row, H x with `H₁ = [1]`, `H₂ₙ = [[Hₙ, Hₙ], [Hₙ, −Hₙ]]`; not normalized, so that H H = L I.
 *
 * Long rows are folded: H of p·q numbers is H_q along the last q and H_p across them, products with small matrices that have
 * gradients on every device. A row costs L (p + q) instead of L².
 *
 * @param x `[rows, L]`, L a power of two
 */
export function hadamard(x: tf.Tensor): tf.Tensor {
  const [rows = 0, length = 0] = x.shape;
  if (length <= widest) return tf.matMul(x, hadamardMatrix(length));
  const folds = length / widest;
  const along = tf.matMul(tf.reshape(x, [rows * folds, widest]), hadamardMatrix(widest));
  const turned = tf.transpose(tf.reshape(along, [rows, folds, widest]), [0, 2, 1]);
  const across = hadamard(tf.reshape(turned, [rows * widest, folds]));
  return tf.reshape(tf.transpose(tf.reshape(across, [rows, widest, folds]), [0, 2, 1]), [
    rows,
    length,
  ]);
}

/** Entry i, j is −1 to the number of bits that i and j share. */
function hadamardMatrix(size: number): tf.Tensor {
  const entries = Float32Array.from({ length: size * size }, (_, at) => {
    let odd = 1;
    for (let shared = Math.floor(at / size) & (at % size); shared > 0; shared &= shared - 1)
      odd = -odd;
    return odd;
  });
  return tf.tensor(entries, [size, size]);
}

/** The same transform on the host, in place, by sums and differences. */
export function hadamardInPlace(x: Float64Array): Float64Array {
  for (let half = 1; half < x.length; half *= 2) {
    for (let start = 0; start < x.length; start += 2 * half) {
      for (let at = start; at < start + half; at += 1) {
        const [one, other] = [x[at]!, x[at + half]!];
        x[at] = one + other;
        x[at + half] = one - other;
      }
    }
  }
  return x;
}

/** The smallest power of two that is not below `size`. */
export function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}
