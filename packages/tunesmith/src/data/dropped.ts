import type { DroppedRecord } from '@tunesmith/datasets';

/** A record that a filter took out, as a line of JSON: step, reason, what the filter says besides, and the record. */
export function droppedLine(dropped: DroppedRecord): string {
  return `${JSON.stringify(dropped)}\n`;
}

/** All of them, as a file holds them. */
export function droppedLines(dropped: readonly DroppedRecord[]): string {
  return dropped.map(droppedLine).join('');
}
