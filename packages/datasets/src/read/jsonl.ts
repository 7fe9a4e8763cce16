import { TunesmithError } from '@tunesmith/schema';
import type { BadRow, Row } from './rows.ts';
import { textLines } from './text-lines.ts';

/**
 * The rows of a JSON Lines file: one JSON object a line; blank lines are skipped.
 *
 * A line that is not a JSON object comes as a {@link BadRow} whose error names file, line and
 * column (`malformed-row`), and reading goes on.
 */
export async function* readJsonLines(file: string): AsyncGenerator<Row | BadRow> {
  let index = 0;
  for await (const { text, line } of textLines(file)) {
    if (text.trim() === '') continue;
    yield parseRow(text, { file, line, index });
    index += 1;
  }
}

/** One JSON text as a row. */
export function parseRow(
  text: string,
  place: { file: string; line: number; index: number },
): Row | BadRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return { ...place, error: malformedRow(place, reason, text, cause) };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    return { ...place, error: malformedRow(place, `the row is ${kind}`, text) };
  }
  return { ...place, value: value as Record<string, unknown> };
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
    value: text,
    accepted: 'a JSON object, such as {"instruction": "…", "output": "…"}',
    ...(cause === undefined ? {} : { cause }),
  });
}
