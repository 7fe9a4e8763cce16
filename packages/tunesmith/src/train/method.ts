import { basename } from 'node:path';
import type { Model, Tokenizer } from '@tunesmith/models';
import { createAdapter, methodKind, type Adapter, type Artifacts } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import {
  completeOptions,
  partsOf,
  TunesmithError,
  type Mention,
  type Recipe,
  type Registry,
} from '@tunesmith/schema';
import { machineMemory } from '../memory.ts';
import type { NamedOptions } from './complete.ts';
import type { Warning } from '../session.ts';

/** What trains: an adapter, every weight, or nothing. */
export type Tuning =
  | { kind: 'adapter'; adapter: Adapter; label: string }
  | { kind: 'full'; label: string }
  | { kind: 'none'; adapters: readonly Adapter[]; label: string };

/** The adapters on the model before training: those that train, or are measured as they are. */
export function adaptersOf(tuning: Tuning): readonly Adapter[] {
  if (tuning.kind === 'adapter') return [tuning.adapter];
  return tuning.kind === 'none' ? tuning.adapters : [];
}

/** Names of `method` that are no plugins: every weight trains, or none does. */
export const reservedMethods = [
  { name: 'full', description: 'Every weight of the model trains; the result is a whole model.' },
  { name: 'none', description: 'Nothing trains; the model is measured as it is.' },
] as const;

/**
 * The recipe's `method` with the method's own defaults written out, so that the resolved recipe shows them.
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
 * Makes what a recipe trains: a new adapter of its method, or the adapter it goes on with.
 *
 * @throws TunesmithError where the method does not fit the model, such as a target that matches nothing
 */
export async function prepareTuning(
  recipe: Recipe,
  options: {
    model: Model;
    tokenizer: Tokenizer | undefined;
    registry: Registry;
    artifacts: Artifacts;
    onWarning: (warning: Warning) => void;
  },
): Promise<Tuning> {
  const { model, tokenizer, registry, artifacts, onWarning } = options;
  if (recipe.adapter) {
    const { from, name } = recipe.adapter;
    const named = name === undefined ? {} : { name };
    const methods = registry.all('method');
    const adapter = await loadAdapter(from, { model, methods, onWarning, ...named });
    if (recipe.method !== undefined)
      return { kind: 'none', adapters: [adapter], label: `none, with ${basename(from)}` };
    return { kind: 'adapter', adapter, label: `${adapter.method.name}, from ${basename(from)}` };
  }
  if (recipe.method === undefined || typeof recipe.method === 'string') {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'incomplete-recipe',
      message: 'the method was not completed',
      kind: 'failure',
    });
  }
  const { name, ...config } = recipe.method;
  if (name === 'full') return { kind: 'full', label: 'full fine-tuning' };
  if (name === 'none') return { kind: 'none', adapters: [], label: 'none' };
  const method = registry.get('method', name);
  const adapter = await createAdapter({
    model,
    method,
    config,
    seed: recipe.seed,
    memory: machineMemory(),
    artifacts,
    ...(tokenizer ? { tokenizer } : {}),
  });
  requireTrainedHead(recipe, adapter);
  return { kind: 'adapter', adapter, label: describeMethod(name, config) };
}

/** A head for labels that begins at random must train. @throws TunesmithError `head-not-trained` */
function requireTrainedHead(recipe: Recipe, { method, plan, model }: Adapter): void {
  if (recipe.model.labels === undefined || plan.base.includes(model.head.weight)) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'head-not-trained',
    message: `the method ${method.name} would leave the new head for labels as it begins, at random`,
    value: method.name,
    accepted: `a method that trains it beside its own (lora, ia3, layer-norm), with "${model.head.name}" among its modules_to_save where it names any, or full`,
  });
}

/** A method in a few words: its name and its first two numbers, such as `lora, r 8, alpha 16`. */
function describeMethod(name: string, config: object): string {
  const numbers = Object.entries(config).filter(([, value]) => typeof value === 'number');
  return [name, ...numbers.slice(0, 2).map(([key, value]) => `${key} ${String(value)}`)].join(', ');
}
