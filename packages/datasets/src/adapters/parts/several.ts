/** The id of one of several records of a row: the row's own where it has one alone, else with its number after it. */
export function numberedId(id: string, index: number, count: number): string {
  return count === 1 ? id : `${id}/${index + 1}`;
}

/** The id of a row that `later`, the next one of several records, is added to; undefined where it belongs to another row. */
export function joinedId(earlier: unknown, held: number, later: unknown): string | undefined {
  const [base, number] = partsOf(later);
  if (base === undefined || number !== held + 1) return undefined;
  const [first, firstNumber] = partsOf(earlier);
  const isFirst = held === 1 && first === base && firstNumber === 1;
  return isFirst || earlier === base ? base : undefined;
}

function partsOf(id: unknown): [string | undefined, number] {
  const parts = typeof id === 'string' ? /^(.+)\/(\d+)$/.exec(id) : null;
  return parts ? [parts[1]!, Number(parts[2])] : [undefined, 0];
}

/** Whether two rows say the same in all columns but some. */
export function alikeBut(
  one: Readonly<Record<string, unknown>>,
  other: Readonly<Record<string, unknown>>,
  columns: readonly string[],
): boolean {
  const rest = (row: Readonly<Record<string, unknown>>) =>
    JSON.stringify(Object.entries(row).filter(([key]) => !columns.includes(key)));
  return rest(one) === rest(other);
}
