import { tf } from '../../tf.ts';
import { tensorOfValue, valueOf } from '../backend.ts';
import { define, defineValue } from '../define.ts';
import type { Value } from '../graph.ts';
import { unsupported } from '../unsupported.ts';
import { binary, matmul, node, relu, scalar, unary, where } from '../operations.ts';

interface Product {
  transposeA: boolean;
  transposeB: boolean;
}

/** Registers matrix products. */
export function defineProducts(): void {
  defineValue<'a' | 'b', Product>('BatchMatMul', ({ a, b }, { transposeA, transposeB }) =>
    matmul(a, b, transposeA, transposeB),
  );
  defineValue<
    'a' | 'b' | 'bias' | 'preluActivationWeights',
    Product & { activation?: string; leakyreluAlpha?: number }
  >(
    '_FusedMatMul',
    (
      { a, b, bias, preluActivationWeights },
      { transposeA, transposeB, activation, leakyreluAlpha },
    ) => {
      const product = matmul(a, b, transposeA, transposeB);
      const sum = bias === undefined ? product : binary('Add', product, bias);
      return activate(sum, activation, preluActivationWeights, leakyreluAlpha);
    },
  );
  define<string, { equation: string }>('Einsum', ({ inputs, attrs: { equation } }) => {
    const tensors = Object.keys(inputs).map((name) => inputs[name] as tf.TensorInfo);
    const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(
      equation,
      tensors.length,
    );
    const sizes = allDims.map((_, dimension) => {
      const holder = idDims.findIndex((dimensions) => dimensions.includes(dimension));
      return (tensors[holder] as tf.TensorInfo).shape[
        (idDims[holder] as number[]).indexOf(dimension)
      ] as number;
    });
    const shape = sizes.filter((_, dimension) => !summedDims.includes(dimension));
    const values = tensors.map(valueOf);
    return tensorOfValue(node('Einsum', values, shape, (values[0] as Value).element, { equation }));
  });
}

function activate(
  x: Value,
  activation: string | undefined,
  weights: Value | undefined,
  alpha: number | undefined,
): Value {
  switch (activation) {
    case undefined:
    case null:
    case 'linear':
      return x;
    case 'relu':
      return relu(x);
    case 'elu':
      return unary('Elu', x);
    case 'relu6':
      return binary('Min', relu(x), scalar(6));
    case 'sigmoid':
      return unary('Sigmoid', x);
    case 'prelu':
      return where(binary('Less', x, scalar(0), 'bool'), binary('Mul', x, weights as Value), x);
    case 'leakyrelu':
      return where(binary('Less', x, scalar(0), 'bool'), binary('Mul', x, scalar(alpha ?? 0.2)), x);
    default:
      return unsupported('_FusedMatMul', `activation "${activation}"`);
  }
}
