import type { Language } from './language.ts';
import type { Meter } from './limits.ts';

/** A Python float. Python tells 1.0 from 1; JavaScript numbers are this interpreter's integers. */
export interface Float {
  readonly kind: 'float';
  readonly value: number;
}

/** A Python list. A sandboxed language takes the methods that change one away. */
export interface List {
  readonly kind: 'list';
  readonly items: Value[];
}

/** A Python tuple, or a named one (`groupby`). */
export interface Tuple {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
  readonly fields?: readonly string[];
}

/** What a dictionary looks a key up by: 1, 1.0 and True are one key. */
export type Key = string | number | null;

/** A Python dictionary in insertion order. */
export interface Dict {
  readonly kind: 'dict';
  readonly entries: Map<Key, readonly [Value, Value]>;
}

/** `dict.keys()`, `dict.values()` or `dict.items()`. */
export interface View {
  readonly kind: 'view';
  readonly of: 'keys' | 'values' | 'items';
  readonly dict: Dict;
}

/** A Python range. */
export interface Range {
  readonly kind: 'range';
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly length: number;
}

/** What can be read once: `map`, `select`, `reverse` and others give these. */
export interface Once {
  readonly kind: 'once';
  readonly iterator: Iterator<Value>;
}

/** What stands where a name or an attribute is missing: prints nothing, and using it is an error. */
export interface Undefined {
  readonly kind: 'undefined';
  readonly message: string;
  /** Printing it, looping over it and asking for its truth are errors too. */
  readonly strict: boolean;
}

/** `namespace(…)`: the one thing whose attributes a template may set. */
export interface Namespace {
  readonly kind: 'namespace';
  readonly attributes: Map<string, Value>;
}

/** Text marked as safe HTML (`safe`, `escape`). It prints, repeats and joins; what else it does to other text is not supported. */
export interface Markup {
  readonly kind: 'markup';
  readonly text: string;
}

/** Positional and named arguments of a call. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** A macro, a method or a function. */
export interface Callable {
  readonly kind: 'callable';
  readonly name: string;
  readonly call: (run: Run, args: Arguments) => Value;
  /** What `str()` of it gives; absent where Python would print an address. */
  readonly printed?: string;
  readonly attributes?: (name: string) => Value | undefined;
}

/** An object with attributes alone: `loop`, `cycler(…)`. */
export interface Instance {
  readonly kind: 'instance';
  readonly name: string;
  readonly attribute: (name: string) => Value | undefined;
  readonly call?: (run: Run, args: Arguments) => Value;
  readonly length?: () => number;
  readonly printed?: () => string;
}

/** A value of a template, with Python's meaning. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Float
  | List
  | Tuple
  | Dict
  | View
  | Range
  | Once
  | Undefined
  | Namespace
  | Markup
  | Callable
  | Instance;

/** What belongs to one rendering. */
export interface Run {
  readonly language: Language;
  readonly meter: Meter;
  /** What `choice` and `random` take for chance: numbers from 0 up to 1. */
  readonly random: () => number;
  /** The line of the statement that runs, for messages. */
  line: number;
  /** What `strftime_now` takes for now. */
  readonly now: Date;
  /** What is printed around `{% generation %}` blocks. */
  readonly marks: readonly [string, string];
}

/** A float. */
export function float(value: number): Float {
  return { kind: 'float', value };
}

/** A list. */
export function list(items: Value[]): List {
  return { kind: 'list', items };
}

/** A tuple. */
export function tuple(items: readonly Value[]): Tuple {
  return { kind: 'tuple', items };
}

/** An undefined value of a language; the message tells what is missing. */
export function undefinedValue(
  { strictUndefined }: Pick<Language, 'strictUndefined'>,
  message: string,
): Undefined {
  return { kind: 'undefined', message, strict: strictUndefined };
}

/** Something that can be read once. */
export function once(items: Iterable<Value>): Once {
  return { kind: 'once', iterator: items[Symbol.iterator]() };
}

/** A function that templates can call. */
export function callable(name: string, call: Callable['call']): Callable {
  return { kind: 'callable', name, call };
}

/** Whether a value is undefined. */
export function isUndefined(value: Value): value is Undefined {
  return typeof value === 'object' && value !== null && value.kind === 'undefined';
}

/** Whether a value is of one of the kinds that are objects. */
export function isKind<K extends Exclude<Value, null | boolean | number | string>['kind']>(
  value: Value,
  kind: K,
): value is Extract<Value, { kind: K }> {
  return typeof value === 'object' && value !== null && value.kind === kind;
}

/** The name of a value's Python type, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'string') return 'str';
  if (value.kind === 'undefined') return 'Undefined';
  if (value.kind === 'namespace') return 'Namespace';
  if (value.kind === 'once') return 'generator';
  if (value.kind === 'view') return `dict_${value.of}`;
  if (value.kind === 'callable' || value.kind === 'instance') return value.name;
  return value.kind;
}
