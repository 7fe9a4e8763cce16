import { TunesmithError } from '@tunesmith/schema';
import { largeInteger } from '../layouts/parts/plain-value.ts';
import { duplicateKeys } from './duplicate-keys.ts';
import { withLargeIntegersAsText } from './large-integers.ts';
import type { BadRow, SourceRow, RowNote } from './rows.ts';
import type { DataFile } from './data-file.ts';
import { textLines, tooLong, type JoinedText } from './text-lines.ts';

/**
 * The rows of a JSON Lines file: one JSON object a line; blank lines are skipped.
 *
 * A line that is not a JSON object comes as a {@link BadRow} whose error names file and line (`malformed-row`), and
 * reading goes on.
 */
export async function* readJsonLines(file: DataFile): AsyncGenerator<SourceRow | BadRow> {
  let index = 0;
  for await (const one of textLines(file)) {
    if (one.text.trim() === '') continue;
    yield parseRow(one, { file: file.name, line: one.line, index });
    index += 1;
  }
}

/** One JSON text as a row, with what is odd about it. */
export function parseRow(
  joined: JoinedText,
  place: { file: string; line: number; index: number },
): SourceRow | BadRow {
  const long = tooLong(joined, place);
  const text = joined.text.trim();
  if (long) return { ...place, error: long, text };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = `line ${place.line} is not JSON: ${reasonOf(text, cause)}`;
    return { ...place, error: malformedRow(place, message, text, cause), text };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    return { ...place, error: malformedRow(place, `the row is ${kind}`, text), text };
  }
  const exact = withLargeIntegersAsText(text);
  if (exact !== undefined) value = JSON.parse(exact);
  const notes = [
    ...(exact === undefined ? [] : [largeInteger]),
    ...duplicateKeys(text, value).map((key) => ({
      code: 'duplicate-key',
      reason: `key ${JSON.stringify(key)} stands twice; the last one counts`,
    })),
    ...replacedCharacters([text]),
    ...loneSurrogates(text),
  ];
  return {
    value: value as Record<string, unknown>,
    ...place,
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** A note where a text holds U+FFFD, which stands in the place of bytes that an earlier program could not read. */
export function replacedCharacters(texts: readonly string[]): RowNote[] {
  const found = texts.some(
    (text) => text.includes('\ufffd') || text.includes('\\ufffd') || text.includes('\\uFFFD'),
  );
  return found
    ? [
        {
          code: 'replaced-characters',
          reason: 'characters were lost before: the text holds U+FFFD, the replacement character',
        },
      ]
    : [];
}

/** An escaped backslash, a surrogate pair, or half of one alone, as JSON escapes them. */
const surrogates =
  /\\\\|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[dD][89a-fA-F][\da-fA-F]{2}/g;

/** A note where an escape like `\ud800` stands without its other half: no encoding has it, and it is read as U+FFFD. */
function loneSurrogates(text: string): RowNote[] {
  const isLone = text
    .match(surrogates)
    ?.some((found) => found.length === String.raw`\ud800`.length);
  if (!isLone) return [];
  const reason = String.raw`characters were lost before: the text holds half of a surrogate pair, such as \ud800 alone`;
  return [{ code: 'replaced-characters', reason }];
}

/** What is wrong, for the faults that are seen most; else what the parser says. */
function reasonOf(text: string, cause: unknown): string {
  const trimmed = text.trim();
  if (isJson(trimmed.replace(/,$/, '')))
    return 'a comma follows it; rows are separated by line breaks alone';
  if (/\}\s*\{/.test(trimmed) && isJson(`[${trimmed.replaceAll(/\}\s*\{/g, '},{')}]`))
    return 'several objects stand in one line';
  const word = /[:[,]\s*(-?(?:NaN|Infinity)|None|True|False)\b/.exec(trimmed)?.[1];
  const said = cause instanceof Error ? cause.message : String(cause);
  return word === undefined ? said : `${said} (${word} is no JSON value)`;
}

/** Whether a text is one JSON value. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function malformedRow(
  { file, line }: { file: string; line: number },
  reason: string,
  text: string,
  cause?: unknown,
): TunesmithError {
  const shown = text.length > 80 ? `${text.slice(0, 77)}…` : text;
  return new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'malformed-row',
    message: `${file}:${line}: ${reason}, in ${shown}`,
    value: shown,
    accepted: 'a JSON object, such as {"instruction": "…", "output": "…"}',
    ...(cause === undefined ? {} : { cause }),
  });
}
