import { findings } from '@tunesmith/datasets';
import {
  compare,
  type Comparison,
  type EvaluateEvent,
  type Evaluation,
} from '@tunesmith/evaluation';
import {
  listOf,
  TunesmithError,
  type OneOrSeveral,
  type Plugin,
  type RecipeInput,
} from '@tunesmith/schema';
import {
  asNamed,
  namedAdapters,
  requireOwnNames,
  warnOfUnchosen,
  type NamedAdapters,
} from './adapters.ts';
import { collectData } from './data/collect.ts';
import type { WrittenAnswer } from './evaluation/examples.ts';
import { objectiveSets, writesText } from './evaluation/by-objective.ts';
import { leftOutOf, shownSets } from './evaluation/shown-sets.ts';
import { requireUnstaged } from './stages/reference.ts';
import { withTemplateFiles } from './recipe/template-files.ts';
import { readRecipe } from './recipe/read.ts';
import { openRegistry, openSession, type Warning, type WorkListener } from './session.ts';
import { labelHeadOf, withLabels } from './train/labels.ts';
import { measureSession } from './train/measure.ts';
import { askedPrecision, placeAsAsked } from './train/place-as-asked.ts';

/** What {@link evaluate} takes besides the recipe. */
export interface EvaluateJobOptions {
  /** `key=value` settings on top of the recipe. */
  overrides?: readonly string[];
  /** Plugins as values, besides those that the recipe names. */
  plugins?: readonly Plugin[];
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

/**
 * Measures a model, with adapters or without, on the evaluation tasks of a recipe; the recipe's training data is left
 * alone. Where the recipe names no task, every split other than `train` is measured.
 *
 * @throws TunesmithError `nothing-to-measure` where there is no task and no such split
 */
export async function evaluate(
  recipe: RecipeInput | string,
  options: EvaluateJobOptions = {},
): Promise<EvaluateSummary> {
  requireOwnNames(namedAdapters(options.adapter));
  const found = await readRecipe(recipe, { overrides: options.overrides ?? [] });
  const { directory } = found;
  requireUnstaged(found.recipe);
  const registry = await openRegistry({
    plugins: options.plugins ?? [],
    pluginNames: found.recipe.plugins,
    directory,
    ...(options.onWork ? { onWork: options.onWork } : {}),
  });
  const read = await withTemplateFiles(found.recipe, {
    directory,
    registry: () => Promise.resolve(registry),
  });
  const template = registry.settled('prompt-template', read.template);
  const { onWork } = options;
  onWork?.('reading the data');
  const collected = await collectData(read.data, {
    registry,
    directory,
    template,
    seed: read.seed,
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
  const session = await openSession({
    registry,
    directory,
    model: read.model.from,
    labels: labelHeadOf(withLabels(read, collected.train)),
    device: read.device,
    ...(read.threads === undefined ? {} : { threads: read.threads }),
    ...(adapter === undefined ? {} : { adapter }),
    // What the recipe asks for is settled once its rows are known.
    ...(askedPrecision(found.written) === undefined ? {} : { precision: 'float32' as const }),
    ...(options.onWarning ? { onWarning: options.onWarning } : {}),
    ...(onWork ? { onWork } : {}),
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
      adapters: namedAdapters(adapter),
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
