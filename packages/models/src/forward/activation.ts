import {
  geglu,
  gelu,
  mish,
  quickGelu,
  relu,
  reluSquared,
  silu,
  swiglu,
  tanh,
} from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { ConfigurationReader } from '../configuration/reader.ts';

/** What squashes the inner values of a feed-forward layer. */
export type Activation =
  | 'silu'
  | 'gelu'
  | 'gelu-tanh'
  | 'quick-gelu'
  | 'relu'
  | 'relu-squared'
  | 'tanh'
  | 'mish';

/** The names of Hugging Face's configurations. Where several stand for one formula, they differ in rounding alone. */
export const activationNames: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  gelu_accurate: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_python_tanh: 'gelu-tanh',
  quick_gelu: 'quick-gelu',
  relu: 'relu',
  relu2: 'relu-squared',
  tanh: 'tanh',
  mish: 'mish',
};

const elementWise: Readonly<Record<Activation, (x: tf.Tensor) => tf.Tensor>> = {
  silu,
  gelu: (x) => gelu(x, 'none'),
  'gelu-tanh': (x) => gelu(x, 'tanh'),
  'quick-gelu': quickGelu,
  relu,
  'relu-squared': reluSquared,
  tanh,
  mish,
};

/** The activation of each element; the shape stays. */
export function activate(activation: Activation, x: tf.Tensor): tf.Tensor {
  return elementWise[activation](x);
}

/** `activation(gate) · up`, in one kernel where there is one; both of one shape. */
export function activateGate(activation: Activation, gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  switch (activation) {
    case 'silu':
      return swiglu(gate, up);
    case 'gelu':
      return geglu(gate, up, 'none');
    case 'gelu-tanh':
      return geglu(gate, up, 'tanh');
    default:
      return tf.mul(activate(activation, gate), up);
  }
}

/**
 * The activation that a key of a configuration names.
 *
 * @throws `unsupported-configuration` naming the key
 */
export function readActivation(
  configuration: ConfigurationReader,
  key: string,
  usual: string,
): Activation {
  return activationNames[configuration.choice(key, Object.keys(activationNames), usual)]!;
}
