/** Tokens a row holds where no single item is longer: attention over longer rows costs more than it saves. */
const rowLength = 512;

/** Items that share one row, with where each begins. */
export interface PackedRow {
  /** Tokens taken up. */
  readonly filled: number;
  readonly items: readonly { readonly index: number; readonly start: number }[];
}

/**
 * Packs items into rows, longest first, each into the first row with room (first-fit decreasing). A row holds 512
 * tokens, or one longer item.
 *
 * @param lengths tokens of each item, above 0
 */
export function packRows(lengths: readonly number[]): PackedRow[] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]! || a - b);
  const rows: { filled: number; items: { index: number; start: number }[] }[] = [];
  // Rows before this one are full for every item still to come.
  let open = 0;
  const smallest = lengths.reduce(
    (least, length) => Math.min(least, length),
    Number.POSITIVE_INFINITY,
  );
  for (const index of order) {
    const length = lengths[index]!;
    while (open < rows.length && rows[open]!.filled + smallest > rowLength) open++;
    let row = rows.slice(open).find((one) => one.filled + length <= rowLength);
    if (!row) {
      row = { filled: 0, items: [] };
      rows.push(row);
    }
    row.items.push({ index, start: row.filled });
    row.filled += length;
  }
  return rows;
}
