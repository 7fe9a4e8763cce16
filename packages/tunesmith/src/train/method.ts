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
  type Files,
  type Mention,
  type PluginOptions,
  type Recipe,
  type Registry,
} from '@tunesmith/schema';
import { asNamed, distinctNames, loadAdapters, virtualTokensOf } from '../adapters.ts';
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
  /** The files of a folder by its path. */
  folder: (path: string) => Files;
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
  const going = continued.map(({ from }) => from.split(/[\\/]/).findLast(Boolean)).join(', ');
  if (first?.name === 'full') return { kind: 'full', adapters: [], label: 'full fine-tuning' };
  if (first?.name === 'none') {
    const adapters = together(await loadAdapters(continued.map(asNamed), context));
    const label = adapters.length === 0 ? 'none' : `none, with ${going}`;
    return { kind: 'none', adapters, label };
  }
  if (first === undefined) {
    const adapters = together(await loadAdapters(continued.map(asNamed), context));
    const names = adapters.map(({ method }) => method.name).join(' + ');
    return { kind: 'adapters', adapters, label: `${names}, from ${going}` };
  }
  const adapters = together(await createAdapters(methods, recipe.seed, context));
  requireTrainedHead(context.model, adapters);
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
        config: withFreshModules(config, model),
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

/**
 * The options of a method by which it trains what is new of the model, and stores it, beside its own: for methods that know
 * `modules_to_save`, where the recipe says nothing of them.
 */
function withFreshModules(options: PluginOptions, { fresh, spec }: Model): PluginOptions {
  if (!fresh || options['modules_to_save'] !== null) return options;
  const all = Object.keys(spec.tensors);
  const modules = [...new Set(fresh.map((name) => newModuleOf(name, fresh, all)))];
  // What trains whole is no target beside it.
  const sites = spec.sites.flatMap((site) =>
    site.kind === 'linear' && fresh.includes(site.weight) ? [site.name] : [],
  );
  const excluded = options['exclude_modules'] === null ? { exclude_modules: sites } : {};
  return { ...options, modules_to_save: modules, ...excluded };
}

/** The outermost module around a new tensor in which nothing is old. */
function newModuleOf(name: string, fresh: readonly string[], all: readonly string[]): string {
  const parts = name.split('.').slice(0, -1);
  const modules = parts.map((_, depth) => parts.slice(0, depth + 1).join('.'));
  const isNew = (module: string): boolean =>
    all.every((tensor) => !tensor.startsWith(`${module}.`) || fresh.includes(tensor));
  return modules.find(isNew) ?? parts.join('.');
}

/** What began at random must train. @throws TunesmithError `head-not-trained` */
function requireTrainedHead({ fresh = [] }: Model, adapters: readonly Adapter[]): void {
  const left = fresh.filter((name) => adapters.every(({ plan }) => !plan.base.includes(name)));
  if (left.length === 0) return;
  const names = adapters.map(({ method }) => method.name);
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'head-not-trained',
    message: `${names.join(' and ')} would leave "${left[0]}" of the new head for labels as it begins, at random`,
    value: left,
    accepted:
      'a method that trains whole modules beside its own, by its modules_to_save, such as lora; or full',
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
