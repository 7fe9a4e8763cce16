import { TunesmithError } from '@tunesmith/schema';

/**
 * A plugin's value whose functions tell of whom an error comes: what they throw, reject with, or throw while they are
 * iterated over becomes a TunesmithError `plugin-failed` that begins with `who`. Errors of ours pass as they are.
 *
 * @param check sees what each function gave, and gives it back
 */
export function guarded<Value extends object>(
  value: Value,
  who: string,
  check: (member: string, result: unknown) => unknown = (_member, result) => result,
): Value {
  const read = (key: string | symbol): unknown => {
    const name = `${who} failed in ${String(key)}`;
    const member = attempt(name, () => Reflect.get(value, key, value) as unknown);
    if (typeof member !== 'function' || isClass(member)) return member;
    return (...given: unknown[]) =>
      attempt(name, () => settled(name, check(String(key), Reflect.apply(member, value, given))));
  };
  // Not a proxy of the value itself: a frozen one would not let its functions be replaced.
  return new Proxy(Object.create(Reflect.getPrototypeOf(value)) as Value, {
    get: (_, key) => read(key),
    has: (_, key) => key in value,
    ownKeys: () => Reflect.ownKeys(value),
    getOwnPropertyDescriptor: (_, key) =>
      Object.hasOwn(value, key)
        ? { value: read(key), enumerable: true, configurable: true, writable: true }
        : undefined,
  });
}

/** The error of something foreign, in one line; the whole of it is its cause. */
export function pluginFailure(what: string, error: unknown): TunesmithError {
  if (TunesmithError.is(error)) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new TunesmithError({
    package: 'tunesmith',
    code: 'plugin-failed',
    message: `${what}: ${reason.split('\n')[0]}`,
    accepted: 'a plugin that works; TUNESMITH_DEBUG=1 in the environment shows where it failed',
    cause: error,
  });
}

function attempt<Result>(name: string, job: () => Result): Result {
  try {
    return job();
  } catch (error) {
    throw pluginFailure(name, error);
  }
}

/** A result that may fail later: a promise, or something that is iterated over once. */
function settled(name: string, result: unknown): unknown {
  if (typeof result !== 'object' || result === null) return result;
  if (result instanceof Promise)
    return result.catch((error: unknown) => {
      throw pluginFailure(name, error);
    });
  if (Symbol.asyncIterator in result) return iteratedLater(name, result as AsyncIterable<unknown>);
  // Lists and typed arrays hold no code that could fail.
  if (Symbol.iterator in result && 'next' in result) return iterated(name, result as never);
  return result;
}

async function* iteratedLater(name: string, items: AsyncIterable<unknown>) {
  try {
    yield* items;
  } catch (error) {
    throw pluginFailure(name, error);
  }
}

function* iterated(name: string, items: Iterable<unknown>) {
  try {
    yield* items;
  } catch (error) {
    throw pluginFailure(name, error);
  }
}

function isClass(member: object): boolean {
  return Function.prototype.toString.call(member).startsWith('class');
}
