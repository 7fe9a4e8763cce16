import { choosePlugin } from '@tunesmith/schema';
import type { Chosen, Mention, PluginOptions } from '@tunesmith/schema';
import { causalLm } from './causal-lm/causal-lm.ts';
import { choice } from './choice/choice.ts';
import { classification } from './classification/classification.ts';
import { distillation } from './distillation/distillation.ts';
import { maskedLm } from './masked-lm/masked-lm.ts';
import { objectiveKind } from './objective.ts';
import type { Objective, ObjectiveContext, ObjectivePlugin } from './objective.ts';
import { seq2seq } from './seq2seq/seq2seq.ts';

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
export type CompleteObjective = PluginOptions & { readonly name: string };

/**
 * Looks an objective up and writes its options out.
 *
 * @param mention a name, or a name with options; `causal-lm` where absent
 * @param plugins those to choose from; the built-in ones by default
 * @throws TunesmithError as `choosePlugin`
 */
export function completeObjective(
  mention: Mention = 'causal-lm',
  plugins = objectives,
): Chosen<ObjectivePlugin> & { readonly complete: CompleteObjective } {
  const chosen = choosePlugin(objectiveKind, mention, plugins);
  return { ...chosen, complete: { name: chosen.plugin.name, ...chosen.options } };
}

/** Makes an objective for a model. @throws TunesmithError those of {@link completeObjective}, and the objective's own */
export function createObjective(
  mention: Mention | undefined,
  context: ObjectiveContext,
  plugins = objectives,
): Objective {
  const { plugin, options } = completeObjective(mention, plugins);
  return plugin.create(options, context);
}
