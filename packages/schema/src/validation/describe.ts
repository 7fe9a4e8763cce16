import type { JSONSchema } from './json-schema.ts';

/** What a schema accepts, in words that end a sentence: `an integer of at least 1`. */
export function describeSchema(schema: JSONSchema): string {
  const choices = choicesOf(schema);
  if (choices) return `one of ${choices.map(showValue).join(', ')}`;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return [...new Set(branches.map(describeSchema))].join(', or ');
  if (schema.const !== undefined) return showValue(schema.const);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  if (types.length === 0) return 'any value';
  return types.map((type) => describeType(type, schema)).join(' or ');
}

/** The closed list of values a schema accepts, as an enum or a union of constants; undefined if it is not closed. */
export function choicesOf(schema: JSONSchema): readonly unknown[] | undefined {
  if (schema.enum) return schema.enum;
  const branches = schema.anyOf ?? schema.oneOf;
  return branches?.every((branch) => branch.const !== undefined)
    ? branches.map((branch) => branch.const)
    : undefined;
}

/**
 * A value as it stands in an error message: JSON, cut to a readable length. What JSON cannot say is named as in code:
 * `Infinity`, `NaN`, `-0`, `undefined`, `10n`.
 */
export function showValue(value: unknown): string {
  const text = show(value, []);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** `around` holds the objects that the value stands in, so that a circle ends. */
function show(value: unknown, around: readonly object[]): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (around.includes(value)) return '(circular)';
  if (around.length > 4) return '…';
  const inside = [...around, value];
  // More than fits into a message is not looked at.
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from({ length: Math.min(40, (value as unknown[]).length) }, (_, index) =>
      show((value as unknown[])[index], inside),
    );
    return `[${items.join(',')}]`;
  }
  const entries = Object.entries(value).slice(0, 40);
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${show(item, inside)}`).join(',')}}`;
}

function describeType(type: string, schema: JSONSchema): string {
  switch (type) {
    case 'integer':
      return `an integer${describeBounds(schema)}`;
    case 'number':
      return `a number${describeBounds(schema)}`;
    case 'string':
      if (schema.pattern !== undefined) return `a string matching ${String(schema.pattern)}`;
      return (schema.minLength ?? 0) > 0 ? 'a string that is not empty' : 'a string';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return describeArray(schema);
    case 'object':
      return describeObject(schema);
    default:
      return type;
  }
}

function describeBounds(schema: JSONSchema): string {
  const bounds: string[] = [];
  if (schema.minimum !== undefined) bounds.push(`of at least ${String(schema.minimum)}`);
  if (schema.exclusiveMinimum !== undefined)
    bounds.push(`above ${String(schema.exclusiveMinimum)}`);
  if (schema.maximum !== undefined) bounds.push(`at most ${String(schema.maximum)}`);
  if (schema.exclusiveMaximum !== undefined)
    bounds.push(`below ${String(schema.exclusiveMaximum)}`);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}

function describeArray(schema: JSONSchema): string {
  const { minItems, maxItems, items } = schema;
  const of =
    items && typeof items === 'object' && !Array.isArray(items)
      ? ` of ${describeSchema(items as JSONSchema)}`
      : '';
  if (minItems !== undefined && minItems === maxItems)
    return `a list of exactly ${minItems}${of && `, each ${of.slice(4)}`}`;
  if ((minItems ?? 0) > 0)
    return `a list with at least ${minItems} item${minItems === 1 ? '' : 's'}${of && `, each ${of.slice(4)}`}`;
  return of ? `a list, each item ${of.slice(4)}` : 'a list';
}

function describeObject(schema: JSONSchema): string {
  const required = schema.required ?? [];
  const keys = required.length > 0 ? required : Object.keys(schema.properties ?? {});
  return keys.length === 0
    ? 'an object'
    : `an object with ${required.length > 0 ? '' : 'any of '}${keys.join(', ')}`;
}
