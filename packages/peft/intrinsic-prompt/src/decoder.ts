import { linear } from '@tunesmith/kernels';
import { tf } from '@tunesmith/runtime';
import type { HookScope, Init, PlannedTensor } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { invalidSubspace } from './refuse.ts';

/** How large the two halves of the auto-encoder are. */
export interface SubspaceSizes {
  /** d, the numbers that a prompt is described by. */
  readonly dimensions: number;
  /** Width of the decoder's hidden layer. */
  readonly hidden: number;
  /** n · width, the numbers of a prompt. */
  readonly prompt: number;
}

/** A weight and a bias of a linear map as torch draws them: U(−1/√in, 1/√in) both. */
export function plannedLinear(
  name: string,
  from: number,
  to: number,
  options: { readonly site: string; readonly frozen?: true; readonly values?: DecoderTensors },
): PlannedTensor[] {
  const { site, frozen, values } = options;
  const drawn: Init = { kind: 'kaiming-uniform', fanIn: from };
  const planned = (tensor: string, shape: number[]): PlannedTensor => {
    const value = values?.[tensor];
    const init: Init = value
      ? { kind: 'computed', compute: () => Float32Array.from(value.data) }
      : drawn;
    return { name: tensor, shape, init, site, ...(frozen ? { frozen } : {}) };
  };
  return [planned(`${name}.weight`, [to, from]), planned(`${name}.bias`, [to])];
}

/** Tensors of a decoder by their names in an adapter. */
export type DecoderTensors = Readonly<Record<string, HostTensor>>;

/** The tensors of the decoder d → hidden → tanh → n · width. */
export function plannedDecoder(
  { dimensions, hidden, prompt }: SubspaceSizes,
  options: { readonly site: string; readonly frozen?: true; readonly values?: DecoderTensors },
): PlannedTensor[] {
  return [
    ...plannedLinear('decoder.hidden', dimensions, hidden, options),
    ...plannedLinear('decoder.output', hidden, prompt, options),
  ];
}

/** One of the planned linear maps: `[rows, in]` to `[rows, out]`. */
export function apply(
  { parameter }: Pick<HookScope, 'parameter'>,
  name: string,
  x: tf.Tensor,
): tf.Tensor {
  return linear(x, parameter(`${name}.weight`), {
    layout: 'out_in',
    bias: parameter(`${name}.bias`),
  });
}

/** `W₃ tanh(W₂ v + b₂) + b₃`: coordinates `[rows, d]` to prompts `[rows, n · width]`. */
export function decode(scope: Pick<HookScope, 'parameter'>, coordinates: tf.Tensor): tf.Tensor {
  return apply(scope, 'decoder.output', tf.tanh(apply(scope, 'decoder.hidden', coordinates)));
}

/**
 * The decoder in what a stage left, and its sizes.
 *
 * @throws TunesmithError `invalid-subspace`
 */
export function decoderOf(tensors: DecoderTensors): {
  readonly sizes: SubspaceSizes;
  readonly values: DecoderTensors;
} {
  const names = ['hidden', 'output'].flatMap((part) => [
    `decoder.${part}.weight`,
    `decoder.${part}.bias`,
  ]);
  const missing = names.find((name) => !Object.hasOwn(tensors, name));
  const [hidden = 0, dimensions = 0] = tensors[names[0]!]?.shape ?? [];
  const [prompt = 0, inner = 0] = tensors[names[2]!]?.shape ?? [];
  if (missing !== undefined || inner !== hidden)
    throw invalidSubspace(
      `artifact "subspace" has no decoder of prompts${missing ? `: no tensor "${missing}"` : ''}`,
      missing ?? inner,
      'an adapter of prompt-subspace',
    );
  const values = Object.fromEntries(names.map((name) => [name, tensors[name]!]));
  return { sizes: { dimensions, hidden, prompt }, values };
}
