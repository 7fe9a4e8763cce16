import {
  binLengths,
  describeLengths,
  type LengthBin,
  type LengthSummary,
} from '@tunesmith/datasets';
import type { DataRecord } from '@tunesmith/schema';
import {
  emptyReport,
  findings,
  tokenizeCounted,
  type Objective,
  type PreviewSegment,
} from '@tunesmith/trainer';

/** An objective, and the way back from its tokens to text. */
export interface ShownObjective {
  readonly objective: Objective;
  readonly decode: (ids: number[]) => string;
}

/** A record as an objective shows it. */
export interface ShownRecord {
  readonly id: string;
  readonly documents: readonly (readonly PreviewSegment[])[];
  readonly tokens: number;
  readonly supervisedTokens: number;
}

/** Records in tokens. JSON as it stands. */
export interface TokenStatistics {
  readonly tokens: LengthSummary;
  readonly supervisedTokens: LengthSummary;
  readonly histograms: Readonly<Record<'tokens' | 'supervisedTokens', readonly LengthBin[]>>;
  /** Records of which training would use nothing: no loss, refused, or with a hidden answer. */
  readonly leftOut: number;
  /** What training would warn of. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  /** The first records as the model reads them. */
  readonly first: readonly ShownRecord[];
}

/** Records that are shown. */
const shownRecords = 5;

/** Counts tokens of records while they pass. */
export function countTokensOf({ objective, decode }: ShownObjective): {
  pass(records: AsyncIterable<DataRecord>): AsyncIterable<DataRecord>;
  statistics(): TokenStatistics;
} {
  const report = emptyReport();
  const lengths: number[] = [];
  const supervised: number[] = [];
  const first: ShownRecord[] = [];
  const see = (record: DataRecord): void => {
    const example = tokenizeCounted(record, objective, report);
    if (!example) return;
    const { tokens, sourceTokens, supervised: learned } = objective.size(example);
    const all = tokens + (sourceTokens ?? 0);
    lengths.push(all);
    supervised.push(learned);
    if (first.length === shownRecords) return;
    const row = objective.row([example], {
      tokens,
      ...(sourceTokens === undefined ? {} : { sourceTokens }),
    });
    const documents = objective.preview(row, decode);
    first.push({ id: record.id, documents, tokens: all, supervisedTokens: learned });
  };
  return {
    async *pass(records) {
      for await (const record of records) {
        see(record);
        yield record;
      }
    },
    statistics: () => ({
      tokens: describeLengths(lengths),
      supervisedTokens: describeLengths(supervised),
      histograms: { tokens: binLengths(lengths), supervisedTokens: binLengths(supervised) },
      leftOut: report.records - supervised.filter((count) => count > 0).length,
      warnings: findings(report),
      first,
    }),
  };
}
