import { str } from './repr.ts';
import { integerOr, textOf } from './arguments.ts';
import { strftime } from './strftime.ts';
import { dict, pairsOf } from './dictionaries.ts';
import { fail, JinjaError, unsupported } from './errors.ts';
import { iterate } from './iterate.ts';
import { builtin, callBuiltin, type Builtin } from './signature.ts';
import {
  callable,
  once,
  tuple,
  typeName,
  type Arguments,
  type Callable,
  type Dict,
  type Instance,
  type Run,
  type Value,
} from './values.ts';

/** The longest range, as in jinja2's sandbox. */
const longestRange = 100_000;

function range(bounds: readonly Value[]): Value {
  if (bounds.length < 1 || bounds.length > 3) return fail('range takes one to three integers');
  const numbers = bounds.map((bound) => integerOr(bound, 0, 'a bound of a range'));
  const [start, stop, step] =
    numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0) return fail('range() step must not be zero');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > longestRange) {
    throw new JinjaError('limit', `a range of ${length} numbers is longer than ${longestRange}`);
  }
  return { kind: 'range', start, stop, step, length };
}

/** Python's `dict(…)`: of a dictionary or pairs, and of named values. */
function makeDict(run: Run, args: Arguments): Dict {
  return dict(pairsOf(run, args));
}

/** Throws for a name that templates may not give an attribute of a namespace. */
export function checkNamespaceName(name: Value): string {
  if (typeof name !== 'string')
    return unsupported(`a ${typeName(name)} as the name of an attribute`);
  if (name.startsWith('_'))
    return fail(`templates cannot store the attribute '${name}' on a namespace`);
  return name;
}

function cycler(positional: readonly Value[]): Instance {
  if (positional.length === 0) return fail('at least one item has to be provided');
  let position = 0;
  const methods: Readonly<Record<string, () => Value>> = {
    current: () => positional[position]!,
    next: () =>
      callable('cycler.next', () => {
        const value = positional[position]!;
        position = (position + 1) % positional.length;
        return value;
      }),
    reset: () =>
      callable('cycler.reset', () => {
        position = 0;
        return null;
      }),
  };
  const attribute = (name: string): Value | undefined => {
    if (name === 'items' || name === 'pos') return unsupported(`the attribute ${name} of a cycler`);
    return Object.hasOwn(methods, name) ? methods[name]!() : undefined;
  };
  return { kind: 'instance', name: 'Cycler', attribute };
}

function joiner(separator: string): Callable {
  let used = false;
  return callable('joiner', () => {
    const text = used ? separator : '';
    used = true;
    return text;
  });
}

function global<Self extends Value>(
  name: string,
  declared: Builtin<Self | null>,
): [string, Callable] {
  return [name, callable(name, (run, args) => callBuiltin(run, name, declared, null, args))];
}

const dictType: Instance = {
  kind: 'instance',
  name: 'TemplateDict',
  call: makeDict,
  attribute: (name) =>
    name === 'fromkeys'
      ? global(
          'fromkeys',
          builtin('iterable [value]/', (run, _self, [keys, value]) =>
            dict(Array.from(iterate(run, keys!), (key) => [key, value ?? null] as const)),
          ),
        )[1]
      : undefined,
};

/** What every template can call: jinja2's globals. */
export const builtinGlobals: readonly (readonly [string, Value])[] = [
  ['dict', dictType],
  global(
    'range',
    builtin('*', (_run, _self, args, { named }) =>
      named.size > 0 ? fail('range takes no named arguments') : range(args as readonly Value[]),
    ),
  ),
  [
    'namespace',
    callable('namespace', (run, args) => {
      const attributes = new Map<string, Value>();
      for (const [name, value] of makeDict(run, args).entries.values())
        attributes.set(checkNamespaceName(name), value);
      return { kind: 'namespace', attributes };
    }),
  ],
  ['cycler', callable('cycler', (_run, { positional }) => cycler(positional))],
  global(
    'joiner',
    builtin('[sep]', (_run, _self, [separator]) =>
      joiner(separator === undefined ? ', ' : textOf(separator, 'the separator')),
    ),
  ),
  [
    'self',
    {
      kind: 'instance',
      name: 'TemplateReference',
      attribute: () => unsupported('the blocks of self'),
    },
  ],
  ['lipsum', callable('lipsum', () => unsupported('lipsum, which is random'))],
];

/** What chat templates can call beside them: `raise_exception` and `strftime_now`. */
export const chatGlobals: readonly (readonly [string, Value])[] = [
  global(
    'raise_exception',
    builtin('message', (run, _self, [message]) => {
      throw new JinjaError('refused', str(run, message!));
    }),
  ),
  global(
    'strftime_now',
    builtin('format', (run, _self, [format]) => {
      const text = strftime(run.now, textOf(format!, 'the format of a date'));
      run.meter.text(text.length);
      return text;
    }),
  ),
];

/** What promptsource's templates can call beside them: `zip`. */
export const promptsourceGlobals: readonly (readonly [string, Value])[] = [
  global(
    'zip',
    builtin('*', (run, _self, args) => once(zip(run, args as readonly Value[]))),
  ),
];

function* zip(run: Run, sequences: readonly Value[]): Generator<Value> {
  const iterators = sequences.map((sequence) => iterate(run, sequence)[Symbol.iterator]());
  while (iterators.length > 0) {
    run.meter.spend(1 + iterators.length);
    const items: Value[] = [];
    for (const iterator of iterators) {
      const { done, value } = iterator.next();
      if (done) return;
      items.push(value);
    }
    yield tuple(items);
  }
}
