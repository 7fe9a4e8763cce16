import { TunesmithError, validate, withDefaults } from '@tunesmith/schema';
import type { Model, ModelSpec } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import type { Adapter, PeftMethod, PrepareContext } from './contract.ts';
import type { Plan } from './plan.ts';
import { noArtifacts } from './artifacts.ts';
import { tableOf } from './base-names.ts';
import { copyOfBase, initialize } from './initialize.ts';

const namePattern = /^[A-Za-z0-9_-]+$/;

/**
 * A new adapter: the configuration completed with its defaults and checked, planned for the model, every tensor given
 * its first values. The same seed gives the same bits; copies of base tensors are copies, the base is never written.
 *
 * @param options.config what the recipe says of the method, without its `name`
 * @param options.name letters, digits, `_` and `-`; `default` when left out, as in PEFT
 * @param options.memory bytes that the machine has; a plan that could not be trained in them is refused
 * @param options.tokenizer needed only by methods that read text (prompt tuning with `init: text`; instructions of records)
 * @param options.artifacts what the method may build on, by the names it knows
 * @param options.activations what linear maps see in the data, for methods that begin from it
 * @throws TunesmithError `invalid-adapter-name`, `invalid-method`, `adapter-too-large`, or what the method's plan refuses
 */
export async function createAdapter<Config extends object>(options: {
  model: Model;
  method: PeftMethod<Config>;
  config?: object;
  name?: string;
  seed: number;
  memory?: number;
  tokenizer?: PrepareContext['tokenizer'];
  artifacts?: PrepareContext['artifacts'];
  activations?: PrepareContext['activations'];
}): Promise<Adapter<Config>> {
  const { model, method, seed, tokenizer, activations, artifacts = noArtifacts } = options;
  const name = checkAdapterName(options.name ?? 'default');
  const complete = completeConfig(method, options.config ?? {});
  const config =
    (await method.prepare?.(complete, {
      model,
      artifacts,
      ...(tokenizer ? { tokenizer } : {}),
      ...(activations ? { activations } : {}),
    })) ?? complete;
  const plan = checkPlan(method, method.plan(model.spec, config), model.spec);
  checkSize(plan, method, options.memory ?? Number.POSITIVE_INFINITY);
  const parameters: Record<string, HostTensor> = {};
  for (const tensor of plan.tensors)
    parameters[tensor.name] = await initialize(tensor, model, seed);
  for (const base of plan.base)
    parameters[base] = await copyOfBase(model, tableOf(model.spec, base));
  const { spec, architecture } = model;
  return {
    name,
    method,
    config,
    plan,
    model: spec,
    architecture,
    parameters,
    ...(tokenizer ? { tokenizer } : {}),
  };
}

/** Training holds a weight, its gradient and two running means of it, each of four bytes. */
const bytesPerParameter = 16;
/** What one typed array can hold. */
const largestTensor = 2 ** 31;

function checkSize(plan: Plan, method: { readonly name: string }, memory: number): void {
  const counts = plan.tensors.map(({ shape }) => shape.reduce((count, size) => count * size, 1));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const bytes = total * bytesPerParameter;
  if (bytes <= memory && counts.every((count) => count < largestTensor)) return;
  const gigabytes = (of: number) => (of / 1e9).toFixed(of < 1e10 ? 1 : 0);
  throw new TunesmithError({
    package: '@tunesmith/peft',
    code: 'adapter-too-large',
    message: `method "${method.name}" with these settings has ${total.toLocaleString('en-US')} parameters, which take about ${gigabytes(bytes)} GB to train${Number.isFinite(memory) ? `; this machine has ${gigabytes(memory)} GB` : ''}`,
    value: total,
    accepted: 'smaller settings of the method, such as its rank or size',
  });
}

/** The configuration with the schema's defaults filled in, checked. @throws TunesmithError `invalid-method` */
export function completeConfig<Config extends object>(
  method: PeftMethod<Config>,
  config: object,
): Config {
  return validate<Config>(method.options, withDefaults(method.options, config), {
    package: '@tunesmith/peft',
    what: 'method',
  });
}

/** The name itself. @throws TunesmithError `invalid-adapter-name` */
export function checkAdapterName(name: string): string {
  if (!namePattern.test(name)) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'invalid-adapter-name',
      message: `an adapter cannot be named "${name}"`,
      value: name,
      accepted: 'letters, digits, "_" and "-", at least one',
    });
  }
  return name;
}

/**
 * The plan itself, once its names are distinct and its base tensors exist.
 *
 * @throws TunesmithError `invalid-plan`: a fault of the method, not of the user
 */
export function checkPlan(method: { readonly name: string }, plan: Plan, model: ModelSpec): Plan {
  const refuse = (message: string, value: unknown): never => {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'invalid-plan',
      message: `the plan of method "${method.name}" ${message}`,
      value,
      kind: 'failure',
    });
  };
  const seen = new Set<string>();
  for (const name of [...plan.tensors.map((tensor) => tensor.name), ...plan.base]) {
    if (seen.has(name)) refuse(`holds "${name}" twice`, name);
    seen.add(name);
  }
  const names = new Set(Object.keys(model.tensors));
  if (plan.untied === true) {
    const { name, ownWeight } = model.head;
    if (ownWeight === undefined) refuse(`parts the head from a table that it does not share`, name);
    else names.add(ownWeight);
  }
  for (const { name, derived, frozen, learningRate = 1 } of plan.tensors) {
    if (names.has(name)) refuse(`gives a new tensor the name of the base tensor "${name}"`, name);
    if (derived === true && frozen !== true) refuse(`trains "${name}", which it derives`, name);
    if (!(learningRate > 0 && Number.isFinite(learningRate)))
      refuse(`trains "${name}" at ${learningRate} times the learning rate`, learningRate);
  }
  for (const name of plan.base) {
    if (!names.has(name)) refuse(`trains "${name}", which the model does not have`, name);
  }
  checkInputs(plan, refuse);
  const count = plan.virtualTokens?.count;
  if (count !== undefined && !(Number.isInteger(count) && count > 0))
    refuse(`takes ${count} virtual tokens`, count);
  return plan;
}

/** Inputs and states have names of their own, and sizes. */
function checkInputs(
  { inputs = [], state = [] }: Plan,
  refuse: (message: string, value: unknown) => never,
): void {
  for (const [what, list] of [
    ['input', inputs],
    ['state', state],
  ] as const) {
    const names = list.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) refuse(`has two of ${what} "${twice}"`, twice);
    const unfit = names.find((name) => !namePattern.test(name));
    if (unfit !== undefined) refuse(`names a ${what} "${unfit}"`, unfit);
  }
  for (const { name, size, below, dtype, text } of inputs) {
    if (!(Number.isInteger(size) && size > 0)) refuse(`reads ${size} numbers as "${name}"`, size);
    if (text && dtype !== 'int32') refuse(`reads a text as numbers of "${name}"`, dtype);
    if (below !== undefined && dtype !== 'int32')
      refuse(`bounds the input "${name}", which is not of whole numbers`, below);
  }
}
