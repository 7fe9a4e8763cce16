import { measuredSets, type MeasuredSets, type MeasuredSetsOptions } from '@tunesmith/evaluation';
import type { Model } from '@tunesmith/models';
import { TunesmithError, type DataRecord, type Instance } from '@tunesmith/schema';
import {
  emptyReport,
  findings,
  tokenizeCounted,
  tokenizeRecord,
  type TokenReport,
} from '@tunesmith/trainer';
import { createPairEncoder, labeled, pairOf } from './pairs.ts';

/** What an evaluation measures, and what became of the records of each split on their way to tokens. */
export interface ShownSets extends MeasuredSets {
  /** By split; records that the chat template hides or refuses are left out, as in training. */
  reports: ReadonlyMap<string, TokenReport>;
  /** The record behind each instance, where the run's objective measures them. */
  sources?: ReadonlyMap<Instance, DataRecord>;
}

/**
 * The sets that a recipe names, read as training reads them.
 *
 * @throws TunesmithError `nothing-to-measure` where no record of a split is left, and what `measuredSets` throws
 */
export async function shownSets({
  model,
  ...options
}: Omit<MeasuredSetsOptions, 'read' | 'encoder'> & { model: Model }): Promise<ShownSets> {
  const { tokenizer, template } = options;
  const { kind, headKind } = model.spec;
  const writes = kind === 'encoder-decoder' && headKind.kind === 'vocabulary';
  const pairs = writes ? { model, tokenizer, template } : undefined;
  const given = {
    ...(tokenizer ? { tokenizer } : {}),
    template,
    maximumLength: Number.MAX_SAFE_INTEGER,
  };
  const answered = { tokenize: (record: DataRecord) => tokenizeRecord(record, given) };
  const paired = pairs && {
    tokenize: (record: DataRecord) => {
      const pair = pairOf(record, pairs);
      return { ...pair, ...labeled(pair) };
    },
  };
  const reports = new Map<string, TokenReport>();
  const sets = await measuredSets({
    ...options,
    ...(pairs && tokenizer ? { encoder: createPairEncoder(pairs) } : {}),
    read(record, split) {
      const report = reports.get(split) ?? emptyReport();
      reports.set(split, report);
      return tokenizeCounted(record, paired ?? answered, report);
    },
  });
  for (const [name, report] of reports) {
    if (sets.records.get(name)?.length === 0) throw nothingShown(name, report);
  }
  return { ...sets, reports };
}

function nothingShown(name: string, report: TokenReport): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'nothing-to-measure',
    message: `nothing of "${name}" can be measured: ${findings(report)
      .map(({ message }) => message)
      .join('; ')}`,
    value: name,
    accepted: 'records whose answers the chat template shows',
  });
}

/** Sentences about records that are not measured, because the chat template hides their answer or refuses them. */
export function leftOutOf({ reports }: Pick<ShownSets, 'reports'>): ReturnType<typeof findings> {
  return [...reports].flatMap(([name, report]) =>
    findings(report)
      .filter(({ code }) => code === 'hidden-answer' || code === 'refused')
      .map(({ code, message }) => ({ code, message: `${name}: ${message}` })),
  );
}
