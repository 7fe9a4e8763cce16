import {
  isSeveral,
  listOf,
  mentionOf,
  nearest,
  partsOf,
  TunesmithError,
  type DataSource,
  type Mention,
  type OneOrSeveral,
  type PluginOptions,
  type Recipe,
  type Registry,
} from '@tunesmith/schema';
import { adamw } from '@tunesmith/trainer';
import { placeOf, type Inherited, type MentionedKind } from '../recipe/replaced-plugin.ts';
import type { Warning } from '../session.ts';
import { completeMethod, learningRateFor } from './method.ts';

/** The name of a plugin, and all its options. */
export type NamedOptions = PluginOptions & { name: string };

/**
 * A recipe in which every plugin that it mentions stands with all its options, so that the resolved recipe shows them. Every name
 * is looked up here, and not after the first, possibly long, measurement.
 *
 * @param inherited options that came down from a plugin that an override replaced: those that the new one does not know are left
 * out, and named in a warning
 * @throws TunesmithError `unknown-name`, or `invalid-<kind>-<name>` for options that a plugin refuses; what a template says against
 * its options; `unknown-split` for a split that a source does not have
 */
export function completeRecipe(
  recipe: Recipe,
  inherited: Inherited,
  registry: Registry,
): { recipe: Recipe; warnings: Warning[] } {
  const warnings: Warning[] = [];
  const own = <Kind extends MentionedKind>(kind: Kind, mention: Mention): Mention => {
    const { mention: kept, leftOut } = withoutForeign(
      kind,
      mention,
      inherited[kind] ?? [],
      registry,
    );
    if (leftOut.length > 0) warnings.push(leavingOut(kind, kept, leftOut));
    return kept;
  };
  const named = (kind: 'optimizer' | 'schedule', mention: Mention): NamedOptions => {
    const { plugin, options } = registry.choose(kind, own(kind, mention));
    return { name: plugin.name, ...options };
  };
  const whole = (kind: Completed, mention: Mention): Mention =>
    mentionOf(registry.choose(kind, mention));
  const methodsOf = (written: OneOrSeveral<Mention>): OneOrSeveral<Mention> =>
    isSeveral(written)
      ? written.map((method) => completeMethod(method, registry))
      : completeMethod(own('method', written), registry);
  const templateOf = (mention: Mention): Mention => {
    const chosen = registry.choose('prompt-template', mention);
    chosen.plugin.check?.(chosen.options);
    return mentionOf(chosen);
  };
  const sourceOf = (mention: Mention, split: string): Mention => {
    const chosen = registry.choose('data-source', mention);
    requireSplit(chosen.plugin, split);
    return mentionOf(chosen);
  };
  const filtersOf = (mentions: readonly Mention[]): Mention[] =>
    mentions.map((mention) => {
      const chosen = registry.choose('data-filter', mention);
      chosen.plugin.check?.(chosen.options);
      return mentionOf(chosen);
    });
  const { training, evaluation } = recipe;
  const method = recipe.method === undefined ? undefined : methodsOf(recipe.method);
  const rate = method === undefined ? undefined : learningRateFor(listOf(method), registry);
  const complete: Recipe = {
    ...recipe,
    template: templateOf(recipe.template),
    data: recipe.data.map((entry) => ({
      ...entry,
      ...('source' in entry ? { source: sourceOf(entry.source, entry.split) } : {}),
      ...('format' in entry ? { format: whole('dataset-adapter', entry.format) } : {}),
      ...(entry.filters === undefined ? {} : { filters: filtersOf(entry.filters) }),
      ...(entry.template === undefined ? {} : { template: templateOf(entry.template) }),
    })),
    ...(recipe.filters === undefined ? {} : { filters: filtersOf(recipe.filters) }),
    objective: whole('objective', recipe.objective),
    training: {
      ...training,
      optimizer: named('optimizer', withLearningRate(training.optimizer, rate)),
      schedule: named('schedule', training.schedule),
    },
    evaluation: {
      ...evaluation,
      metrics: evaluation.metrics.map((metric) => whole('metric', metric)),
    },
    ...(method === undefined ? {} : { method }),
  };
  return { recipe: complete, warnings };
}

/** @throws TunesmithError `unknown-split` */
function requireSplit({ name, splits }: DataSource, split: string): void {
  if (splits.includes(split)) return;
  const close = nearest(split, splits);
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'unknown-split',
    message: `source "${name}" has no split "${split}"`,
    value: split,
    accepted: splits,
    ...(close === undefined ? {} : { nearest: close }),
  });
}

/** AdamW with the learning rate that suits the method, where the recipe names none; methods say nothing of other optimizers. */
function withLearningRate(optimizer: Mention, rate: number | undefined): Mention {
  const { name, options } = partsOf(optimizer);
  if (rate === undefined || name !== adamw.name || 'learning_rate' in options) return optimizer;
  return { name, ...options, learning_rate: rate };
}

type Completed = 'dataset-adapter' | 'metric' | 'objective';

/**
 * A mention without the options that were written for another plugin and that this one does not know.
 *
 * @param inherited options that came down from another plugin
 * @returns the mention, and the names of what was left out
 */
export function withoutForeign(
  kind: MentionedKind,
  mention: Mention,
  inherited: readonly string[],
  registry: Registry,
): { mention: Mention; leftOut: readonly string[] } {
  const { name, options } = partsOf(mention);
  const plugin = registry.all(kind).find((candidate) => candidate.name === name);
  const known = Object.keys(plugin?.options?.properties ?? {});
  const leftOut = inherited.filter((key) => !known.includes(key));
  if (leftOut.length === 0) return { mention, leftOut };
  const kept = Object.entries(options).filter(([key]) => !leftOut.includes(key));
  return { mention: { name, ...Object.fromEntries(kept) }, leftOut };
}

function leavingOut(kind: MentionedKind, mention: Mention, leftOut: readonly string[]): Warning {
  const keys = leftOut.map((key) => `${placeOf(kind)}.${key}`).join(', ');
  return {
    code: 'settings-left-out',
    message: `the recipe's ${keys} belong to another ${kind} and are left out: ${partsOf(mention).name} does not take them`,
  };
}
