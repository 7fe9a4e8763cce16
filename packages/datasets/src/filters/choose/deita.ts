import type { ChatModel, DataFilter, DataRecord } from '@tunesmith/schema';
import { completed } from '../completed.ts';
import { askForScore, chatModelOption, exchangesOf } from '../score/ask.ts';
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
  readonly judge: string | { readonly name: string };
  readonly model: string;
  readonly similarity: number;
  readonly complexity: string;
  readonly quality: string;
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

/**
 * Deita's choice: each exchange is scored for complexity and quality, 1 to 6, by a language model; a record's score is the sum of
 * complexity × quality over its exchanges; from the highest score on, each record is kept whose embedding is not more similar than
 * `similarity` to one already kept, until there are enough. An answer without a number counts as 3, and is noted.
 *
 * Liu et al., What Makes Good Data for Alignment? (2023). Their scorers are models of their own that weigh six tokens by their
 * probabilities; here a chat model writes the number.
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
        default: complexity,
        description: 'What is asked for the complexity; {prompt} stands for the request.',
      },
      quality: {
        type: 'string',
        default: quality,
        description: 'What is asked for the quality; {prompt} and {answer} stand for both.',
      },
      of: ofSchema,
    },
    required: ['judge', 'model'],
    additionalProperties: false,
  },
  check: (options = {}) => checkHowMany('deita', options, false),
  async *judge(records, context, given) {
    const options = completed<DeitaOptions>(deita, given);
    const chat = await context.chatModel(options.judge);
    const model = await context.scoringModel(options.model);
    const all = await embedAll(records, model, options.of);
    const scores: { score: number; guessed: boolean }[] = [];
    for (let at = 0; at < all.places.length; at += batchSize) {
      const some = all.places.slice(at, at + batchSize).map((place) => all.records[place]!);
      scores.push(...(await Promise.all(some.map((record) => scoreOf(chat, record, options)))));
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

async function scoreOf(
  chat: ChatModel,
  record: DataRecord,
  { complexity: hard, quality: good }: DeitaOptions,
): Promise<{ score: number; guessed: boolean }> {
  let guessed = false;
  const ask = async (prompt: string, exchange: Parameters<typeof askForScore>[2]) => {
    const score = await askForScore(chat, prompt, exchange, [1, 6]);
    if (score === undefined) guessed = true;
    return score ?? unknownScore;
  };
  const products = await Promise.all(
    exchangesOf(record).map(async (exchange) => {
      const [complex, fine] = await Promise.all([ask(hard, exchange), ask(good, exchange)]);
      return complex * fine;
    }),
  );
  return { score: products.reduce((sum, one) => sum + one, 0), guessed };
}
