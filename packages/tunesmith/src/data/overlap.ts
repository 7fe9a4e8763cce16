import { identityOf, textOf, type ReportRecorder } from '@tunesmith/datasets';
import { isTokenized, TunesmithError, type DataRecord, type Listed } from '@tunesmith/schema';
import type { CollectedData } from './collect.ts';
import { picked } from './lists.ts';

/** How far held-out data stands in the training data too. */
export interface Overlap {
  /** Held-out records. */
  heldOut: number;
  /** Those among them that stand in the training data with the same answer, white space apart. */
  same: number;
  /** Those whose prompt stands there with another answer. */
  samePrompt: number;
  /** Training rows left out because they are held out. */
  leftOut: number;
  /** Training rows that stayed although they are held out, because their entry says `keep_overlap`. */
  kept: number;
}

/**
 * Takes out of the training data what also stands in held-out data, so that what is measured was never seen; entries
 * with `keep_overlap` keep theirs. Everything is counted, and stands in the report.
 *
 * @param data training data; its list is left as it is
 * @param heldOut what is measured, by task
 * @throws TunesmithError `all-held-out` where nothing would be left to train on
 */
export function withoutOverlap(
  data: Pick<CollectedData, 'train' | 'mayOverlap'>,
  heldOut: ReadonlyMap<string, Listed<DataRecord>>,
  report: ReportRecorder,
): { train: Listed<DataRecord>; overlap: Overlap } {
  const overlap = { heldOut: 0, same: 0, samePrompt: 0, leftOut: 0, kept: 0 };
  // No record is held: training records are looked at once, those held out twice.
  const held = new Map<string, boolean>();
  const asked = new Map<string | undefined, boolean>();
  for (const record of differentOnes(heldOut.values())) {
    overlap.heldOut += 1;
    held.set(recordKey(record), false);
    asked.set(promptKey(record), false);
  }
  if (overlap.heldOut === 0) return { train: data.train, overlap };
  const staying = new Uint32Array(data.train.length);
  let count = 0;
  const leaving: string[] = [];
  let place = 0;
  for (const record of data.train) {
    const [key, prompt] = [recordKey(record), promptKey(record)];
    if (asked.has(prompt)) asked.set(prompt, true);
    const isHeld = held.has(key);
    if (isHeld) held.set(key, true);
    if (!isHeld || data.mayOverlap(place)) {
      staying[count++] = place;
      if (isHeld) overlap.kept += 1;
    } else leaving.push(record.id);
    place += 1;
  }
  overlap.leftOut = leaving.length;
  const train = leaving.length === 0 ? data.train : picked(data.train, staying.subarray(0, count));
  const same: string[] = [];
  const samePrompt: string[] = [];
  for (const record of differentOnes(heldOut.values())) {
    const prompt = promptKey(record);
    if (held.get(recordKey(record))!) same.push(record.id);
    else if (prompt !== undefined && asked.get(prompt)!) samePrompt.push(record.id);
  }
  overlap.same = same.length;
  overlap.samePrompt = samePrompt.length;
  if (same.length + samePrompt.length > 0) {
    const step = report.step(`training data against ${overlap.heldOut} held-out instances`);
    for (let kept = 0; kept < count; kept++) step.keep();
    for (const id of leaving) step.drop('also held out', id, 'held-out-in-training-data');
    const fate = overlap.kept > 0 ? ', and is trained on' : '';
    for (const id of same)
      step.note(
        `held-out instance that also stands in the training data${fate}`,
        id,
        'held-out-in-training-data',
      );
    for (const id of samePrompt)
      step.note(
        'held-out prompt that also stands in the training data, with another answer',
        id,
        'held-out-prompt-in-training-data',
      );
  }
  if (train.length === 0 && leaving.length > 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'all-held-out',
      message: `nothing is left to train on: all ${leaving.length} training rows also stand in the held-out data (${overlap.same} of ${overlap.heldOut} held-out instances)`,
      value: leaving.length,
      accepted:
        'held-out data of its own, or keep_overlap: true in the entry of data to train on it all the same',
    });
  }
  return { train, overlap };
}

/** Records of several lists; one that stands in two of them once. */
function* differentOnes(lists: Iterable<Listed<DataRecord>>): Generator<DataRecord> {
  const seen = new WeakSet<DataRecord>();
  for (const list of lists)
    for (const record of list) {
      if (seen.has(record)) continue;
      seen.add(record);
      yield record;
    }
}

function recordKey(record: DataRecord): string {
  return identityOf(record, 'spacing');
}

/** What is asked; undefined where nothing is, as in text that is learned from its beginning. */
function promptKey(record: DataRecord): string | undefined {
  const asks = isTokenized(record)
    ? record.labels.includes(-100)
    : textOf(record)?.prompt.trim() !== '';
  return asks ? identityOf(record, 'spacing', 'prompt') : undefined;
}
