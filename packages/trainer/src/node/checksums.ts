import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSha256 } from '@tunesmith/schema';

/** The file of checksums, as `sha256sum -c SHA256SUMS` reads it: 64 digits, two spaces, a file's name. */
export const checksumFile = 'SHA256SUMS';

/** Writes the checksum of every file in a folder, as it stands on the disk. */
export async function writeChecksums(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name !== checksumFile).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await fileDigest(join(folder, name))}  ${name}\n`);
  await writeFile(join(folder, checksumFile), lines.join(''));
}

/**
 * Holds a folder's files to their checksums.
 *
 * @returns what is wrong with the first file that is not as it was written, or undefined where all is well
 */
export async function findDamage(folder: string): Promise<string | undefined> {
  const text = await readFile(join(folder, checksumFile), 'utf8').catch(() => undefined);
  if (text === undefined) return `${checksumFile} is missing`;
  const lines = text.split('\n').slice(0, -1);
  if (lines.length === 0 || !text.endsWith('\n')) return `${checksumFile} is cut off`;
  for (const line of lines) {
    const [, expected, name] = /^([0-9a-f]{64}) {2}([\w.-]+)$/.exec(line) ?? [];
    if (expected === undefined || name === undefined) return `${checksumFile} is not readable`;
    const found = await fileDigest(join(folder, name)).catch(() => undefined);
    if (found === undefined) return `${name} cannot be read`;
    if (found !== expected) return `${name} is not as it was written: its checksum differs`;
  }
  return undefined;
}

/** SHA-256 of a file's bytes, which are read a piece at a time. */
export async function fileDigest(path: string): Promise<string> {
  const hash = createSha256();
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 }))
    hash.update(piece as Uint8Array);
  return hash.hex();
}
