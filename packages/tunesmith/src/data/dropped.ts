import type { DroppedRecord, PassedRow } from '@tunesmith/datasets';
import type { FileContent } from '@tunesmith/schema';

/** A record that a filter took out, as a line of JSON: step, reason, what the filter says besides, and the record. */
export function droppedLine(dropped: DroppedRecord): string {
  return `${JSON.stringify(dropped)}\n`;
}

/** Lines as the content of a file, some thousand at a time. */
export function contentOf(lines: Iterable<string>): FileContent {
  return async (write) => {
    const encoder = new TextEncoder();
    let some: string[] = [];
    for (const line of lines) {
      if (some.push(line) < 1000) continue;
      await write(encoder.encode(some.join('')));
      some = [];
    }
    await write(encoder.encode(some.join('')));
  };
}

/** A line for each record that filters took out. */
export function* droppedLines(dropped: Iterable<DroppedRecord>): Generator<string> {
  for (const one of dropped) yield droppedLine(one);
}

/** A row that could not be read, as a line of JSON: file, line, a stable code, what is wrong, and the row as it stands there. */
export function quarantinedLine({ file, line, error, row }: PassedRow): string {
  const { code, problems } = error;
  return `${JSON.stringify({ file, line, code, problems, ...(row === undefined ? {} : { row }) })}\n`;
}
