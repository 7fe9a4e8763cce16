/** For each band and hash, the first row that had it: open addressing in typed arrays, which grow by doubling. */
export interface BandTable {
  /** The first row that had this hash in this band; -1 where it is the row itself, which is entered. */
  firstOf(band: number, high: number, low: number, row: number): number;
}

/** An empty table. It takes 24 to 48 bytes for each band of each row that is the first with its hash. */
export function createBandTable(bands: number): BandTable {
  const tables = Array.from({ length: bands }, createTable);
  return { firstOf: (band, high, low, row) => tables[band]!(high, low, row) };
}

function createTable(): (high: number, low: number, row: number) => number {
  let capacity = 1024;
  let used = 0;
  let entries = new Int32Array(capacity * 3);
  // A row's number is kept plus 1, so that 0 is an empty place.
  const place = (into: Int32Array, mask: number, high: number, low: number): number => {
    let at = low & mask;
    while (into[at * 3 + 2] !== 0 && (into[at * 3] !== high || into[at * 3 + 1] !== low))
      at = (at + 1) & mask;
    return at * 3;
  };
  const grow = (): void => {
    const larger = new Int32Array(capacity * 6);
    for (let from = 0; from < entries.length; from += 3) {
      if (entries[from + 2] === 0) continue;
      const at = place(larger, capacity * 2 - 1, entries[from]!, entries[from + 1]!);
      larger.set(entries.subarray(from, from + 3), at);
    }
    entries = larger;
    capacity *= 2;
  };
  return (high, low, row) => {
    const at = place(entries, capacity - 1, high, low);
    if (entries[at + 2] !== 0) return entries[at + 2]! - 1;
    entries[at] = high;
    entries[at + 1] = low;
    entries[at + 2] = row + 1;
    used += 1;
    if (used * 2 > capacity) grow();
    return -1;
  };
}
