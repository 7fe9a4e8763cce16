import type { Int8Matrix } from '@tunesmith/kernels';
import { tf, type TensorMap } from '@tunesmith/runtime';
import type { Hooks } from '../hooks.ts';
import type { Batch, Model, ModelSpec } from '../model.ts';
import { createScope, type Scope } from './scope.ts';

/** The last map as fused losses and scores take it: `logits = cap(scale · (hidden weightᵀ + bias))`. */
export interface HeadProjection {
  /** `[n, width]`: the hidden states, after what the head does before its last map. */
  readonly hidden: tf.Tensor;
  /** `[outputs, width]`. */
  readonly weight: tf.Tensor;
  /** The weight in integers, `[width, outputs]`, where it was placed so too. */
  readonly integers?: Int8Matrix;
  /** `[outputs]`; absent where the head has none. */
  readonly bias?: tf.Tensor;
  /** Multiplies the logits; 1 if absent. */
  readonly scale?: number;
  /** The scaled logits z become `softCap · tanh(z / softCap)`. */
  readonly softCap?: number;
}

/** From hidden states to logits: one head for the loss, for scoring and for decoding. */
export interface Head {
  /** Logits `[…, outputs]` of hidden states `[…, width]`, hooks included. */
  logits(hidden: tf.Tensor): tf.Tensor;
  /**
   * The same logits as a product that is yet to be done, for kernels that never hold all of them; of hidden states
   * `[n, width]`. Undefined where a method hooks the last map: then {@link Head.logits} is the way.
   */
  projection(hidden: tf.Tensor): HeadProjection | undefined;
}

/** What a head does beside its last map. */
export interface HeadSettings {
  /** Before the last map: maps, norms and activations of the head's own. */
  readonly transform?: (hidden: tf.Tensor) => tf.Tensor;
  /** Added to the last map's result beside its own bias, `[outputs]` or `[1, outputs]`. */
  readonly bias?: tf.Tensor;
  /** Multiplies the logits; 1 if absent. */
  readonly scale?: number;
  /** The scaled logits z become `cap · tanh(z / cap)`. */
  readonly softCap?: number | undefined;
}

/** The head of a specification: its last map is `spec.head`. */
export function createHead(spec: ModelSpec, scope: Scope, settings: HeadSettings = {}): Head {
  const { transform = (hidden) => hidden, scale = 1, softCap } = settings;
  const added = settings.bias && tf.reshape(settings.bias, [spec.head.out]);
  const { head } = spec;
  return {
    logits(hidden) {
      const product = scope.linear(head, transform(hidden));
      const plain = added ? tf.add(product, added) : product;
      const logits = scale === 1 ? plain : tf.mul(plain, scale);
      return softCap === undefined ? logits : tf.mul(tf.tanh(tf.div(logits, softCap)), softCap);
    },
    projection(hidden) {
      if (isHooked(spec, scope.hooks) || scope.isInBlocks(head)) return undefined;
      const weight = scope.weight(head);
      const integers = scope.integers(head)?.forward;
      const own = head.bias === undefined ? undefined : scope.parameter(head.bias);
      const bias = own && added ? tf.add(own, added) : (own ?? added);
      return {
        hidden: transform(hidden),
        weight: head.layout === 'out_in' ? weight : tf.transpose(weight),
        ...(integers ? { integers } : {}),
        ...(bias ? { bias } : {}),
        ...(scale === 1 ? {} : { scale }),
        ...(softCap === undefined ? {} : { softCap }),
      };
    },
  };
}

/** Whether a hook changes the last map, so that its weight alone does not give the logits. */
function isHooked({ head }: ModelSpec, hooks: Hooks): boolean {
  if (!hooks.linear) return false;
  const x = tf.zeros([1, head.in]);
  const plain = tf.zeros([1, head.out]);
  let received: tf.Tensor | undefined;
  const result = hooks.linear(head, x, (input) => {
    received = input;
    return plain;
  });
  return result !== plain || received !== x;
}

/**
 * Logits of a batch.
 *
 * @param model the architecture and its specification
 * @param parameters the model's tensors by name
 * @returns `[batch, tokens, outputs]`
 */
export function logits(
  model: Pick<Model, 'spec' | 'architecture'>,
  parameters: TensorMap,
  batch: Batch,
  hooks: Hooks = {},
): tf.Tensor {
  const { spec, architecture } = model;
  const scope = createScope({ parameters, hooks });
  return architecture.head(spec, scope).logits(architecture.forward(spec, scope, batch).hidden);
}
