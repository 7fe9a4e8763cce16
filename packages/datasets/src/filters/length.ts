import { isTokenized, TunesmithError, type DataFilter, type JSONSchema } from '@tunesmith/schema';
import { countWords, textOf } from '../text-of.ts';
import { judgeEach } from './judge-each.ts';

/** Bounds, both included. */
interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
}

type LengthOptions = Readonly<Partial<Record<'prompt' | 'answer' | 'words' | 'tokens', Bounds>>>;

const bounds = (description: string): JSONSchema => ({
  type: 'object',
  properties: {
    minimum: { type: 'integer', minimum: 0, description: 'At least so many.' },
    maximum: { type: 'integer', minimum: 0, description: 'At most so many.' },
  },
  additionalProperties: false,
  description,
});

/**
 * Keeps records whose lengths lie within bounds; texts have no tokens, tokens no texts, and pass what is asked of the other.
 *
 * Options the wrong way round, and none at all, are `invalid-filter`.
 */
export const length: DataFilter = {
  specVersion: 2,
  name: 'length',
  description: 'Keeps records whose lengths lie within bounds.',
  options: {
    type: 'object',
    properties: {
      prompt: bounds('Characters of all that is given: { minimum: 3, maximum: 8000 }.'),
      answer: bounds('Characters of the answer.'),
      words: bounds('Words of prompt and answer together.'),
      tokens: bounds('Tokens of a tokenized record.'),
    },
    additionalProperties: false,
  },
  check: (options = {}) => {
    const all = Object.entries(options as LengthOptions);
    if (all.every(([, { minimum, maximum }]) => minimum === undefined && maximum === undefined))
      throw new TunesmithError({
        package: '@tunesmith/datasets',
        code: 'invalid-filter',
        message: 'data filter length has no bounds, so that everything would pass',
        value: options,
        accepted:
          'minimum or maximum of prompt, answer, words or tokens: { words: { maximum: 400 } }',
      });
    for (const [what, { minimum = 0, maximum = Number.POSITIVE_INFINITY }] of all) {
      if (minimum <= maximum) continue;
      throw new TunesmithError({
        package: '@tunesmith/datasets',
        code: 'invalid-filter',
        message: `data filter length: ${what}: minimum ${minimum} is above maximum ${maximum}`,
        value: minimum,
        accepted: `a minimum of at most ${maximum}`,
      });
    }
  },
  judge: judgeEach((options: LengthOptions) => (record) => {
    if (isTokenized(record)) return outside('tokens', record.input_ids.length, options.tokens);
    const { prompt, answer } = textOf(record)!;
    return (
      outside('prompt characters', prompt.length, options.prompt) ??
      outside('answer characters', answer.length, options.answer) ??
      outside('words', countWords(prompt) + countWords(answer), options.words)
    );
  }),
};

function outside(what: string, length: number, { minimum, maximum }: Bounds = {}) {
  if (minimum !== undefined && length < minimum) return `fewer than ${minimum} ${what}`;
  if (maximum !== undefined && length > maximum) return `more than ${maximum} ${what}`;
  return undefined;
}
