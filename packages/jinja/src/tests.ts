import { contains, isEqual, order } from './compare.ts';
import { fail, unsupported } from './errors.ts';
import { sizeOf } from './iterate.ts';
import { isCase } from './methods/text-case.ts';
import { arithmetic } from './operators.ts';
import { str } from './repr.ts';
import { builtin, type Bound, type Builtin } from './signature.ts';
import { isKind, isUndefined, type Run, type Value } from './values.ts';

type Check = (run: Run, value: Value, args: Bound) => boolean;

const plain = (check: Check): Builtin => builtin('', check);
const binary = (check: Check): Builtin => builtin('other', check);

const isNumber = (value: Value): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || isKind(value, 'float');

function isIterable(value: Value): boolean {
  if (typeof value === 'string') return true;
  if (typeof value !== 'object' || value === null) return false;
  if (value.kind === 'instance') return value.name === 'LoopContext';
  return !['float', 'callable', 'namespace'].includes(value.kind);
}

function isSequence(value: Value): boolean {
  if (isKind(value, 'view') || isKind(value, 'instance')) return false;
  return sizeOf(value) !== undefined;
}

function isSame(a: Value, b: Value): boolean {
  const fixed = (value: Value): boolean => value === null || typeof value === 'boolean';
  if (fixed(a) || fixed(b)) return a === b;
  if (typeof a !== typeof b) return false;
  if (typeof a !== 'object')
    return a === b ? unsupported(`the test sameas of a ${typeof a}`) : false;
  return a === b;
}

const remainder = (run: Run, value: Value, by: Value): Value => arithmetic(run, '%', value, by);

const equal = binary((run, value, [other]) => isEqual(run, value, other!));
const unequal = binary((run, value, [other]) => !isEqual(run, value, other!));
const greater = binary((run, value, [other]) => order(run, value, other!) > 0);
const atLeast = binary((run, value, [other]) => order(run, value, other!) >= 0);
const less = binary((run, value, [other]) => order(run, value, other!) < 0);
const atMost = binary((run, value, [other]) => order(run, value, other!) <= 0);

const declared: readonly (readonly [string, Builtin])[] = [
  ['defined', plain((_run, value) => !isUndefined(value))],
  ['undefined', plain((_run, value) => isUndefined(value))],
  ['none', plain((_run, value) => value === null)],
  ['boolean', plain((_run, value) => typeof value === 'boolean')],
  ['true', plain((_run, value) => value === true)],
  ['false', plain((_run, value) => value === false)],
  ['integer', plain((_run, value) => typeof value === 'number')],
  ['float', plain((_run, value) => isKind(value, 'float'))],
  ['number', plain((_run, value) => isNumber(value))],
  ['string', plain((_run, value) => typeof value === 'string' || isKind(value, 'markup'))],
  ['mapping', plain((_run, value) => isKind(value, 'dict'))],
  ['iterable', plain((_run, value) => isIterable(value))],
  ['sequence', plain((_run, value) => isSequence(value))],
  [
    'callable',
    plain(
      (_run, value) =>
        isKind(value, 'callable') ||
        isUndefined(value) ||
        (isKind(value, 'instance') && value.call !== undefined),
    ),
  ],
  ['lower', plain((run, value) => isCase(str(run, value), 'lower'))],
  ['upper', plain((run, value) => isCase(str(run, value), 'upper'))],
  ['escaped', plain((_run, value) => isKind(value, 'markup'))],
  ['odd', plain((run, value) => isEqual(run, remainder(run, value, 2), 1))],
  ['even', plain((run, value) => isEqual(run, remainder(run, value, 2), 0))],
  [
    'divisibleby',
    builtin('num', (run, value, [by]) => isEqual(run, remainder(run, value, by!), 0)),
  ],
  ['sameas', binary((_run, value, [other]) => isSame(value, other!))],
  ['in', builtin('seq', (run, value, [container]) => contains(run, container!, value))],
  ...(['==', 'eq', 'equalto'] as const).map((name) => [name, equal] as const),
  ...(['!=', 'ne'] as const).map((name) => [name, unequal] as const),
  ...(['>', 'gt', 'greaterthan'] as const).map((name) => [name, greater] as const),
  ...(['>=', 'ge'] as const).map((name) => [name, atLeast] as const),
  ...(['<', 'lt', 'lessthan'] as const).map((name) => [name, less] as const),
  ...(['<=', 'le'] as const).map((name) => [name, atMost] as const),
];

const known = (has: (run: Run, name: string) => boolean): Builtin =>
  plain((run, value) =>
    typeof value === 'string' ? has(run, value) : unsupported('a test for a name that is no text'),
  );

/** The tests of jinja2, by name: `value is name`. */
export const tests: ReadonlyMap<string, Builtin> = new Map([
  ...declared,
  ['filter', known(({ language }, name) => language.filters.has(name))] as const,
  ['test', known((_run, name) => tests.has(name))] as const,
]);

/** The test of a name. @throws JinjaError where jinja2 has none */
export function findTest(name: Value): Builtin {
  const test = typeof name === 'string' ? tests.get(name) : undefined;
  return test ?? fail(`No test named '${String(name)}'.`);
}
