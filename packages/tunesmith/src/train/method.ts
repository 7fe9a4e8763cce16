import { basename } from 'node:path';
import type { Model, Tokenizer } from '@tunesmith/models';
import {
  composeHooks,
  createAdapter,
  methodKind,
  type Activations,
  type Adapter,
  type Artifacts,
} from '@tunesmith/peft';
import {
  completeOptions,
  listOf,
  partsOf,
  TunesmithError,
  type Mention,
  type PluginOptions,
  type Recipe,
  type Registry,
} from '@tunesmith/schema';
import { distinctNames, loadAdapters, virtualTokensOf } from '../adapters.ts';
import { machineMemory } from '../memory.ts';
import type { Warning } from '../session.ts';
import type { NamedOptions } from './complete.ts';

/** What trains: adapters, every weight, or nothing. */
export type Tuning =
  | { kind: 'adapters'; adapters: readonly Adapter[]; label: string }
  | { kind: 'full'; adapters: readonly []; label: string }
  | { kind: 'none'; adapters: readonly Adapter[]; label: string };

/** Names of `method` that are no plugins: every weight trains, or none does. */
export const reservedMethods = [
  {
    name: 'full',
    description: 'Every weight of the model trains; the result is a whole model.',
    learningRate: 5e-5,
  },
  { name: 'none', description: 'Nothing trains; the model is measured as it is.' },
] as const;

/**
 * A method that a recipe mentions with its own defaults written out, so that the resolved recipe shows them.
 *
 * @throws TunesmithError `unknown-name` for a method that does not exist; `invalid-method-…` for settings it does not take
 */
export function completeMethod(method: Mention, registry: Registry): NamedOptions {
  const { name, options } = partsOf(method);
  const reserved = reservedMethods.find((candidate) => candidate.name === name);
  if (reserved) return { name, ...completeOptions(methodKind, reserved, options) };
  const names = reservedMethods.map((candidate) => candidate.name);
  return { name, ...registry.choose('method', method, names).options };
}

/**
 * The learning rate that suits all of some methods under AdamW: the smallest that one of them names.
 *
 * @param methods complete mentions
 * @returns nothing where no method names one
 */
export function learningRateFor(
  methods: readonly Mention[],
  registry: Registry,
): number | undefined {
  const rates = methods.flatMap((method) => {
    const { name } = partsOf(method);
    const found = [...registry.all('method'), ...reservedMethods].find(
      (candidate) => candidate.name === name,
    );
    return found && 'learningRate' in found && found.learningRate !== undefined
      ? [found.learningRate]
      : [];
  });
  return rates.length === 0 ? undefined : Math.min(...rates);
}

/** What {@link prepareTuning} needs besides the recipe. */
export interface TuningContext {
  model: Model;
  tokenizer: Tokenizer | undefined;
  registry: Registry;
  artifacts: Artifacts;
  /** What linear maps see in the training data. */
  activations: Activations;
  onWarning: (warning: Warning) => void;
}

/**
 * Makes what a complete recipe trains: a new adapter of each of its methods, or the adapters it goes on with.
 *
 * @throws TunesmithError where a method does not fit the model, such as a target that matches nothing, and where adapters do not
 * go together
 */
export async function prepareTuning(recipe: Recipe, context: TuningContext): Promise<Tuning> {
  const methods = listOf(recipe.method).map(partsOf);
  const [first] = methods;
  const continued = listOf(recipe.adapter);
  const going = continued.map(({ from }) => basename(from)).join(', ');
  if (first?.name === 'full') return { kind: 'full', adapters: [], label: 'full fine-tuning' };
  if (first?.name === 'none') {
    const adapters = together(await loadAdapters(continued, context));
    const label = adapters.length === 0 ? 'none' : `none, with ${going}`;
    return { kind: 'none', adapters, label };
  }
  if (first === undefined) {
    const adapters = together(await loadAdapters(continued, context));
    const names = adapters.map(({ method }) => method.name).join(' + ');
    return { kind: 'adapters', adapters, label: `${names}, from ${going}` };
  }
  const adapters = together(await createAdapters(methods, recipe.seed, context));
  requireTrainedHead(recipe, adapters);
  const label = methods.map(({ name, options }) => describeMethod(name, options)).join(' + ');
  return { kind: 'adapters', adapters, label };
}

/**
 * A new adapter of each method. One alone has the usual name; of several, each is named after its method. Two of one method draw
 * their first values from seeds of their own, so that they do not remain twins.
 */
async function createAdapters(
  methods: readonly { name: string; options: PluginOptions }[],
  seed: number,
  { model, tokenizer, registry, artifacts, activations }: TuningContext,
): Promise<Adapter[]> {
  const names = distinctNames(methods.map(({ name }) => name));
  const adapters: Adapter[] = [];
  for (const [index, { name, options: config }] of methods.entries()) {
    const before = methods.slice(0, index).filter((other) => other.name === name).length;
    adapters.push(
      await createAdapter({
        model,
        method: registry.get('method', name),
        config,
        seed: seed + before,
        memory: machineMemory(),
        artifacts,
        activations,
        ...(methods.length > 1 ? { name: names[index]! } : {}),
        ...(tokenizer ? { tokenizer } : {}),
      }),
    );
  }
  return adapters;
}

/** A head for labels that begins at random must train. @throws TunesmithError `head-not-trained` */
function requireTrainedHead(recipe: Recipe, adapters: readonly Adapter[]): void {
  const isTrained = ({ plan, model }: Adapter): boolean => plan.base.includes(model.head.weight);
  if (recipe.model.labels === undefined || adapters.some(isTrained)) return;
  const names = adapters.map(({ method }) => method.name);
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'head-not-trained',
    message: `${names.join(' and ')} would leave the new head for labels as it begins, at random`,
    value: names,
    accepted: `a method that trains it beside its own (lora, ia3, layer-norm-tuning), with "${adapters[0]!.model.head.name}" among its modules_to_save where it names any; or full`,
  });
}

/** The adapters themselves, once they are known to go together. */
function together(adapters: readonly Adapter[]): readonly Adapter[] {
  composeHooks(adapters.map((adapter) => ({ adapter })));
  virtualTokensOf(adapters);
  return adapters;
}

/** A method in a few words: its name and its first two numbers, such as `lora, r 8, alpha 16`. */
function describeMethod(name: string, config: object): string {
  const numbers = Object.entries(config).filter(([, value]) => typeof value === 'number');
  return [name, ...numbers.slice(0, 2).map(([key, value]) => `${key} ${String(value)}`)].join(', ');
}
