import { tf, type TensorMap } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { Model, TokenSequence } from '../model.ts';
import { createScope } from './scope.ts';

/** What a model makes of texts. */
export interface EncodedTexts {
  /** `[texts, tokens, width]`. */
  readonly states: tf.Tensor;
  /** 1 for tokens and 0 for what fills the rest of a line, `[texts, tokens]` float32. */
  readonly seen: tf.Tensor;
}

/**
 * The last hidden states of texts, before the head; of an encoder-decoder those of its encoder. No hook acts.
 *
 * @param parameters the model's tensors by name, as they were placed
 * @param ids `[texts, tokens]` int32, −1 after the end of a text
 * @throws TunesmithError `no-encoder` for an encoder-decoder whose architecture cannot run its encoder alone
 */
export function encodeTexts(
  { spec, architecture }: Pick<Model, 'spec' | 'architecture'>,
  parameters: TensorMap,
  ids: tf.Tensor,
): EncodedTexts {
  const [texts, tokens] = ids.shape as [number, number];
  const zero = tf.scalar(0, 'int32');
  const isToken = tf.greaterEqual(ids, zero);
  const sequence: TokenSequence = {
    ids: tf.maximum(ids, zero),
    positions: tf.tile(tf.reshape(tf.range(0, tokens, 1, 'int32'), [1, tokens]), [texts, 1]),
    segmentIds: tf.cast(isToken, 'int32'),
    maximumPosition: tokens,
  };
  const scope = createScope({ parameters });
  const seen = tf.cast(isToken, 'float32');
  if (spec.kind !== 'encoder-decoder')
    return { states: architecture.forward(spec, scope, sequence).hidden, seen };
  if (architecture.encode) return { states: architecture.encode(spec, scope, sequence), seen };
  throw modelsError({
    code: 'no-encoder',
    message: `the architecture "${architecture.name}" does not run its encoder alone`,
    value: architecture.name,
    accepted: 'an architecture with encode, or a model of another kind',
  });
}
