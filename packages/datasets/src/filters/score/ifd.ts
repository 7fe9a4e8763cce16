import type { DataFilter } from '@tunesmith/schema';
import { textOf } from '../../text-of.ts';
import { completed } from '../completed.ts';
import { lossesOf } from './perplexity.ts';
import { checkLimits, judgeByScore, limitOptions, type ScoreLimits } from './scored.ts';

interface IfdOptions extends ScoreLimits {
  readonly model: string;
  readonly definition: 'loss' | 'perplexity';
  readonly asked: string;
  readonly unasked: string;
}

/**
 * Keeps records by their instruction-following difficulty: how much the prompt helps a model of ours to predict the answer,
 *
 *   loss:        mean NLL(answer | prompt) / mean NLL(answer)            Li et al., From Quantity to Quality (2023)
 *   perplexity:  PPL(answer | prompt) / PPL(answer)                      the same authors' Superfiltering (2024)
 *
 * The answer's tokens are the same in both. Above 1 the prompt hinders: by default such records leave; below, high scores are the
 * ones to learn from (`share: 0.1`).
 */
export const ifd: DataFilter = {
  specVersion: 2,
  name: 'ifd',
  description: 'Keeps records by their instruction-following difficulty to a model.',
  reference: {
    title: 'From Quantity to Quality: Boosting LLM Performance with Self-Guided Data Selection',
    authors: 'Li et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2308.12032',
  },
  options: {
    type: 'object',
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description: 'The model that reads them, named as in model.from of a recipe.',
      },
      definition: {
        type: 'string',
        enum: ['loss', 'perplexity'],
        default: 'loss',
        description: 'Whether losses are divided, or perplexities.',
      },
      asked: {
        type: 'string',
        default: '### Instruction:\n{prompt}\n\n### Response:\n',
        description:
          'What stands before the answer where it was asked for; {prompt} is the prompt.',
      },
      unasked: {
        type: 'string',
        default: '### Response:\n',
        description: 'What stands before it where it was not.',
      },
      ...limitOptions('difficulty', { maximum: 1, best: 'highest' }),
    },
    required: ['model'],
    additionalProperties: false,
  },
  check: (options = {}) => checkLimits('ifd', options),
  judge: judgeByScore<IfdOptions>(
    'ifd',
    (given) => completed(ifd, given),
    async ({ model, definition, asked, unasked }, context) => {
      const scorer = await context.scoringModel(model);
      return async (records) => {
        const texts = records.map(textOf);
        const after = await lossesOf(scorer, texts, ({ prompt }) =>
          asked.replaceAll('{prompt}', () => prompt),
        );
        const alone = await lossesOf(scorer, texts, () => unasked);
        return texts.map((_, index) => {
          const [given, free] = [after[index], alone[index]];
          if (given === undefined || free === undefined) return undefined;
          return definition === 'loss' ? given.loss / free.loss : Math.exp(given.loss - free.loss);
        });
      };
    },
  ),
};
