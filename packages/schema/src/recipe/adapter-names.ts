/** Two adapters that cannot be told apart by their names, in words. */
export interface AdapterClash {
  /** Which one comes second, from 0. */
  readonly index: number;
  readonly message: string;
  /** Its name. */
  readonly value: string;
  readonly accepted: string;
}

/**
 * The first two adapters that were given one name. Names that differ only in letter case count as one: each becomes a folder, and on
 * some disks these are the same.
 */
export function clashingAdapters(
  adapters: readonly { readonly from: string; readonly name?: string | undefined }[],
): AdapterClash | undefined {
  for (const [index, { from, name }] of adapters.entries()) {
    if (name === undefined) continue;
    const other = adapters
      .slice(0, index)
      .find((earlier) => earlier.name?.toLowerCase() === name.toLowerCase());
    if (!other) continue;
    const places = `adapters ${other.from} and ${from}`;
    return {
      index,
      message:
        other.name === name
          ? `${places} are both named "${name}"`
          : `${places} are named "${other.name}" and "${name}", which is one folder on some disks`,
      value: name,
      accepted: 'names that differ in more than letter case',
    };
  }
  return undefined;
}
