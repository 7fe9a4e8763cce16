import { TunesmithError } from '@tunesmith/schema';
import type { ModelSpec } from '@tunesmith/models';
import {
  baseShape,
  largestDifference,
  matchTensors,
  peftPrefix,
  type Adapter,
  type AdapterFiles,
  type ExpectedTensor,
  type Plan,
  type ReadAdapter,
} from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';

const owner = '@tunesmith/lora';

/** The key of a method's own tensor in PEFT's files, by its local name. */
export type KeyOf = (name: string) => string;

const prefixed: KeyOf = (name) => peftPrefix + name;

/** The tensors of an adapter as PEFT stores them: its own that are not derived, and the copies of base tensors. */
export function storedTensors(
  adapter: Pick<Adapter, 'name' | 'plan' | 'model' | 'parameters'>,
  keyOf: KeyOf = prefixed,
): Record<string, HostTensor> {
  const { plan, model } = adapter;
  const shared = sharedHead(plan, model);
  return Object.fromEntries([
    ...Object.entries(storedKeys(plan, model, keyOf)).map(([name, key]) => [
      key,
      tensorOf(adapter, name),
    ]),
    ...shared.map(({ key }) => [key, tensorOf(adapter, model.head.weight)]),
  ]);
}

/**
 * Takes the tensors of a plan out of PEFT's file, and what it repeats of the base model.
 *
 * @throws TunesmithError `adapter-tensors` for each that is missing, extra or mis-shaped, and for the two copies of a table that are
 * one and differ
 */
export function readTensors(
  files: AdapterFiles,
  plan: Plan,
  model: ModelSpec,
  keyOf: KeyOf = prefixed,
): Pick<ReadAdapter, 'parameters' | 'repeated'> {
  const shapes = new Map(plan.tensors.map((tensor) => [tensor.name, tensor.shape]));
  const expected = Object.entries(storedKeys(plan, model, keyOf)).map(([name, key]) => ({
    name,
    key,
    shape: shapes.get(name) ?? baseShape(model, name) ?? [],
  }));
  const shared = sharedHead(plan, model);
  const repeated = repeatedWeights(plan, model);
  const found = matchTensors({
    package: owner,
    files,
    expected: [...expected, ...shared, ...repeated],
    prefix: peftPrefix,
  });
  if (shared.length > 0) checkShared(files.directory, found, model);
  return {
    parameters: Object.fromEntries(
      expected.flatMap(({ name }) => (found[name] ? [[name, found[name]]] : [])),
    ),
    repeated: Object.fromEntries(
      repeated.flatMap(({ name, of }) => (found[name] ? [[of, found[name]]] : [])),
    ),
  };
}

/** Key in the file by local name; a bias of an adapted map lies inside PEFT's wrapper, in its `base_layer`. */
function storedKeys(plan: Plan, model: ModelSpec, keyOf: KeyOf): Record<string, string> {
  const targets = new Set(plan.sites);
  const own = plan.tensors.filter(({ derived }) => derived !== true);
  const keys = Object.fromEntries(own.map(({ name }) => [name, keyOf(name)]));
  for (const name of plan.base) keys[name] = peftPrefix + name;
  for (const site of model.sites) {
    if (site.kind !== 'linear' || site.bias === undefined || !targets.has(site.name)) continue;
    if (plan.base.includes(site.bias))
      keys[site.bias] = `${peftPrefix}${site.name}.base_layer.bias`;
  }
  return keys;
}

/** PEFT stores one copy of a shared table twice, as the embedding's and as the head's. */
function sharedHead({ base, untied }: Plan, { head, tensors }: ModelSpec): ExpectedTensor[] {
  if (head.ownWeight === undefined || untied === true || !base.includes(head.weight)) return [];
  const shape = tensors[head.weight]?.shape ?? [];
  return [{ name: head.ownWeight, key: peftPrefix + head.ownWeight, shape, optional: true }];
}

function checkShared(
  directory: string,
  found: Readonly<Record<string, HostTensor>>,
  { head }: ModelSpec,
): void {
  const [table, own] = [found[head.weight], found[head.ownWeight ?? '']];
  if (table === undefined || own === undefined || largestDifference(table, own) === 0) return;
  throw new TunesmithError({
    package: owner,
    code: 'adapter-tensors',
    message: `${directory}: option "ensure_weight_tying" is true, but tensors "${peftPrefix}${head.weight}" and "${peftPrefix}${head.ownWeight}" differ`,
    value: head.ownWeight,
    accepted:
      'one table for the embedding and the head, or an adapter without "ensure_weight_tying"',
  });
}

/** PEFT stores the frozen weights of an adapted embedding and of an adapted head beside their updates. */
function repeatedWeights(
  plan: Plan,
  { sites, head, tensors }: ModelSpec,
): (ExpectedTensor & { readonly of: string })[] {
  return sites.flatMap((site) => {
    if (site.kind !== 'embed' && site !== head) return [];
    if (!plan.sites.includes(site.name)) return [];
    const name = `${site.name}.base_layer.weight`;
    const shape = tensors[site.weight]?.shape ?? [];
    return [{ name, of: site.weight, key: peftPrefix + name, shape, optional: true }];
  });
}

function tensorOf(adapter: Pick<Adapter, 'name' | 'parameters'>, name: string): HostTensor {
  const tensor = adapter.parameters[name];
  if (tensor !== undefined) return tensor;
  throw new TunesmithError({
    package: owner,
    code: 'incomplete-adapter',
    message: `adapter "${adapter.name}" has no tensor "${name}"`,
    value: name,
    kind: 'failure',
  });
}
