import { readRecords } from '@tunesmith/datasets/node';
import { locate } from '../recipe/locate.ts';
import type { RecordReader } from './collect.ts';

/**
 * Reads data files whose paths are relative to a folder, or to the working folder.
 *
 * @param directory the folder
 */
export function recordsNear(directory: string): RecordReader {
  return async function* (path, options) {
    yield* readRecords(await locate(path, directory, 'the data file'), options);
  };
}
