import { createReport, toConversation, type DataReport } from '@tunesmith/datasets';
import { isInstance, type DataRecord } from '@tunesmith/schema';
import {
  emptyReport,
  findings as tokenFindings,
  tokenizeCounted,
  type PreviewSegment,
} from '@tunesmith/trainer';
import { found, openData } from './open-data.ts';
import { objectiveOf, type ShownOptions } from './shown-objective.ts';

/** A record, and what a model would be shown of it. */
export interface Preview {
  record: DataRecord;
  /** Training would leave it out: the chat template hides its answer or refuses it. */
  leftOut?: true;
  /** With a model: each document of its row in pieces, and which of them are learned. */
  documents?: readonly (readonly PreviewSegment[])[];
  tokens?: number;
  supervisedTokens?: number;
}

/**
 * The first records of a data file; with a model, as the objective makes rows of them, so that one sees which tokens carry the
 * loss.
 */
export async function previewData(options: ShownOptions): Promise<{
  format: string;
  /** Why that format was found; absent where it was named. */
  foundBy?: string;
  previews: Preview[];
  report: DataReport;
  /** What training would warn of in these records. */
  warnings: { code: string; message: string }[];
}> {
  const report = createReport();
  const { read, format, reason, registry } = await openData({ limit: 3, ...options });
  const template = registry.settled('prompt-template', options.template ?? 'plain');
  const shown = await objectiveOf(options, registry, template);
  const previews: Preview[] = [];
  const tokenReport = emptyReport();
  for await (const record of read({ report })) {
    if (!shown) {
      previews.push({ record: isInstance(record) ? toConversation(record, template) : record });
      continue;
    }
    const { objective, decode } = shown;
    const example = tokenizeCounted(record, objective, tokenReport);
    if (!example) {
      previews.push({ record, leftOut: true });
      continue;
    }
    const { tokens, sourceTokens, supervised: supervisedTokens } = objective.size(example);
    const lengths = { tokens, ...(sourceTokens === undefined ? {} : { sourceTokens }) };
    const documents = objective.preview(objective.row([example], lengths), decode);
    previews.push({ record, documents, tokens: tokens + (sourceTokens ?? 0), supervisedTokens });
  }
  return {
    format: format()!,
    ...found(reason()),
    previews,
    report: report.report(),
    warnings: tokenFindings(tokenReport),
  };
}
