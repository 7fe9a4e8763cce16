import { findings } from '@tunesmith/datasets';
import {
  compare,
  type Comparison,
  type EvaluateEvent,
  type Evaluation,
} from '@tunesmith/evaluation';
import type { LabelHeadOptions } from '@tunesmith/models';
import {
  listOf,
  TunesmithError,
  type Files,
  type Mention,
  type OneOrSeveral,
  type Recipe,
  type Registry,
} from '@tunesmith/schema';
import { asNamed, namedAdapters, warnOfUnchosen, type NamedAdapters } from '../adapters.ts';
import { collectData, type RecordReader } from '../data/collect.ts';
import type { OpenList } from '../data/lists.ts';
import type { ParsedRecipe } from '../recipe/parse.ts';
import type { Session, Warning, WorkListener } from '../session.ts';
import { labelHeadOf, withLabels } from '../train/labels.ts';
import { measureSession } from '../train/measure.ts';
import { askedPrecision, placeAsAsked } from '../train/place-as-asked.ts';
import type { CodedName } from '../train/precision.ts';
import { objectiveSets, writesText } from './by-objective.ts';
import type { WrittenAnswer } from './examples.ts';
import { leftOutOf, shownSets } from './shown-sets.ts';

/** What an evaluation takes besides the recipe. */
export interface MeasureOptions {
  /** Adapters to put on the model, instead of the recipe's `adapter.from`. */
  adapter?: OneOrSeveral<string | NamedAdapters>;
  /** Also measures the model without its adapters, and compares. */
  compare?: boolean;
  /** Hears how far it is; `bare` once the model without its adapters is measured. */
  onEvent?: (event: EvaluateEvent, model: 'whole' | 'bare') => void;
  /** Hears of what a person should know: an adapter made for another base model, rows that are left out. */
  onWarning?: (warning: Warning) => void;
  /** Hears what begins now. */
  onWork?: WorkListener;
  signal?: AbortSignal;
}

/** What an evaluation found. */
export interface EvaluateSummary {
  evaluation: Evaluation;
  /** Answers to a few of the prompts. */
  answers: readonly WrittenAnswer[];
  /** The model without its adapters, where that was asked for. */
  base?: Evaluation;
  comparison?: Comparison;
  /** What a reader of the figures should know: records that could not be measured. */
  warnings: readonly { code: string; message: string }[];
}

/** The model that an evaluation asks for. */
export interface AskedModel {
  model: string;
  labels?: LabelHeadOptions | undefined;
  device?: Mention;
  threads?: number;
  adapter?: OneOrSeveral<string | NamedAdapters>;
  /** Float32 where the recipe settles the precision once its rows are known; by default as it was trained, where that is known. */
  precision?: 'float32' | CodedName;
}

/** Where an evaluation finds what a recipe names. */
export interface MeasureSources {
  registry: Registry;
  records: RecordReader;
  /** Where the records of training data are kept, which the model's labels and precision may follow from; in memory by default. */
  openList?: OpenList;
  open(asked: AskedModel): Promise<Session>;
  /** The folder of the run whose factors int8 uses, if there is one. */
  factors(adapters: readonly NamedAdapters[]): Promise<Files | undefined>;
}

/**
 * Measures a model, with adapters or without, on the evaluation tasks of a recipe; the recipe's training data is left
 * alone. Where the recipe names no task, every split other than `train` is measured.
 *
 * @param found the recipe as it was parsed
 * @param read the recipe with the content of its templates' files
 * @throws TunesmithError `nothing-to-measure` where there is no task and no such split
 */
export async function measureRecipe(
  found: ParsedRecipe,
  read: Recipe,
  { registry, records, openList, open, factors }: MeasureSources,
  options: MeasureOptions,
): Promise<EvaluateSummary> {
  const template = registry.settled('prompt-template', read.template);
  const { onWork } = options;
  onWork?.('reading the data');
  const collected = await collectData(read.data, {
    registry,
    records,
    template,
    seed: read.seed,
    ...(openList ? { openList } : {}),
  });
  const { splits } = collected;
  for (const finding of findings(collected.report.report())) options.onWarning?.(finding);
  const names = read.evaluation.tasks.length > 0 ? read.evaluation.tasks : [...splits.keys()];
  if (names.length === 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'nothing-to-measure',
      message:
        'there is nothing to measure: no evaluation task, and no data of a split other than train',
      accepted: 'evaluation.tasks, or data entries with split: heldout',
    });
  }
  const own = listOf(read.adapter).map(asNamed);
  const adapter = options.adapter ?? (own.length > 0 ? own : undefined);
  const session = await open({
    model: read.model.from,
    labels: labelHeadOf(withLabels(read, collected.train)),
    device: read.device,
    ...(read.threads === undefined ? {} : { threads: read.threads }),
    ...(adapter === undefined ? {} : { adapter }),
    // What the recipe asks for is settled once its rows are known.
    ...(askedPrecision(found.written) === undefined ? {} : { precision: 'float32' as const }),
  });
  try {
    const { tokenizer } = session;
    const { metrics, limit } = read.evaluation;
    const asked = await shownSets({
      model: session.model,
      names,
      splits,
      tasks: registry.all('evaluation-task'),
      metrics,
      limit,
      tokenizer,
      template,
    });
    const sets = writesText(session.model.spec) ? asked : objectiveSets(asked);
    const warnings: Warning[] = leftOutOf(sets);
    const finding = await placeAsAsked(session, {
      found,
      collected,
      sets,
      template,
      factors: () => factors(namedAdapters(adapter)),
    });
    if (finding) warnings.push(finding);
    warnOfUnchosen(session.adapters, [...sets.records.values()].flat(), options.onWarning);
    onWork?.('measuring');
    const measuring = { recipe: read, sets, session, template };
    const listen = (model: 'whole' | 'bare') => ({
      ...(options.signal ? { signal: options.signal } : {}),
      onEvent: (event: EvaluateEvent) => options.onEvent?.(event, model),
    });
    const { evaluation, answers } = await measureSession(measuring, session, listen('whole'));
    if (!options.compare || session.adapters.length === 0) return { evaluation, answers, warnings };
    const bare = await measureSession(measuring, session, listen('bare'), []);
    const base = bare.evaluation;
    return { evaluation, answers, warnings, base, comparison: compare(base, evaluation) };
  } finally {
    await session.close();
  }
}
