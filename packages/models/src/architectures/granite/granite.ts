import { refuseUnsupportedSettings } from '../../configuration/reader.ts';
import { readHeads } from '../../configuration/sizes.ts';
import { readActivation } from '../../forward/activation.ts';
import { decoder } from '../decoder/decoder.ts';
import { gated, normsBefore } from '../decoder/description.ts';
import {
  readAttentionBiases,
  readDropout,
  readHeadRotary,
  readRmsNorm,
  readStack,
} from '../decoder/read.ts';

/**
 * Granite: Llama's blocks with four constants that let a small model's settings serve a large one: the embedded tokens, the
 * scores and what each layer adds are multiplied, the logits divided.
 *
 * ```text
 * x ← embedding_multiplier · embed(ids);  x ← x + residual_multiplier · layer(norm(x))
 * scores = attention_multiplier · q kᵀ;   logits = norm(x) headᵀ / logits_scaling
 * ```
 */
export const granite = decoder({
  name: 'granite',
  description:
    'Granite: Llama’s blocks with multipliers of embeddings, scores, additions and logits.',
  reference: {
    title: 'Power Scheduler: A Batch Size and Token Number Agnostic Learning Rate Scheduler',
    authors: 'Shen et al.',
    year: 2024,
    url: 'https://arxiv.org/abs/2408.13359',
  },
  modelTypes: ['granite'],
  describe(configuration) {
    refuseUnsupportedSettings(configuration, [
      'embedding_multiplier',
      'residual_multiplier',
      'attention_multiplier',
      'logits_scaling',
    ]);
    const stack = readStack(configuration, { tied: false });
    const heads = readHeads(configuration, stack.width);
    return {
      ...stack,
      classifies: false,
      multipliers: {
        embedding: configuration.positive('embedding_multiplier', 1),
        residual: configuration.positive('residual_multiplier', 1),
        logits: 1 / configuration.positive('logits_scaling', 1),
      },
      norm: readRmsNorm(configuration, 1e-6),
      norms: normsBefore,
      attention: {
        heads,
        biases: readAttentionBiases(configuration),
        rotary: readHeadRotary(configuration, stack, heads),
        scale: configuration.positive('attention_multiplier', 1),
        dropout: readDropout(configuration),
      },
      feedForward: {
        inner: configuration.integer('intermediate_size'),
        activation: readActivation(configuration, 'hidden_act', 'silu'),
        bias: configuration.boolean('mlp_bias', false),
        names: gated,
      },
    };
  },
});
