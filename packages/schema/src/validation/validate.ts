import { Ajv2020, type SchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { TunesmithError } from '../errors/tunesmith-error.ts';
import type { JSONSchema } from './json-schema.ts';
import { problemsFrom, type Problem } from './problems.ts';

/** Who validates, what, and where it was read. */
export interface ValidationContext {
  /** The package whose name stands in the error. */
  package: string;
  /** What the value is, in a word or two: `recipe`. The error's code is `invalid-<what>`. */
  what: string;
  /** The file the value was read from. */
  file?: string;
  /** Its line there, counted from 1; a function finds the line of a path inside the value. */
  line?: number | ((path: readonly string[]) => number | undefined);
}

let ajv: Ajv2020 | undefined;
const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Checks `value` against a JSON Schema (draft 2020-12) and returns it, typed and unchanged: no defaults, no coercion.
 *
 * @throws TunesmithError `invalid-<what>`: names file and line, path, value, what is accepted and the nearest valid key;
 * every problem is listed, the first one leads.
 */
export function validate<T>(schema: JSONSchema, value: unknown, context: ValidationContext): T {
  const problems = findProblems(schema, value);
  if (problems.length === 0) return value as T;
  throw invalid(problems, context);
}

/**
 * Every problem of `value` against a JSON Schema; empty if it is valid.
 *
 * @param written where a path of the value stands as a person wrote it, if that is elsewhere
 */
export function findProblems(
  schema: JSONSchema,
  value: unknown,
  written?: (path: string[]) => string[],
): Problem[] {
  const check = compile(schema);
  return check(value) ? [] : problemsFrom(check.errors ?? [], schema, written);
}

/** Whether `value` fits a JSON Schema. */
export function fits(schema: JSONSchema, value: unknown): boolean {
  return compile(schema)(value);
}

function compile(schema: JSONSchema): ValidateFunction {
  let check = compiled.get(schema);
  if (!check) {
    ajv ??= new Ajv2020({
      allErrors: true,
      verbose: true,
      strict: true,
      allowUnionTypes: true,
      // Optimizing the code of a check takes longer than the check ever does.
      code: { optimize: false },
      addUsedSchema: false,
      // Lengths in UTF-16 units: schemas here ask only whether a text is empty, and counting code points of long ones is slow.
      unicode: false,
      // ajv would call that deprecated on standard error, in every process.
      logger: false,
    });
    check = ajv.compile(schema as SchemaObject);
    compiled.set(schema, check);
  }
  return check;
}

/** The error that {@link validate} throws, for problems found by other means. */
export function invalid(problems: readonly Problem[], context: ValidationContext): TunesmithError {
  const [first, ...rest] = problems;
  if (!first) throw new RangeError('an error needs at least one problem');
  return new TunesmithError({
    package: context.package,
    code: `invalid-${context.what.replaceAll(' ', '-')}`,
    message: place(first, context) + first.message,
    value: first.value,
    problems: [
      place(first, context) + first.message,
      ...rest.map((problem) => place(problem, context, true) + inFull(problem)),
    ],
    ...(first.accepted === undefined ? {} : { accepted: first.accepted }),
    ...(first.nearest === undefined ? {} : { nearest: first.nearest }),
  });
}

function place(problem: Problem, context: ValidationContext, short = false): string {
  const line = typeof context.line === 'function' ? context.line(problem.path) : context.line;
  const at =
    context.file === undefined
      ? line === undefined
        ? ''
        : `line ${line}`
      : line === undefined
        ? context.file
        : `${context.file}:${line}`;
  if (short) return line === undefined || typeof context.line === 'number' ? '' : `line ${line}: `;
  return at === '' ? `${context.what}: ` : `${at}: ${context.what}: `;
}

function inFull(problem: Problem): string {
  const accepted =
    typeof problem.accepted === 'string' ? problem.accepted : problem.accepted?.join(', ');
  return [
    problem.message,
    problem.nearest && `nearest: "${problem.nearest}"`,
    accepted && `accepted: ${accepted}`,
  ]
    .filter(Boolean)
    .join('; ');
}
