import {
  groupedShares,
  mix,
  mixturePresets,
  type MixtureRule,
  type ReportRecorder,
} from '@tunesmith/datasets';
import { permutation, type DataEntry, type Mixing } from '@tunesmith/schema';
import { checkRows } from '../memory.ts';

/** The places of an entry's training rows among all records, its weight counted in. */
export interface EntryRows {
  readonly entry: DataEntry;
  readonly rows: ArrayLike<number>;
}

/** The places of all entries' rows, one entry after the other. */
export function joined(entries: readonly EntryRows[]): Uint32Array {
  const all = new Uint32Array(entries.reduce((sum, { rows }) => sum + rows.length, 0));
  let at = 0;
  for (const { rows } of entries) {
    all.set(rows, at);
    at += rows.length;
  }
  return all;
}

/**
 * The places of the rows of an epoch drawn from the entries by their shares of the mixture. Each entry's rows come in an order by the seed; one that
 * is used up begins anew in another. The report tells how often each entry was drawn from.
 *
 * @throws TunesmithError `invalid-mixture`, `too-large`
 */
export async function mixed(
  entries: readonly EntryRows[],
  { preset, rows, ...own }: Mixing,
  seed: number,
  report: ReportRecorder,
): Promise<Uint32Array> {
  const rule = { ...(preset === undefined ? {} : mixturePresets[preset]), ...own } as MixtureRule;
  const names = entries.map(({ entry }, index) => nameOf(entry, index));
  const shares = groupedShares(
    entries.map(({ entry, rows: all }, index) => ({
      name: names[index]!,
      size: all.length,
      group: entry.group ?? '',
    })),
    rule,
  );
  const wanted = rows ?? entries.reduce((sum, { rows: all }) => sum + all.length, 0);
  checkRows(`a mixture of ${wanted} rows`, wanted);
  const sources = entries.map(({ rows: all }, index) => ({
    name: names[index]!,
    share: shares.get(names[index]!)!,
    *open(round: number) {
      for (const at of permutation(all.length, seed, `mixture ${index} ${round}`))
        yield { place: all[at]!, index };
    },
  }));
  const places = new Uint32Array(wanted);
  let count = 0;
  const drawn = entries.map(() => 0);
  for await (const { place, index } of mix(sources, { seed, until: 'repeat' })) {
    places[count++] = place;
    drawn[index]! += 1;
    if (count === wanted) break;
  }
  for (const [index, count] of drawn.entries()) {
    const step = report.step(
      `mixture: ${names[index]}, share ${shares.get(names[index]!)!.toFixed(4)}`,
    );
    for (let row = 0; row < count; row++) step.keep();
  }
  return places;
}

function nameOf(entry: DataEntry, index: number): string {
  const base =
    'path' in entry
      ? entry.path
      : typeof entry.source === 'string'
        ? entry.source
        : entry.source.name;
  return `${index + 1} ${base}`;
}
