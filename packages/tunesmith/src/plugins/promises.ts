import {
  conversationSchema,
  instanceSchema,
  showValue,
  TunesmithError,
  validate,
  validateRecord,
  type JSONSchema,
} from '@tunesmith/schema';

const list = { type: 'array', items: { type: 'string' } } as const;
const schema = { type: 'object' } as const;

/** What a plugin of a kind has besides its functions. */
const properties: Readonly<Record<string, Record<string, JSONSchema>>> = {
  method: { config: schema, files: { type: 'object' } },
  'dataset-adapter': { row: schema },
  'data-source': { splits: list },
  metric: {
    range: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
    higherIsBetter: { type: 'boolean' },
  },
  'evaluation-task': { kind: { enum: ['generate', 'rank', 'loss'] } },
};

type Check = (result: unknown, who: string) => unknown;

/** What the functions of a plugin give. A check gives the result back, or one that is checked as it is used. */
const results: Readonly<Record<string, Record<string, Check>>> = {
  method: { plan: having(['tensors', 'base', 'sites'], 'a plan: { tensors, base, sites }') },
  'data-source': {
    records: each((item, file) => validateRecord(item, { package: 'tunesmith', file })),
  },
  'evaluation-task': {
    instances: each((item, file) =>
      validate(instanceSchema, item, { package: 'tunesmith', file, what: 'instance' }),
    ),
  },
  'prompt-template': {
    messages: (result, file) =>
      validate(conversationSchema.properties.messages, result, {
        package: 'tunesmith',
        file,
        what: 'messages',
      }),
  },
  optimizer: { create: having(['init', 'scalars', 'update'], '{ init, scalars, update }') },
  schedule: {
    create: (result, who) => {
      if (typeof result === 'function') return result;
      throw broken(who, result, 'a function of the step');
    },
  },
  device: { probe: having(['available'], '{ available: true }, or { available: false, reason }') },
};

/** Checks what a plugin has besides its functions. @throws TunesmithError `invalid-plugin` */
export function requireProperties(kind: string, value: object, who: string): void {
  const wanted = properties[kind] ?? {};
  const present = Object.fromEntries(
    Object.keys(wanted)
      .map((key) => [key, Reflect.get(value, key) as unknown])
      .filter(([, found]) => found !== undefined),
  );
  validate({ type: 'object', properties: wanted, required: Object.keys(wanted) }, present, {
    package: 'tunesmith',
    file: who,
    what: 'plugin',
  });
}

/**
 * Holds what a function of a plugin gave to its contract.
 *
 * @param who the plugin and the function, for messages
 * @returns the result
 * @throws TunesmithError `broken-promise`, or what is wrong with a record
 */
export function heldTo(kind: string, member: string, result: unknown, who: string): unknown {
  const check = results[kind]?.[member];
  if (!check) return result;
  return result instanceof Promise && kind === 'device'
    ? result.then((value: unknown) => check(value, who))
    : check(result, who);
}

function having(keys: readonly string[], accepted: string): Check {
  return (result, who) => {
    if (typeof result === 'object' && result !== null && keys.every((key) => key in result))
      return result;
    throw broken(who, result, accepted);
  };
}

/** Checks each item of something that is iterated over, when it comes. */
function each(check: (item: unknown, who: string) => unknown): Check {
  return (result, who) => {
    const items = Object(result) as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
    if (typeof result !== 'object' || !(items[Symbol.asyncIterator] ?? items[Symbol.iterator]))
      throw broken(who, result, 'something to iterate over, such as what a generator gives');
    return checked(items as AsyncIterable<unknown>, (item, place) =>
      check(item, `${who}, item ${place}`),
    );
  };
}

async function* checked(
  items: AsyncIterable<unknown>,
  check: (item: unknown, place: number) => unknown,
) {
  let place = 0;
  for await (const item of items) {
    place += 1;
    check(item, place);
    yield item;
  }
}

function broken(who: string, result: unknown, accepted: string): TunesmithError {
  const shown = result instanceof Promise ? 'a promise' : showValue(result);
  return new TunesmithError({
    package: 'tunesmith',
    code: 'broken-promise',
    message: `${who} gave ${shown}`,
    value: result,
    accepted,
  });
}
