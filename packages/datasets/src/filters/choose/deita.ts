import {
  TunesmithError,
  type DataFilter,
  type DataRecord,
  type FilterContext,
  type ScoringModel,
} from '@tunesmith/schema';
import { completed } from '../completed.ts';
import {
  askForScore,
  chatModelOption,
  exchangesOf,
  filledIn,
  type Exchange,
} from '../score/ask.ts';
import { batchSize } from '../score/scored.ts';
import { ofSchema, type RecordPart } from '../text-option.ts';
import {
  checkHowMany,
  embedAll,
  howManyOptions,
  numberOf,
  verdictsOf,
  type HowMany,
} from './choose.ts';
import { keepUnlike } from './vectors.ts';

interface DeitaOptions extends HowMany {
  readonly judge?: string | { readonly name: string };
  readonly scorers?: { readonly complexity: string; readonly quality: string };
  readonly model: string;
  readonly similarity: number;
  readonly complexity?: string;
  readonly quality?: string;
  readonly of: RecordPart;
}

const complexity = `How demanding is this request, from 1 (anybody can do it at once) to 6 (it takes much knowledge, several steps or many conditions)?

Request:
{prompt}

Write the number alone.`;

const quality = `How good is this answer to this request, from 1 (useless) to 6 (right, complete, clear and to the point)?

Request:
{prompt}

Answer:
{answer}

Write the number alone.`;

/** What stands for a score that the model does not give, as in Deita. */
const unknownScore = 3;
const numbers = [1, 2, 3, 4, 5, 6] as const;

/**
 * Deita's choice: each exchange is scored for complexity and quality, 1 to 6; a record's score is the sum of
 * complexity × quality over its exchanges; from the highest score on, each record is kept whose embedding is not more similar than
 * `similarity` to one already kept, until there are enough.
 *
 * A score is, as theirs, the mean of the six numbers, each weighed by how likely a scorer, a model of ours, finds it behind the question
 * among the six; or the number that a chat model writes, where an answer without one counts as 3, and is noted.
 *
 * Liu et al., What Makes Good Data for Alignment? (2023).
 */
export const deita: DataFilter = {
  specVersion: 2,
  name: 'deita',
  description: 'Keeps complex, good and unlike records, by scores of a language model.',
  reference: {
    title: 'What Makes Good Data for Alignment? A Comprehensive Study of Automatic Data Selection',
    authors: 'Liu et al.',
    year: 2023,
    url: 'https://arxiv.org/abs/2312.15685',
  },
  options: {
    type: 'object',
    properties: {
      judge: chatModelOption,
      scorers: {
        type: 'object',
        properties: {
          complexity: { type: 'string', minLength: 1 },
          quality: { type: 'string', minLength: 1 },
        },
        required: ['complexity', 'quality'],
        additionalProperties: false,
        description:
          'In place of a judge, models of ours that weigh the numbers 1 to 6, named as in model.from of a recipe. They are asked what complexity and quality say, behind which the number stands.',
      },
      model: {
        type: 'string',
        minLength: 1,
        description: 'The model that embeds them, named as in model.from of a recipe.',
      },
      similarity: {
        type: 'number',
        minimum: -1,
        maximum: 1,
        default: 0.9,
        description: 'The cosine above which a record is too similar to a better one.',
      },
      ...howManyOptions,
      complexity: {
        type: 'string',
        description:
          'What is asked for the complexity; {prompt} stands for the request. A judge is asked in words of ours where it is absent.',
      },
      quality: {
        type: 'string',
        description:
          'What is asked for the quality; {prompt} and {answer} stand for both. A judge is asked in words of ours where it is absent.',
      },
      of: ofSchema,
    },
    required: ['model'],
    additionalProperties: false,
  },
  check(options = {}) {
    checkHowMany('deita', options, false);
    checkWhoScores(options);
  },
  async *judge(records, context, given) {
    const options = completed<DeitaOptions>(deita, given);
    const scoreAll = await openScore(options, context);
    const model = await context.scoringModel(options.model);
    const all = await embedAll(records, model, options.of);
    const scores: { score: number; guessed: boolean }[] = [];
    for (let at = 0; at < all.places.length; at += batchSize) {
      const some = all.places.slice(at, at + batchSize).map((place) => all.records[place]!);
      scores.push(...(await scoreAll(some)));
    }
    const order = [...scores.keys()].toSorted(
      (a, b) => scores[b]!.score - scores[a]!.score || a - b,
    );
    const count = numberOf(options, all.records.length);
    const chosen = keepUnlike(all.vectors, order, options.similarity, count);
    const byPlace = new Map(all.places.map((place, vector) => [place, scores[vector]!]));
    let place = 0;
    for (const verdict of verdictsOf(
      all,
      chosen,
      'too similar to a better one, or beyond the count',
    )) {
      const found = byPlace.get(place++);
      const noted = found?.guessed ? { noted: ['no number in the answer: counted as 3'] } : {};
      yield { ...verdict, ...noted, ...(found ? { detail: { score: found.score } } : {}) };
    }
  },
};

/** Refuses both a judge and scorers, none, and scorers without their questions. @throws TunesmithError `invalid-filter` */
function checkWhoScores({ judge, scorers, ...asked }: Partial<DeitaOptions>): void {
  const refuse = (message: string, value: unknown, accepted: string): TunesmithError =>
    new TunesmithError({
      package: '@tunesmith/datasets',
      code: 'invalid-filter',
      message: `data filter deita: ${message}`,
      value,
      accepted,
    });
  if ((judge === undefined) === (scorers === undefined)) {
    const given = judge === undefined ? 'neither judge nor scorers is' : 'judge and scorers are';
    throw refuse(`${given} given`, { judge, scorers }, 'judge or scorers');
  }
  if (scorers && (asked.complexity === undefined || asked.quality === undefined))
    throw refuse(
      'scorers are given without what they are asked',
      asked,
      'complexity and quality, as the scorers were trained to read them, each ending where the number follows',
    );
}

interface RecordScore {
  readonly score: number;
  /** Whether a number was missing, and 3 stands for it. */
  readonly guessed: boolean;
}

/** Opens who scores. */
async function openScore(
  { judge, scorers, complexity: hard, quality: good }: DeitaOptions,
  context: FilterContext,
): Promise<(records: readonly DataRecord[]) => Promise<RecordScore[]>> {
  if (scorers) {
    const [hardness, goodness] = [
      await context.scoringModel(scorers.complexity),
      await context.scoringModel(scorers.quality),
    ];
    return async (records) => {
      const found: RecordScore[] = [];
      for (const record of records) {
        const scores: [number, number][] = [];
        for (const exchange of exchangesOf(record))
          scores.push([
            await weighed(hardness, filledIn(hard!, exchange)),
            await weighed(goodness, filledIn(good!, exchange)),
          ]);
        found.push(summed(scores));
      }
      return found;
    };
  }
  const chat = await context.chatModel(judge!);
  const ask = (exchange: Exchange) =>
    Promise.all([
      askForScore(chat, hard ?? complexity, exchange, [1, 6]),
      askForScore(chat, good ?? quality, exchange, [1, 6]),
    ]);
  return (records) =>
    Promise.all(
      records.map(async (record) => summed(await Promise.all(exchangesOf(record).map(ask)))),
    );
}

/** Complexity × quality, summed over exchanges. */
function summed(
  all: readonly (readonly [hard: number | undefined, good: number | undefined])[],
): RecordScore {
  const products = all.map(([hard = unknownScore, good = unknownScore]) => hard * good);
  return {
    score: products.reduce((sum, one) => sum + one, 0),
    guessed: all.flat().includes(undefined),
  };
}

/** The mean of 1 to 6, each weighed by its probability behind a question among the six. */
async function weighed(model: ScoringModel, question: string): Promise<number> {
  const losses = await model.losses(
    numbers.map((number) => ({ context: question, text: String(number) })),
  );
  const logs = losses.map(({ loss, tokens }) => -loss * tokens);
  const most = Math.max(...logs);
  const weights = logs.map((log) => Math.exp(log - most));
  const sum = weights.reduce((all, one) => all + one, 0);
  return numbers.reduce((mean, number, index) => mean + (number * weights[index]!) / sum, 0);
}
