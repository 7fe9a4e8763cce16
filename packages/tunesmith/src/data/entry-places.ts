import type { ReportRecorder } from '@tunesmith/datasets';
import {
  stableFraction,
  type DataEntry,
  type DataRecord,
  type GrowingList,
  type Listed,
} from '@tunesmith/schema';
import { checkRows } from '../memory.ts';
import { entryName } from './entry-records.ts';
import { picked } from './lists.ts';
import { shown } from './templated.ts';

/** Places in a list: from one up to another, which is not among them. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where an entry's records stand; those that are shown behind solved examples are put at the end. */
export function shownIn(
  records: GrowingList<DataRecord>,
  own: Range,
  entry: DataEntry,
  seed: number,
): Range {
  const asked = shown(picked(records, placesIn(own)), entry, seed);
  if (!asked) return own;
  const start = records.length;
  for (const record of asked) records.push(record);
  return { start, end: records.length };
}

function placesIn({ start, end }: Range): Uint32Array {
  return Uint32Array.from({ length: end - start }, (_, index) => start + index);
}

/** The places of an entry's records, each `weight` times; of a fraction, of the rows that the seed picks. */
export function weigh(
  records: Listed<DataRecord>,
  range: Range,
  { entry, salt }: { readonly entry: DataEntry; readonly salt: string },
  report: ReportRecorder,
): ArrayLike<number> {
  if (entry.weight === 1) return placesIn(range);
  const count = range.end - range.start;
  const what = `weight ${entry.weight} × ${count} rows of ${entryName(entry)}`;
  checkRows(what, count * entry.weight);
  const step = report.step(`weight ${entry.weight} of ${entryName(entry)}`);
  const whole = Math.floor(entry.weight);
  const used: number[] = [];
  for (let place = range.start; place < range.end; place++) {
    const { id } = records.at(place)!;
    const times = whole + (stableFraction(id, `${salt} weight`) < entry.weight - whole ? 1 : 0);
    if (times === 0) step.drop('not drawn', id);
    else step.keep();
    for (let time = 0; time < times; time++) used.push(place);
  }
  return used;
}
