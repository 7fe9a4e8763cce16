import { withDefaults } from '@tunesmith/schema';
import type { ObjectiveRecipe } from '@tunesmith/schema';
import { choose } from '../optimize/plugins.ts';
import { causalLm } from './causal-lm/causal-lm.ts';
import { choice } from './choice/choice.ts';
import { classification } from './classification/classification.ts';
import { distillation } from './distillation/distillation.ts';
import { maskedLm } from './masked-lm/masked-lm.ts';
import { seq2seq } from './seq2seq/seq2seq.ts';
import type { Objective, ObjectiveContext, ObjectivePlugin } from './objective.ts';

/** The built-in objectives. */
export const objectives: readonly ObjectivePlugin[] = [
  causalLm,
  seq2seq,
  maskedLm,
  classification,
  choice,
  distillation,
];

/** An objective as a recipe names it, with every option written out. */
export type CompleteObjective = Readonly<Record<string, unknown>> & { readonly name: string };

/**
 * Looks an objective up and writes its options out.
 *
 * @param mention a name, or a name with options; `causal-lm` where absent
 * @param plugins those to choose from; the built-in ones by default
 * @throws TunesmithError `unknown-name` listing what exists; `invalid-options`
 */
export function completeObjective(
  mention: ObjectiveRecipe = 'causal-lm',
  plugins = objectives,
): { plugin: ObjectivePlugin; complete: CompleteObjective } {
  const { name, ...options } = typeof mention === 'string' ? { name: mention } : mention;
  const plugin = choose('objective', name, plugins, options);
  const filled = withDefaults(plugin.options ?? {}, options) as Record<string, unknown>;
  return { plugin, complete: { name, ...filled } };
}

/** Makes an objective for a model. @throws TunesmithError those of {@link completeObjective}, and the objective's own */
export function createObjective(
  mention: ObjectiveRecipe | undefined,
  context: ObjectiveContext,
  plugins = objectives,
): Objective {
  const { plugin, complete } = completeObjective(mention, plugins);
  return plugin.create(optionsOf(complete), context);
}

/** The options of an objective without its name. */
export function optionsOf({
  name: _name,
  ...options
}: CompleteObjective): Readonly<Record<string, unknown>> {
  return options;
}
