import {
  conversationSchema,
  instanceSchema,
  showValue,
  TunesmithError,
  validate,
  validateRecord,
} from '@tunesmith/schema';

type Check = (result: unknown, who: string) => unknown;

/** What the functions of a plugin give. A check gives the result back, or one that is checked as it is used. */
const results: Readonly<Record<string, Record<string, Check>>> = {
  method: { plan: having(['tensors', 'base', 'sites'], 'a plan: { tensors, base, sites }') },
  'data-source': {
    records: each((item, file) => validateRecord(item, { package: 'tunesmith', file })),
  },
  'data-filter': {
    judge: each((item, file) => {
      const { record } = Object(item) as { record?: unknown };
      return validateRecord(record, { package: 'tunesmith', file });
    }),
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
    answers: listOfTexts,
    labels: listOfTexts,
    gap: (result, who) => {
      if (result === undefined || typeof result === 'string') return result;
      throw broken(who, result, 'a text, or nothing');
    },
  },
  optimizer: { create: having(['init', 'scalars', 'update'], '{ init, scalars, update }') },
  schedule: {
    create: (result, who) => {
      if (typeof result === 'function') return result;
      throw broken(who, result, 'a function of the step');
    },
  },
  device: { probe: having(['available'], '{ available: true }, or { available: false, reason }') },
  synthesizer: {
    write: each((item, file) => validateRecord(item, { package: 'tunesmith', file })),
  },
  'chat-model': { open: having(['name', 'respond'], 'a chat model: { name, respond }') },
  queue: {
    open: having(['result', 'forget', 'work', 'close'], 'a queue: { result, forget, work, close }'),
  },
};

/** Kinds whose functions may give a promise of it. */
const asynchronous: readonly string[] = ['device', 'chat-model', 'queue'];

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
  return result instanceof Promise && asynchronous.includes(kind)
    ? result.then((value: unknown) => check(value, who))
    : check(result, who);
}

function listOfTexts(result: unknown, who: string): unknown {
  if (Array.isArray(result) && result.every((one) => typeof one === 'string')) return result;
  throw broken(who, result, 'a list of texts');
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
