import type { DataFilter, ScoringModel, TextLoss } from '@tunesmith/schema';
import { textOf } from '../../text-of.ts';
import { completed } from '../completed.ts';
import { checkLimits, judgeByScore, limitOptions, type ScoreLimits } from './scored.ts';

interface PerplexityOptions extends ScoreLimits {
  readonly model: string;
  readonly given: 'prompt' | 'nothing';
}

/**
 * Keeps records whose answer a model of ours finds neither too likely nor too unlikely: exp of the mean loss of the answer's tokens,
 * after the prompt or alone.
 */
export const perplexity: DataFilter = {
  specVersion: 2,
  name: 'perplexity',
  description: 'Keeps records by the perplexity of their answers to a model.',
  options: {
    type: 'object',
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description: 'The model that reads them, named as in model.from of a recipe.',
      },
      given: {
        type: 'string',
        enum: ['prompt', 'nothing'],
        default: 'prompt',
        description: 'What it reads before the answer.',
      },
      ...limitOptions('perplexity', { best: 'lowest' }),
    },
    required: ['model'],
    additionalProperties: false,
  },
  check: (options = {}) => checkLimits('perplexity', options),
  judge: judgeByScore<PerplexityOptions>(
    'perplexity',
    (given) => completed(perplexity, given),
    async ({ model, given }, context) => {
      const scorer = await context.scoringModel(model);
      return async (records) => {
        const texts = records.map(textOf);
        const losses = await lossesOf(scorer, texts, (text) =>
          given === 'prompt' && text.prompt !== '' ? `${text.prompt}\n` : '',
        );
        return losses.map((loss) => loss && Math.exp(loss.loss));
      };
    },
  ),
};

type Texts = ReturnType<typeof textOf>;

/** Losses of the answers that there are, each after what `contextOf` makes of its record. */
export async function lossesOf(
  scorer: ScoringModel,
  texts: readonly Texts[],
  contextOf: (text: NonNullable<Texts>) => string,
): Promise<(TextLoss | undefined)[]> {
  const asked = texts.flatMap((text) =>
    text && text.answer.trim() !== '' ? [{ context: contextOf(text), text: text.answer }] : [],
  );
  const losses = asked.length === 0 ? [] : await scorer.losses(asked);
  let next = 0;
  return texts.map((text) => (text && text.answer.trim() !== '' ? losses[next++] : undefined));
}
