import { statSync } from 'node:fs';
import type { DataFile } from '../../read/data-file.ts';
import type { DataPlace } from '../../read/read-records.ts';
import { addressFile } from './address.ts';
import { fileAt } from './file-at.ts';
import { globPlace, folderPlace, isGlob } from './folder.ts';
import { standardInput } from './standard-input.ts';

/** Whether a text is the address of a file that a server has. */
export function isAddress(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** Whether data is not in one file of this machine, but in several, behind an address, or in the standard input. */
export function isPlace(path: string): boolean {
  if (path === '-' || isAddress(path)) return true;
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() ?? isGlob(path);
}

/**
 * Where rows are, as people name it: a file; a folder, of which every data file is read; a pattern such as `data/*.jsonl` or
 * `data/**`; the address of a file; `-`, the standard input.
 *
 * The files' reading throws what reading a file throws; finding them `no-data-files`.
 */
export function placeOf(path: string): DataPlace {
  if (path === '-') return one(standardInput());
  if (isAddress(path)) return one(addressFile(path));
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return folderPlace(path);
  if (found === undefined && isGlob(path)) return globPlace(path);
  return one(fileAt(path));
}

function one(file: DataFile): DataPlace {
  return { name: file.name, files: async () => ({ files: [file] }) };
}
