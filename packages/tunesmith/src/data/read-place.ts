import { recordsOf, type ReadOptions } from '@tunesmith/datasets';
import { readRecords } from '@tunesmith/datasets/node';
import type { DataRecord } from '@tunesmith/schema';
import { hubPlace, isHubName } from './hub-place.ts';

/** The records of whatever names data: a file, a folder, a pattern, an address, rows of the hub, `-`. */
export function readPlace(path: string, options: ReadOptions = {}): AsyncGenerator<DataRecord> {
  if (!isHubName(path)) return readRecords(path, options);
  return recordsOf(hubPlace(path), options);
}
