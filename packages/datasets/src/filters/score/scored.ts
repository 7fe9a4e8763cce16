import {
  TunesmithError,
  type DataFilter,
  type DataRecord,
  type FilterContext,
  type JSONSchema,
} from '@tunesmith/schema';

/** Which scores stay. */
export interface ScoreLimits {
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of those within the bounds, the best so many, as a share of all records that have a score. */
  readonly share?: number;
  /** What is best. */
  readonly best: 'highest' | 'lowest';
}

/** The options for {@link ScoreLimits}. */
export function limitOptions(
  what: string,
  { minimum, maximum, best }: Partial<Pick<ScoreLimits, 'minimum' | 'maximum' | 'best'>>,
): Readonly<Record<string, JSONSchema>> {
  const bound = (word: string, value: number | undefined): JSONSchema => ({
    type: 'number',
    ...(value === undefined ? {} : { default: value }),
    description: `The ${word} ${what} that stays.`,
  });
  return {
    minimum: bound('least', minimum),
    maximum: bound('greatest', maximum),
    share: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      description:
        'Of those, only the best: so many of a hundred records that have a score, as 0.1.',
    },
    best: {
      type: 'string',
      enum: ['highest', 'lowest'],
      default: best ?? 'highest',
      description: 'Which scores are the best.',
    },
  };
}

/** Refuses bounds the wrong way round. @throws TunesmithError `invalid-filter` */
export function checkLimits(filter: string, { minimum, maximum }: Partial<ScoreLimits>): void {
  if (minimum === undefined || maximum === undefined || minimum <= maximum) return;
  throw new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-filter',
    message: `data filter ${filter}: minimum ${minimum} is above maximum ${maximum}`,
    value: minimum,
    accepted: `a minimum of at most ${maximum}`,
  });
}

/** Records that are scored together. */
export const batchSize = 32;

/** Scores of some records; undefined or NaN where one has none. */
export type Score = (records: readonly DataRecord[]) => Promise<readonly (number | undefined)[]>;

/**
 * The `judge` of a filter that gives each record a score and keeps those within limits. With a share it holds all records until it
 * has seen the last; of equal scores the earlier is better. Records that stay carry the score as `meta.scores.<name>`; those without
 * one leave, and are counted as such.
 *
 * @param begin opens what the scores are made with, before any record is read
 */
export function judgeByScore<Options extends ScoreLimits>(
  name: string,
  complete: (given: unknown) => Options,
  begin: (options: Options, context: FilterContext) => Promise<Score>,
): DataFilter['judge'] {
  return async function* (records, context, given) {
    const options = complete(given);
    const score = await begin(options, context);
    const { share } = options;
    const held: { record: DataRecord; score: number | undefined }[] = [];
    for await (const batch of batches(records)) {
      const scores = await score(batch);
      for (const [index, record] of batch.entries()) {
        const own = scores[index];
        const scored = { record, score: Number.isFinite(own) ? own : undefined };
        if (share === undefined) yield verdict(name, scored, options);
        else held.push(scored);
      }
    }
    const best = share === undefined ? undefined : bestOf(held, { ...options, share });
    for (const [index, scored] of held.entries()) {
      const found = verdict(name, scored, options);
      const isOut = found.dropped === undefined && !best?.has(index);
      yield isOut
        ? {
            record: scored.record,
            dropped: `not among the best ${name} scores`,
            detail: { score: scored.score },
          }
        : found;
    }
  };
}

type Scored = { readonly record: DataRecord; readonly score: number | undefined };

function verdict(name: string, { record, score }: Scored, { minimum, maximum }: ScoreLimits) {
  if (score === undefined) return { record, dropped: `no ${name} score` };
  if (minimum !== undefined && score < minimum)
    return { record, dropped: `${name} below ${minimum}`, detail: { score } };
  if (maximum !== undefined && score > maximum)
    return { record, dropped: `${name} above ${maximum}`, detail: { score } };
  const { meta = {} } = record;
  const scores = { ...(Object(meta['scores']) as Record<string, unknown>), [name]: score };
  return { record: { ...record, meta: { ...meta, scores } } };
}

function bestOf(held: readonly Scored[], limits: ScoreLimits & { share: number }): Set<number> {
  const { minimum = -Infinity, maximum = Infinity, share, best } = limits;
  const known = [...held.entries()].flatMap(([index, { score }]) =>
    score === undefined ? [] : [{ index, score }],
  );
  const sign = best === 'highest' ? -1 : 1;
  const inside = known
    .filter(({ score }) => score >= minimum && score <= maximum)
    .toSorted((a, b) => sign * (a.score - b.score) || a.index - b.index);
  return new Set(inside.slice(0, Math.ceil(known.length * share)).map(({ index }) => index));
}

/** Records in lists of a size that models take well. */
export async function* batches(
  records: AsyncIterable<DataRecord>,
  size = batchSize,
): AsyncGenerator<DataRecord[]> {
  let batch: DataRecord[] = [];
  for await (const record of records) {
    batch.push(record);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
