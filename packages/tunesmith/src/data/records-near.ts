import { locateData } from '../recipe/locate-data.ts';
import type { RecordReader } from './collect.ts';
import { readPlace } from './read-place.ts';

/**
 * Reads data whose paths are relative to a folder, or to the working folder.
 *
 * @param directory the folder
 */
export function recordsNear(directory: string): RecordReader {
  return async function* (path, options) {
    yield* readPlace(await locateData(path, directory), options);
  };
}
