import { TunesmithError, type DataFilter } from '@tunesmith/schema';
import { completed } from '../completed.ts';
import { askForScore, chatModelOption, exchangesOf } from './ask.ts';
import { checkLimits, judgeByScore, limitOptions, type ScoreLimits } from './scored.ts';

interface JudgedOptions extends ScoreLimits {
  readonly judge: string | { readonly name: string };
  readonly prompt: string;
}

const question = `Below are a request and an answer to it. How accurate is the answer, on a scale from 0 to 5, where 5 is an answer that is right and complete and 0 one that is wrong or beside the point?

Request:
{prompt}

Answer:
{answer}

Write the number alone on the first line, and on the next why in one sentence.`;

/**
 * Keeps records whose answers a language model grades well, 0 to 5; of several exchanges the mean. 4.5 and more stay by default.
 *
 * After Chen et al., AlpaGasus: Training a Better Alpaca with Fewer Data (2023), in words of our own.
 */
export const judged: DataFilter = {
  specVersion: 2,
  name: 'judged',
  description: 'Keeps records whose answers a language model grades well.',
  reference: {
    title: 'AlpaGasus: Training a Better Alpaca with Fewer Data',
    authors: 'Chen et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2307.08701',
  },
  options: {
    type: 'object',
    properties: {
      judge: chatModelOption,
      prompt: {
        type: 'string',
        default: question,
        description: 'What it is asked; {prompt} and {answer} stand for those of the record.',
      },
      ...limitOptions('grade', { minimum: 4.5 }),
    },
    required: ['judge'],
    additionalProperties: false,
  },
  check: (options = {}) => {
    checkLimits('judged', options);
    const { prompt = question } = options as Partial<JudgedOptions>;
    if (prompt.includes('{answer}')) return;
    throw new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-filter',
      message: 'data filter judged: the prompt does not show the answer',
      value: prompt,
      accepted: 'a text with {answer}, and with {prompt}',
    });
  },
  judge: judgeByScore<JudgedOptions>(
    'judged',
    (given) => completed(judged, given),
    async ({ judge, prompt }, context) => {
      const model = await context.chatModel(judge);
      const grade = async (record: Parameters<typeof exchangesOf>[0]) => {
        const grades = await Promise.all(
          exchangesOf(record).map((exchange) => askForScore(model, prompt, exchange, [0, 5])),
        );
        const known = grades.filter((one) => one !== undefined);
        return known.length < grades.length || known.length === 0
          ? undefined
          : known.reduce((sum, one) => sum + one, 0) / known.length;
      };
      return (records) => Promise.all(records.map(grade));
    },
  ),
};
