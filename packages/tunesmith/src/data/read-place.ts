import { recordsOf, type DataPlace, type ReadOptions } from '@tunesmith/datasets';
import { isPlace, placeOf, readRecords } from '@tunesmith/datasets/node';
import type { DataRecord } from '@tunesmith/schema';
import { hubPlace, isHubName } from './hub-place.ts';

/** The records of whatever names data: a file, a folder, a pattern, an address, rows of the hub, `-`. */
export function readPlace(path: string, options: ReadOptions = {}): AsyncGenerator<DataRecord> {
  if (!isHubName(path)) return readRecords(path, options);
  return recordsOf(hubPlace(path), options);
}

/** The place itself; undefined for a plain file. */
export function openPlace(path: string): DataPlace | undefined {
  if (isHubName(path)) return hubPlace(path);
  return isPlace(path) ? placeOf(path) : undefined;
}
