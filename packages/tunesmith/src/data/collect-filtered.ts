import type { ReportRecorder } from '@tunesmith/datasets';
import type { PromptTemplate, Recipe, Registry } from '@tunesmith/schema';
import type { Ledger } from '@tunesmith/synthesis';
import type { WorkListener } from '../session.ts';
import { describeTook } from '../synthesis/describe.ts';
import { collectData, type CollectedData, type RecordReader } from './collect.ts';
import { openFilterTools } from './filter-tools.ts';
import type { OpenList } from './lists.ts';
import type { OpenJournal } from '../run/answers.ts';

/** What of a recipe says which records it reads, and how. */
export type DataOfRecipe = Pick<
  Recipe,
  | 'data'
  | 'mixing'
  | 'seed'
  | 'filters'
  | 'device'
  | 'threads'
  | 'budget'
  | 'at_once'
  | 'per_minute'
>;

/** What {@link collectFiltered} works with. */
export interface FilteredSources {
  readonly registry: Registry;
  readonly template: PromptTemplate;
  readonly records: RecordReader;
  /** What paths of models are relative to. */
  readonly directory: string;
  /** Where to count; a report of its own where it is absent. */
  readonly report?: ReportRecorder;
  /** Counts what filters ask of chat models; one of its own, under the recipe's budget, where it is absent. */
  readonly ledger?: Ledger;
  readonly onWork?: WorkListener | undefined;
  /** Where records are kept; in memory by default. */
  readonly openList?: OpenList;
  /** Opens where answers of chat models are kept; they are forgotten where it is absent. */
  readonly openJournal?: OpenJournal;
}

/**
 * The records of a recipe, filtered as it says; the models that filters ask are opened for it and closed after it, and what chat
 * models took stands in the report.
 *
 * @throws TunesmithError of `collectData`, of the filters and of their models
 */
export async function collectFiltered(
  recipe: DataOfRecipe,
  {
    registry,
    template,
    records,
    directory,
    report,
    ledger,
    onWork,
    openList,
    openJournal,
  }: FilteredSources,
): Promise<CollectedData> {
  const { data, mixing, seed, filters = [], device, threads, budget } = recipe;
  const { at_once: atOnce, per_minute: perMinute } = recipe;
  const tools = openFilterTools({
    registry,
    directory,
    device,
    ...(threads === undefined ? {} : { threads }),
    ...(budget === undefined ? {} : { budget }),
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(perMinute === undefined ? {} : { perMinute }),
    ...(ledger ? { ledger } : {}),
    ...(openJournal ? { openJournal } : {}),
    ...(onWork ? { onWork } : {}),
  });
  const collected = await collectData(data, {
    registry,
    records,
    seed,
    template,
    mixing,
    filtering: { filters, context: tools.context },
    ...(report ? { report } : {}),
    ...(openList ? { openList } : {}),
  }).finally(tools.close);
  for (const [model, took] of Object.entries(tools.ledger.entries()))
    collected.report.step('chat models of filters').note(describeTook(model, took), model);
  return collected;
}
