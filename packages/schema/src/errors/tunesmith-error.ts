import { printable } from '../text/printable.ts';

/** What a {@link TunesmithError} is built from. */
export interface TunesmithErrorDetails {
  /** The package that noticed, as published: `@tunesmith/lora`. */
  package: string;
  /** A stable name for this kind of error, for programs: `unknown-name`. */
  code: string;
  /** One sentence with the offending value in it, without a full stop. */
  message: string;
  /** The offending value itself. */
  value?: unknown;
  /** What would have been accepted: a rule in words, or the list of valid names. */
  accepted?: string | readonly string[];
  /** The valid name closest to the one given. */
  nearest?: string;
  /** `input`: whoever called can fix it (exit code 2). `failure`: the work itself failed (exit code 1). */
  kind?: 'input' | 'failure';
  /** Every problem found, where one value has several. The message leads with the first. */
  problems?: readonly string[];
  /** The error underneath. */
  cause?: unknown;
}

const marker = Symbol.for('tunesmith.error');
const longestList = 40;

/**
 * The one error class of Tunesmith: a stable `code`, the package, the offending value and what would be accepted.
 *
 * The message reads `[@tunesmith/lora] target "q_porj" matches no linear map; nearest: "q_proj"; accepted: …`.
 * Control characters of values in it are shown as escapes.
 *
 * Two copies of this package on one machine recognize each other's errors through {@link TunesmithError.is}.
 */
export class TunesmithError extends Error {
  readonly package: string;
  readonly code: string;
  readonly value: unknown;
  readonly accepted: string | readonly string[] | undefined;
  readonly nearest: string | undefined;
  readonly kind: 'input' | 'failure';
  readonly problems: readonly string[];

  constructor(details: TunesmithErrorDetails) {
    super(
      composeMessage(details),
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = 'TunesmithError';
    this.package = details.package;
    this.code = details.code;
    this.value = details.value;
    this.accepted = details.accepted;
    this.nearest = details.nearest;
    this.kind = details.kind ?? 'input';
    this.problems = (details.problems ?? [details.message]).map(printable);
    Object.defineProperty(this, marker, { value: true });
  }

  /** Whether `error` is a TunesmithError, made by this copy of the package or by another one. */
  static is(error: unknown): error is TunesmithError {
    return error instanceof Error && (error as { [marker]?: unknown })[marker] === true;
  }
}

function composeMessage(details: TunesmithErrorDetails): string {
  const parts = [`[${details.package}] ${details.message}`];
  if (details.nearest !== undefined) parts.push(`nearest: "${details.nearest}"`);
  if (details.accepted !== undefined) parts.push(`accepted: ${listNames(details.accepted)}`);
  const others = (details.problems ?? []).slice(1).map((problem) => `\n  also: ${problem}`);
  return printable(parts.join('; ') + others.join(''));
}

function listNames(accepted: string | readonly string[]): string {
  if (typeof accepted === 'string') return accepted;
  if (accepted.length === 0) return 'nothing (none exist)';
  const rest = accepted.length - longestList;
  return accepted.slice(0, longestList).join(', ') + (rest > 0 ? `, and ${rest} more` : '');
}
