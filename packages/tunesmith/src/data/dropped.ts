import type { DroppedRecord, PassedRow } from '@tunesmith/datasets';

/** A record that a filter took out, as a line of JSON: step, reason, what the filter says besides, and the record. */
export function droppedLine(dropped: DroppedRecord): string {
  return `${JSON.stringify(dropped)}\n`;
}

/** All of them, as a file holds them. */
export function droppedLines(dropped: readonly DroppedRecord[]): string {
  return dropped.map(droppedLine).join('');
}

/** A row that could not be read, as a line of JSON: file, line, a stable code, what is wrong, and the row as it stands there. */
export function quarantinedLine({ file, line, error, row }: PassedRow): string {
  const { code, problems } = error;
  return `${JSON.stringify({ file, line, code, problems, ...(row === undefined ? {} : { row }) })}\n`;
}
