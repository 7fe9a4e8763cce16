import type { ModelSpec } from '@tunesmith/models';
import { TunesmithError } from '@tunesmith/schema';
import { collateTargets, collateTokens } from '../../data/collate.ts';
import { layDocuments } from '../../data/documents.ts';
import type { VirtualTokenCounts } from '../../data/documents.ts';
import { cuts, type Cut } from '../../data/cut.ts';
import { learnable, type Learn } from '../../data/learn.ts';
import { UNSUPERVISED } from '../../data/rows.ts';
import type { LabeledExample, Row } from '../../data/rows.ts';
import { tokenizeRecord } from '../../data/tokenize.ts';
import { collateNoise, tokenLossOptions } from '../disturb.ts';
import type { TokenLossOptions } from '../disturb.ts';
import type { Objective, ObjectiveContext, ObjectivePlugin } from '../objective.ts';
import { hasRouters } from '../forward.ts';
import { previewTokens } from '../preview-tokens.ts';
import { requireModel } from '../require-model.ts';
import { tokenLoss } from '../token-loss.ts';

/**
 * Next-token prediction on the answers: `loss = Σ −log p(tokenᵢ | tokens before it)` over the supervised tokens, those of
 * assistant turns and the tokens that end them. Packed and separate examples have the same loss.
 *
 * Options: what is learned (`learn`) and where what is too long is cut (`cut`), label smoothing ε, `(1 − ε) nll + ε · mean over the vocabulary of −log p` (Szegedy et al. 2016), NEFTune's noise
 * (Jain et al. 2023), and the weight of the loss that keeps experts equally busy, where a model has any; that loss is reported as
 * `router_loss`, in evaluation too, where it is not added.
 */
export const causalLm: ObjectivePlugin = {
  specVersion: 2,
  name: 'causal-lm',
  description: 'Predict each token of the answers from the tokens before it.',
  options: {
    type: 'object',
    properties: {
      learn: {
        enum: learnable,
        default: 'answers',
        description:
          'What of a conversation is learned: all answers, the last one, or everything that stands in it. Answers with train: false are in none of them.',
      },
      cut: {
        enum: cuts,
        default: 'end',
        description:
          'Where an example longer than max_length is cut: at its end, at its start, after the last answer that fits (turns), or in each question and answer by its share (proportional; with learn: last-answer, the last one first).',
      },
      ...tokenLossOptions,
      router_loss: {
        anyOf: [{ const: 'configured' }, { type: 'number', minimum: 0 }],
        default: 'configured',
        description:
          'Weight of the loss that keeps experts equally busy; 0 is none. configured: router_aux_loss_coef where config.json says output_router_logits, else none.',
      },
    },
    additionalProperties: false,
  },
  create: (options, context) =>
    causalLanguageModeling(options as unknown as CausalOptions, context),
};

/** The options of `causal-lm`, with their defaults. */
export interface CausalOptions extends TokenLossOptions {
  readonly learn: Learn;
  readonly cut: Cut;
  readonly router_loss: number | 'configured';
}

/** The objective `causal-lm` for a model. */
export function causalLanguageModeling(
  options: CausalOptions,
  context: ObjectiveContext,
): Objective<LabeledExample> {
  requireModel('causal-lm', context, ['decoder'], 'vocabulary');
  const { maximumLength, virtualTokens, model } = context;
  const { spec } = model;
  const routerLoss =
    options.router_loss === 'configured' ? (spec.routerLoss ?? 0) : options.router_loss;
  const routed = routerLoss > 0 && hasRouters(spec);
  if (options.router_loss !== 'configured' && routerLoss > 0 && !routed) throw noExperts(spec);
  const noise = { alpha: options.neftune_alpha, width: spec.width };
  return {
    packs: true,
    lengths: { tokens: maximumLength },
    virtualTokens,
    unit: 'token',
    sums: { correct: 'accuracy', ...(routed ? { router: 'router_loss' } : {}) },
    tokenize: (record) =>
      tokenizeRecord(record, {
        ...context,
        maximumLength: maximumLength - virtualTokens.input,
        learn: options.learn,
        cut: options.cut,
      }),
    size: (example) => ({
      tokens: example.ids.length + virtualTokens.input,
      slots: virtualTokens.input,
      supervised: supervisedCount(example, virtualTokens),
    }),
    row: (examples, { tokens }) => causalRow(examples, tokens, virtualTokens),
    collate(rows, shape, { training }) {
      const tokens = collateTokens(rows, shape, shape.packed || routed);
      const targets = collateTargets(rows, shape);
      const disturbance = training ? collateNoise(rows, shape, noise) : {};
      return {
        feeds: { ...tokens.feeds, ...targets.feeds, ...disturbance },
        normalizer: targets.supervised,
        supervised: targets.supervised,
        tokens: tokens.tokens,
      };
    },
    loss(batch, scope) {
      const labelSmoothing = scope.training ? options.label_smoothing : 0;
      return tokenLoss(batch, scope, context, { labelSmoothing, routerLoss });
    },
    preview: previewCausal,
  };
}

/**
 * Positions of a document that carry a loss: labels from the second token on, and the first too when a virtual token
 * stands before it to predict it.
 */
export function supervisedCount({ labels }: LabeledExample, virtual: VirtualTokenCounts): number {
  let count = 0;
  for (let i = firstLabel(virtual); i < labels.length; i++) if (labels[i] !== UNSUPERVISED) count++;
  return count;
}

/** One row of examples, each a document whose last token predicts nothing. */
export function causalRow(
  examples: readonly LabeledExample[],
  tokens: number,
  virtual: VirtualTokenCounts,
): Row & { readonly targets: Int32Array } {
  const { sequence, starts } = layDocuments(
    examples.map(({ ids }) => ids),
    tokens,
    virtual,
  );
  const first = firstLabel(virtual);
  const targets = new Int32Array(tokens).fill(UNSUPERVISED);
  for (const [k, { labels }] of examples.entries())
    targets.set(labels.subarray(first), starts[k]! + first - 1);
  return { ...sequence, targets };
}

/** A token counts as learned if the loss asks for it, wherever it stands. */
export function previewCausal(
  row: Row,
  decode: (ids: number[]) => string,
): ReturnType<typeof previewTokens> {
  const { segmentIds, targets } = row;
  const isLearned = (i: number): boolean =>
    i > 0 && segmentIds[i - 1] === segmentIds[i] && targets?.[i - 1] !== UNSUPERVISED;
  return previewTokens(row, isLearned, decode);
}

function noExperts({ modelType }: ModelSpec): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'invalid-options',
    message: `router_loss has a weight, and a model of type ${modelType} has no experts`,
    value: modelType,
    accepted: 'router_loss: configured, or 0',
  });
}

function firstLabel(virtual: VirtualTokenCounts): number {
  return virtual.input > 0 ? 0 : 1;
}
