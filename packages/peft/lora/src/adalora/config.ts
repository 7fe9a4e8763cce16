import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { targetOptions } from '../target-options.ts';

const share = (of: string, usual: string) =>
  Type.Union([Type.Null(), Type.Integer({ minimum: 0 })], {
    default: null,
    description: `${of} Null: ${usual} of the run.`,
  });
const decay = (of: string) =>
  Type.Number({
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    default: 0.85,
    description: `Decay of the running mean of ${of}.`,
  });

/** The configuration of AdaLoRA, as a recipe's `method` holds it beside `name: adalora`. */
export const adaloraConfigSchema = Type.Object(
  {
    init_r: Type.Integer({
      minimum: 1,
      default: 12,
      description: 'Rank that each target begins with.',
    }),
    target_r: Type.Integer({
      minimum: 1,
      default: 8,
      description: 'Rank that is left of it on average.',
    }),
    alpha: Type.Number({
      exclusiveMinimum: 0,
      default: 8,
      description: 'The update is scaled by alpha / init_r.',
    }),
    ...targetOptions,
    bias: Type.Union([Type.Literal('none'), Type.Literal('all'), Type.Literal('lora_only')], {
      default: 'none',
      description: 'Which biases of the base model train: none, all, or those of the adapted maps.',
    }),
    tinit: share('Steps before ranks are taken away.', 'a tenth'),
    tfinal: share('Steps after the last rank was taken away.', 'three tenths'),
    total_step: Type.Union([Type.Null(), Type.Integer({ minimum: 1 })], {
      default: null,
      description: 'Steps that the schedule is laid out for. Null: those of the run.',
    }),
    delta_t: Type.Integer({
      minimum: 1,
      default: 1,
      description: 'Steps from one allocation of ranks to the next.',
    }),
    beta1: decay('importance'),
    beta2: decay("importance's uncertainty"),
    orth_reg_weight: Type.Number({
      minimum: 0,
      default: 0.5,
      description: 'Weight of the penalty that keeps the singular vectors orthogonal.',
    }),
    rank_pattern: Type.Union(
      [Type.Null(), Type.Record(Type.String({ minLength: 1 }), Type.Array(Type.Boolean()))],
      {
        default: null,
        description:
          'Which of the first ranks a trained adapter has left, by the name of its singular values. Training writes it.',
      },
    ),
  },
  {
    additionalProperties: false,
    description: 'LoRA that shares out its ranks among the targets while it trains (AdaLoRA).',
  },
);

/** A complete configuration of AdaLoRA. */
export type AdaloraConfig = Static<typeof adaloraConfigSchema>;
