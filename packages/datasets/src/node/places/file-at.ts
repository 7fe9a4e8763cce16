import { basename, dirname } from 'node:path';
import { nodeFiles } from '@tunesmith/schema/node';
import { dataFile, type DataFile } from '../../read/data-file.ts';
import { nodeUnpacking } from '../unpacking.ts';

/** A file of this machine. */
export function fileAt(path: string): DataFile {
  return dataFile(nodeFiles(dirname(path)), basename(path), nodeUnpacking);
}
