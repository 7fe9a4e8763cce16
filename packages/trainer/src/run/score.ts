import type { PlacedModel } from '@tunesmith/models';
import { adapterFeeds, recordInputs, type Adapter } from '@tunesmith/peft';
import type { TensorMap } from '@tunesmith/runtime';
import { TunesmithError, type DataRecord } from '@tunesmith/schema';
import { prepareData } from '../data/prepare.ts';
import type { TokenReport } from '../data/report.ts';
import type { Objective } from '../objectives/objective.ts';
import { addPrefix, names, recordsOf, stripPrefix } from '../step/functions.ts';
import { adapterTrainable } from '../step/trainable.ts';
import { everyBatch, planBatches } from './batches.ts';

/** How likely a model finds each answer of a record. */
export interface ScoredRecord {
  readonly record: DataRecord;
  /** What is chosen from. */
  readonly answers: readonly string[];
  /** The log-likelihood of each answer, but for a constant of the record. */
  readonly scores: readonly number[];
}

/** What {@link scoreRecords} takes. */
export interface ScoreOptions {
  readonly placed: PlacedModel;
  /** The adapters that act; none by default. */
  readonly adapters?: readonly Adapter[];
  /** Made for this model and these adapters; it must choose among answers. */
  readonly objective: Objective;
  /** Records that are scored at once; 8 by default. */
  readonly batchSize?: number;
}

/**
 * Scores the answers of records by an objective that chooses among answers. Records need not say which is right. What an objective
 * leaves out of training (an answer of which nothing is left, a text that the chat template refuses) is left out, and is in the
 * report.
 *
 * @throws TunesmithError `no-scores` for an objective that does not choose among answers; those of `prepareData`
 */
export async function scoreRecords(
  records: readonly DataRecord[],
  { placed, adapters = [], objective, batchSize = 8 }: ScoreOptions,
): Promise<{ scored: readonly ScoredRecord[]; report: TokenReport }> {
  const { scoring } = objective;
  if (!scoring)
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'no-scores',
      message: 'the objective does not choose among answers, so that it has no scores for them',
      accepted:
        'choice; distillation over choices or labels; classification by one label of several',
    });
  const asking = { ...objective, tokenize: scoring.tokenize };
  const inputs = recordInputs(adapters);
  const { source, report, used } = await prepareData(records, {
    objective: asking,
    packing: false,
    inputs,
  });
  const { device, model } = placed;
  const { vocabulary } = model.spec;
  const { shape } = planBatches(source, {
    objective,
    vocabulary,
    rows: batchSize,
    accumulation: 1,
    steps: 1,
    shuffle: false,
    seed: 0,
  });
  const trainable = adapterTrainable(adapters);
  const run = device.jit('score', (fed: TensorMap) => {
    const batch = stripPrefix(names.batch, fed);
    const bound = trainable.bind(stripPrefix(names.frozen, fed), {
      training: false,
      ...recordsOf(batch),
    });
    return { scores: scoring.scores(batch, { ...bound, training: false }) };
  });
  const fixed = addPrefix(names.frozen, { ...placed.tensors, ...adapterFeeds(adapters) });
  const scored: ScoredRecord[] = [];
  try {
    for (const batch of everyBatch(source, shape, { objective, vocabulary, seed: 0 })) {
      const { scores } = await run({ ...fixed, ...addPrefix(names.batch, batch.feeds) });
      const { data } = await device.read(scores!);
      let first = 0;
      for (const index of used.slice(scored.length, scored.length + batch.normalizer)) {
        const record = records[index]!;
        const answers = scoring.answers(record);
        scored.push({
          record,
          answers,
          scores: Array.from(data.subarray(first, first + answers.length)),
        });
        first += answers.length;
      }
      scores!.dispose();
    }
  } finally {
    await run.dispose();
  }
  return { scored, report };
}
