import { answerScoring } from '../choice/choice.ts';
import type { AnswerScoring } from '../choice/choice.ts';
import type { Objective, ObjectiveContext, ObjectivePlugin } from '../objective.ts';
import { requireModel } from '../require-model.ts';
import { distillAnswers } from './over-answers.ts';
import { distillLabels } from './over-labels.ts';
import { distillTokens } from './over-tokens.ts';

interface DistillationOptions extends AnswerScoring {
  readonly over?: 'tokens' | 'choices' | 'labels';
  readonly temperature: number;
  readonly hard_share: number;
  readonly top_tokens: number;
}

/**
 * Soft labels of a teacher (Hinton et al. 2015): `loss = α · hard + (1 − α) · T² · KL(teacher ‖ model)` at temperature T, the
 * hard loss being that of the right answer.
 *
 * `over` says what the teacher's distribution is over: `tokens`, at each supervised token of the answers (`meta.teacher`);
 * `choices`, over the answers in `meta.choices`, and `labels`, over those of a classifier (`meta.distribution`).
 */
export const distillation: ObjectivePlugin = {
  specVersion: 2,
  name: 'distillation',
  description: 'Come near the soft labels of a teacher: over tokens, over answers, or over labels.',
  reference: {
    title: 'Distilling the Knowledge in a Neural Network',
    authors: 'Hinton, Vinyals, Dean',
    year: 2015,
    url: 'https://arxiv.org/abs/1503.02531',
  },
  options: {
    type: 'object',
    properties: {
      over: {
        type: 'string',
        enum: ['tokens', 'choices', 'labels'],
        description:
          'What the distribution is over; labels where the head of the model gives them, else tokens, by default.',
      },
      temperature: {
        type: 'number',
        exclusiveMinimum: 0,
        default: 1,
        description: 'Temperature at which teacher and model are compared.',
      },
      hard_share: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0,
        description: 'Share of the loss of the right answer in the whole; the rest is the teacher.',
      },
      top_tokens: {
        type: 'integer',
        minimum: 1,
        default: 8,
        description: "How many of the teacher's likeliest tokens are used at each position.",
      },
      ...answerScoring,
    },
    additionalProperties: false,
  },
  create: (options, context) => distill(options as unknown as DistillationOptions, context),
};

function distill(options: DistillationOptions, context: ObjectiveContext): Objective {
  const { temperature, hard_share: hardShare } = options;
  const mixing = { temperature, hardShare };
  const isLabels = context.model.spec.headKind.kind === 'labels';
  switch (options.over ?? (isLabels ? 'labels' : 'tokens')) {
    case 'labels': {
      requireModel(
        'distillation over labels',
        context,
        ['encoder', 'decoder', 'encoder-decoder'],
        'labels',
      );
      return distillLabels(mixing, context);
    }
    case 'choices': {
      requireModel(
        'distillation over choices',
        context,
        ['decoder', 'encoder', 'encoder-decoder'],
        'vocabulary',
      );
      return distillAnswers(mixing, options, context);
    }
    case 'tokens':
      return distillTokens({ ...mixing, topTokens: options.top_tokens }, context);
  }
}
