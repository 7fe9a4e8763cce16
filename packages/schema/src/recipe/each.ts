import { unknownName } from '../errors/nearest.ts';

type Fields = Readonly<Record<string, unknown>>;
type Value = string | number;

/** A recipe in which every stage stands by itself, and which stage of the recipe as written each of them came from. */
export interface ExpandedStages {
  readonly recipe: unknown;
  readonly origins: readonly number[];
}

/**
 * A recipe with a stage of its own for each value that a stage is to be done for:
 *
 * ```yaml
 * - { name: pet, job: train, each: { pattern: [a, b], seed: [1, 2] }, seed: '${seed}', data: [{ path: '${pattern}.jsonl' }] }
 * ```
 *
 * becomes `pet-a-1`, `pet-a-2`, `pet-b-1` and `pet-b-2`. `${seed}` alone is the value itself, inside of a text it is written there. A
 * value that cannot be part of a name counts by its number, from 1. Where later stages name `stages.pet` and several may stand, all
 * of them do.
 *
 * What is no recipe with stages is given back as it is: the check of the recipe says what is wrong with it.
 *
 * @throws TunesmithError `unknown-name` for a `${…}` that `each` does not have
 */
export function expandStages(recipe: unknown): ExpandedStages {
  const written = fieldsOf(recipe)?.['stages'];
  if (!Array.isArray(written)) return { recipe, origins: [] };
  const groups = new Map<string, readonly string[]>();
  const stages: unknown[] = [];
  const origins: number[] = [];
  for (const [origin, stage] of written.entries()) {
    const expanded = eachOf(stage).map((one) => withGroups(one, groups));
    const names = expanded.map((one) => String(fieldsOf(one)?.['name']));
    const name = fieldsOf(stage)?.['name'];
    if (fieldsOf(stage)?.['each'] !== undefined && typeof name === 'string')
      groups.set(name, names);
    stages.push(...expanded);
    origins.push(...expanded.map(() => origin));
  }
  return { recipe: { ...fieldsOf(recipe), stages }, origins };
}

function eachOf(stage: unknown): unknown[] {
  const fields = fieldsOf(stage);
  const each = fieldsOf(fields?.['each']);
  if (!fields || !each || !Object.values(each).every(isValues)) return [stage];
  const { each: _, name, ...rest } = fields;
  return combinations(each as Readonly<Record<string, readonly Value[]>>).map((values) => {
    const parts = Object.entries(values).map(([key, value]) =>
      /^[A-Za-z0-9_-]+$/.test(`${value}`)
        ? `${value}`
        : `${(each[key] as readonly Value[]).indexOf(value) + 1}`,
    );
    return { name: [name, ...parts].join('-'), ...(filled(rest, values) as Fields) };
  });
}

/** Every choice of one value for each key; the last key changes fastest. */
function combinations(
  each: Readonly<Record<string, readonly Value[]>>,
): Readonly<Record<string, Value>>[] {
  return Object.entries(each).reduce<Readonly<Record<string, Value>>[]>(
    (all, [key, values]) =>
      all.flatMap((chosen) => values.map((value) => ({ ...chosen, [key]: value }))),
    [{}],
  );
}

/** A value in which every `${key}` is what it stands for. */
function filled(value: unknown, values: Readonly<Record<string, Value>>): unknown {
  if (Array.isArray(value)) return value.map((item) => filled(item, values));
  const fields = fieldsOf(value);
  if (fields)
    return Object.fromEntries(
      Object.entries(fields).map(([key, item]) => [key, filled(item, values)]),
    );
  if (typeof value !== 'string') return value;
  const get = (name: string): Value => {
    if (Object.hasOwn(values, name)) return values[name]!;
    const names = Object.keys(values);
    throw unknownName({ package: '@tunesmith/schema', kind: 'value of each', name, names });
  };
  const whole = /^\$\{([^}]*)\}$/.exec(value);
  if (whole) return get(whole[1]!);
  return value.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => `${get(name)}`);
}

/** A stage in which a reference to stages that were written as one names each of them, wherever several may stand. */
function withGroups(stage: unknown, groups: ReadonlyMap<string, readonly string[]>): unknown {
  const fields = fieldsOf(stage);
  if (!fields || groups.size === 0) return stage;
  const all = (path: unknown): unknown[] => {
    const [, name = '', rest = ''] = /^stages\.([^.]+)(\..+)?$/.exec(String(path)) ?? [];
    const members = typeof path === 'string' ? groups.get(name) : undefined;
    return members ? members.map((member) => `stages.${member}${rest}`) : [path];
  };
  const several = (given: unknown): unknown => {
    const found = (Array.isArray(given) ? given : [given]).flatMap(all);
    return found.length === 1 && !Array.isArray(given) ? found[0] : found;
  };
  const within = (given: unknown, key: string): unknown[] =>
    (Array.isArray(given) ? given : [given]).flatMap((item) => {
      const inner = fieldsOf(item);
      return inner && key in inner
        ? all(inner[key]).map((path) => ({ ...inner, [key]: path }))
        : [item];
    });
  const { adapter, artifacts, data, runs, except } = fields;
  const adapters = adapter === undefined ? [] : within(adapter, 'from');
  const named = fieldsOf(artifacts);
  return {
    ...fields,
    ...(adapters.length > 1 ? { adapter: adapters } : {}),
    ...(Array.isArray(data) ? { data: within(data, 'path') } : {}),
    ...(runs === undefined ? {} : { runs: several(runs) }),
    ...(except === undefined ? {} : { except: several(except) }),
    ...(named
      ? {
          artifacts: Object.fromEntries(
            Object.entries(named).map(([key, value]) => [key, several(value)]),
          ),
        }
      : {}),
  };
}

function isValues(values: unknown): values is readonly Value[] {
  return (
    Array.isArray(values) &&
    values.length > 0 &&
    values.every((value) => typeof value === 'string' || typeof value === 'number')
  );
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined;
}
