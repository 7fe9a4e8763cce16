import type { ErrorObject } from 'ajv';
import { nearest } from '../errors/nearest.ts';
import { choicesOf, describeSchema, showValue } from './describe.ts';
import type { JSONSchema } from './json-schema.ts';

/** One thing wrong with a value. */
export interface Problem {
  /** What sort of problem, where that matters to a program. */
  kind?: 'unknown key' | 'missing';
  /** Where: keys and indices from the root. */
  path: readonly string[];
  /** What is wrong, with the path and the value in it. */
  message: string;
  value: unknown;
  accepted?: string | readonly string[];
  nearest?: string;
}

/**
 * Turns ajv's flat list of errors into problems a person can act on.
 *
 * A failed union makes ajv report each branch; here only the branch that the value comes closest to speaks, and if the
 * value is not even of any branch's type, one problem names all of them.
 *
 * @param written where a path of the value stands as a person wrote it
 */
export function problemsFrom(
  errors: readonly ErrorObject[],
  root: JSONSchema,
  written: (path: string[]) => string[] = (path) => path,
): Problem[] {
  const all = settleUnions(errors).map((error) => problemFrom(error, root, written));
  // What was written once may have been checked as several.
  const messages = all.map(({ message }) => message);
  const problems = all.filter(({ message }, index) => messages.indexOf(message) === index);
  const meant = new Set(
    problems.flatMap(({ kind, path, nearest }) =>
      kind === 'unknown key' ? [pointer([...path.slice(0, -1), nearest ?? ''])] : [],
    ),
  );
  // A misspelt required key is one mistake: the unknown key speaks, the missing one does not.
  const told = problems.filter(({ kind, path }) => kind !== 'missing' || !meant.has(pointer(path)));
  return told.sort((a, b) => rank(a) - rank(b));
}

/** A JSON pointer as people write it: `/data/0/path` becomes `data[0].path`. */
export function dottedPath(path: readonly string[]): string {
  return path
    .map((key, index) => (/^\d+$/.test(key) ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
}

function rank(problem: Problem): number {
  return problem.kind === 'unknown key' ? 0 : 1;
}

function pointer(path: readonly string[]): string {
  return path.join('/');
}

function settleUnions(errors: readonly ErrorObject[]): ErrorObject[] {
  // ajv lists a union's branch errors before the union's own; the outermost union has the shortest schema path.
  const union = errors
    .filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf')
    .sort((a, b) => a.schemaPath.length - b.schemaPath.length)[0];
  if (!union) return [...errors];
  const prefix = `${union.schemaPath}/`;
  const within = (error: ErrorObject) =>
    error.schemaPath.startsWith(prefix) && error.instancePath.startsWith(union.instancePath);
  const outside = errors.filter((error) => error !== union && !within(error));
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors.filter(within)) {
    const branch = error.schemaPath.slice(prefix.length).split('/')[0] ?? '';
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  const [best, second] = [...branches.values()].sort(
    (a, b) => distance(a, union) - distance(b, union),
  );
  const undecided =
    !best ||
    distance(best, union) >= wrongKind ||
    (second && distance(second, union) === distance(best, union));
  const settled = undecided ? [union] : settleUnions(best);
  return [...settled, ...settleUnions(outside)];
}

const wrongKind = 1_000_000;

/** A key of a branch that takes one value alone, and not one among others: `/3/properties/job/const`. */
const isTag = /^\/\d+\/properties\/[^/]+\/const$/;

/** How far a value is from one branch of a union: a wrong type or tag is much further than a wrong field. */
function distance(branch: readonly ErrorObject[], union: ErrorObject): number {
  let total = 0;
  for (const error of branch) {
    const here = error.instancePath === union.instancePath;
    const depth = error.instancePath.slice(union.instancePath.length).split('/').length - 1;
    if (here && (error.keyword === 'type' || error.keyword === 'const' || error.keyword === 'enum'))
      total += wrongKind;
    else if (depth === 1 && isTag.test(error.schemaPath.slice(union.schemaPath.length)))
      total += 10_000;
    else if (here && error.keyword === 'required') total += 100;
    else total += 1;
  }
  return total;
}

function problemFrom(
  error: ErrorObject,
  root: JSONSchema,
  written: (path: string[]) => string[],
): Problem {
  const path = written(error.instancePath.split('/').slice(1).map(unescapePointer));
  const schema = (error.parentSchema ?? {}) as JSONSchema;
  const where = dottedPath(path) || 'the value';
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties' || error.keyword === 'unevaluatedProperties') {
    const key = String(params['additionalProperty'] ?? params['unevaluatedProperty']);
    return unknownKey(key, path, schema, root, error.data);
  }
  if (error.keyword === 'required') {
    const key = String(params['missingProperty']);
    const expected = schema.properties?.[key];
    return {
      kind: 'missing',
      path: [...path, key],
      message: `${dottedPath([...path, key])} is missing`,
      value: undefined,
      ...(expected ? { accepted: describeSchema(expected) } : {}),
    };
  }
  const names = (choicesOf(schema) ?? []).filter(
    (value): value is string => typeof value === 'string',
  );
  const close = typeof error.data === 'string' ? nearest(error.data, names) : undefined;
  return {
    path,
    message: `${where} is ${showValue(error.data)}`,
    value: error.data,
    accepted: describeSchema(schema),
    ...(close === undefined ? {} : { nearest: close }),
  };
}

function unknownKey(
  key: string,
  path: string[],
  schema: JSONSchema,
  root: JSONSchema,
  data: unknown,
): Problem {
  const names = Object.keys(schema.properties ?? {});
  const close = nearest(key, names) ?? elsewhere(key, root);
  return {
    kind: 'unknown key',
    path: [...path, key],
    message: `"${dottedPath([...path, key])}" is not a known key`,
    value: (data as Record<string, unknown> | undefined)?.[key],
    accepted: names,
    ...(close === undefined ? {} : { nearest: close }),
  };
}

/** The full path of a key of this name anywhere in the schema: it was written at the wrong depth. */
function elsewhere(key: string, schema: JSONSchema, path: string[] = []): string | undefined {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (name === key) return dottedPath([...path, name]);
    const deeper = elsewhere(key, property, [...path, name]);
    if (deeper !== undefined) return deeper;
  }
  for (const branch of schema.anyOf ?? []) {
    const deeper = elsewhere(key, branch, path);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
