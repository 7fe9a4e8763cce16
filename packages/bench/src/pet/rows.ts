import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTask, isHeldOut } from '@tunesmith/collection/node';
import type { AnnotatedRow } from '@tunesmith/datasets';
import { shuffled } from '@tunesmith/schema';

/** The task: which of eight sorts of thing a noun stands for, by the noun and its definition. */
const task = findTask('noun-topic');

/** The labels, as the rows write them. */
export const labels: readonly string[] = task.choices ?? [];

/** How many rows each file gets. */
export interface RowCounts {
  /** Rows with a label: the same number of each label as far as the number allows. */
  readonly labeled: readonly number[];
  readonly unlabeled: number;
  readonly heldOut: number;
}

/**
 * Writes `labeled-N.jsonl` for each N, the smaller ones part of the larger; `unlabeled.jsonl`, other rows with their answer taken
 * away; and `heldout.jsonl`, rows about words that no other file has.
 */
export function writeRows(
  folder: string,
  { labeled, unlabeled, heldOut }: RowCounts,
  seed: number,
): void {
  mkdirSync(folder, { recursive: true });
  const all = shuffled([...task.rows()], seed, 'rows of PET');
  const open = inTurns(all.filter(({ item }) => !isHeldOut(item)));
  const most = Math.max(...labeled);
  const write = (name: string, rows: readonly object[]): void =>
    writeFileSync(
      join(folder, `${name}.jsonl`),
      rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
    );
  for (const count of labeled) write(`labeled-${count}`, open.slice(0, count).map(instance));
  write(
    'unlabeled',
    open.slice(most, most + unlabeled).map((row) => ({ ...instance(row), output: '' })),
  );
  write(
    'heldout',
    inTurns(all.filter(({ item }) => isHeldOut(item)))
      .slice(0, heldOut)
      .map(instance),
  );
}

function instance({ fields }: AnnotatedRow): {
  instruction: string;
  input: string;
  output: string;
} {
  return { instruction: fields['word']!, input: fields['definition']!, output: fields.answer };
}

/** The rows with their labels taking turns, so that every beginning of the list is balanced. */
function inTurns(rows: readonly AnnotatedRow[]): readonly AnnotatedRow[] {
  const groups = labels.map((label) => rows.filter(({ fields }) => fields.answer === label));
  const most = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: most }, (_, i) =>
    groups.flatMap((group) => group.slice(i, i + 1)),
  ).flat();
}
