import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { mentionSchema } from './mention.ts';

const earlyStoppingSchema = Type.Object(
  {
    patience: Type.Integer({
      minimum: 1,
      default: 3,
      description: 'Evaluations in a row without improvement after which training stops.',
    }),
    minimum_improvement: Type.Number({
      minimum: 0,
      default: 0,
      description: 'How much lower the held-out loss must be to count as better.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Stop when the held-out loss no longer falls. Absent: never.',
  },
);

/** The `evaluation` part of a recipe, with every default written out. */
export const evaluationSchema = Type.Object(
  {
    every: Type.Integer({
      minimum: 0,
      default: 0,
      description:
        'Steps between measurements of the held-out loss; 0 measures only before and after training.',
    }),
    tasks: Type.Array(mentionSchema({ description: 'A split, or an evaluation task.' }), {
      default: [],
      examples: [['heldout']],
      description:
        'What to measure: splits of the data other than train, or tasks that plugins bring.',
    }),
    before: Type.Boolean({
      default: true,
      description: 'Whether the untuned model is measured as well, for comparison.',
    }),
    metrics: Type.Array(mentionSchema({ description: 'A metric.' }), {
      default: [],
      examples: [['rouge-l', { name: 'exact-match', normalization: 'strict' }]],
      description:
        "Metrics for generated answers. Empty takes exact-match and rouge-l, and for a plugin's task its own.",
    }),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, description: 'Use only this many instances of each task.' }),
    ),
    max_new_tokens: Type.Integer({
      minimum: 1,
      default: 64,
      description: 'Longest generated answer, in tokens.',
    }),
    keep_best: Type.Boolean({
      default: true,
      description:
        'Whether the result is the checkpoint with the lowest held-out loss and not the last one; needs every.',
    }),
    early_stopping: Type.Optional(earlyStoppingSchema),
  },
  { additionalProperties: false, default: {}, description: 'What to measure, and when.' },
);

/** What to measure and when, with every default written out. */
export type EvaluationRecipe = Static<typeof evaluationSchema>;
