import { basename } from 'node:path';
import type { Model, Tokenizer } from '@tunesmith/models';
import { createAdapter, loadAdapter, type Adapter } from '@tunesmith/peft';
import {
  TunesmithError,
  unknownName,
  validate,
  withDefaults,
  type MethodRecipe,
  type Recipe,
} from '@tunesmith/schema';
import { machineMemory } from '../memory.ts';
import type { Registry } from '../plugins/registry.ts';
import type { Warning } from '../session.ts';

/** What trains: an adapter, every weight, or nothing. */
export type Tuning =
  | { kind: 'adapter'; adapter: Adapter; label: string }
  | { kind: 'full'; label: string }
  | { kind: 'none'; label: string };

/** Names of `method` that are no plugins: every weight trains, or none does. */
export const reservedMethods = [
  { name: 'full', description: 'Every weight of the model trains; the result is a whole model.' },
  { name: 'none', description: 'Nothing trains; the model is measured as it is.' },
] as const;

/**
 * The recipe's `method` without the settings that were written for another method and that this one does not know.
 *
 * @param inherited settings that came down from another method
 * @returns the method, and the names of what was left out
 */
export function withoutForeignSettings(
  method: MethodRecipe,
  inherited: readonly string[],
  registry: Registry,
): { method: MethodRecipe; leftOut: string[] } {
  if (typeof method === 'string' || inherited.length === 0) return { method, leftOut: [] };
  const found = registry.all('method').find(({ name }) => name === method.name);
  const known = Object.keys(
    (found?.config as { properties?: object } | undefined)?.properties ?? {},
  );
  const leftOut = inherited.filter((key) => !known.includes(key));
  const kept = Object.entries(method).filter(([key]) => !leftOut.includes(key));
  return { method: Object.fromEntries(kept) as typeof method, leftOut };
}

/**
 * The recipe's `method` with the method's own defaults written out, so that the resolved recipe shows them.
 *
 * @throws TunesmithError `unknown-name` for a method that does not exist; `invalid-method-…` for settings it does not take
 */
export function completeMethod(
  method: MethodRecipe,
  registry: Registry,
): { name: string } & Record<string, unknown> {
  const { name, ...config } = typeof method === 'string' ? { name: method } : method;
  const context = { package: 'tunesmith', what: `method ${name}` };
  if (reservedMethods.some((reserved) => reserved.name === name)) {
    validate({ type: 'object', properties: {}, additionalProperties: false }, config, context);
    return { name };
  }
  const known = registry.all('method');
  const found = known.find((candidate) => candidate.name === name);
  if (!found) {
    const names = [
      ...known.map((candidate) => candidate.name),
      ...reservedMethods.map((reserved) => reserved.name),
    ];
    throw unknownName({ package: 'tunesmith', kind: 'method', name, names });
  }
  const complete = withDefaults(found.config, config) as Record<string, unknown>;
  validate(found.config, complete, context);
  return { name, ...complete };
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
    onWarning: (warning: Warning) => void;
  },
): Promise<Tuning> {
  const { model, tokenizer, registry, onWarning } = options;
  if (recipe.adapter) {
    const { from, name } = recipe.adapter;
    const named = name === undefined ? {} : { name };
    const methods = registry.all('method');
    const adapter = await loadAdapter(from, { model, methods, onWarning, ...named });
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
  if (name === 'none') return { kind: 'none', label: 'none' };
  const method = registry.get('method', name);
  const adapter = await createAdapter({
    model,
    method,
    config,
    seed: recipe.seed,
    memory: machineMemory(),
    ...(tokenizer ? { tokenizer } : {}),
  });
  return { kind: 'adapter', adapter, label: describeMethod(name, config) };
}

/** A method in a few words: its name and its first two numbers, such as `lora, r 8, alpha 16`. */
function describeMethod(name: string, config: object): string {
  const numbers = Object.entries(config).filter(([, value]) => typeof value === 'number');
  return [name, ...numbers.slice(0, 2).map(([key, value]) => `${key} ${String(value)}`)].join(', ');
}
