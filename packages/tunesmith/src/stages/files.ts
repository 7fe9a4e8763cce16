import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isModelFile } from '@tunesmith/models';
import type { FileRecord, StageRecipe } from '@tunesmith/schema';
import { fileDigest } from '@tunesmith/trainer/node';
import { labelsName } from '../run/folder.ts';
import { smoothingName } from '../run/smoothing-file.ts';
import { inputsOf } from './inputs.ts';

/** Files as they were, by their paths. */
export type FileRecords = Readonly<Record<string, FileRecord>>;

/** How a file is not as it was recorded. */
export interface FileChange {
  readonly path: string;
  readonly was: string;
  /** `absent` where it is gone. */
  readonly is: string;
}

/**
 * What of a run's folder its results consist of. Checkpoints may be deleted to save room, a report may be made again, and nothing
 * follows from events.
 */
const lasting: readonly string[] = [
  'recipe.yaml',
  'data-report.json',
  'dropped.jsonl',
  'quarantine.jsonl',
  'results.json',
  labelsName,
  smoothingName,
  'adapter',
  'start',
  'model',
];

/** The files that a stage left, by their paths in its folder. */
export async function filesWritten(folder: string): Promise<FileRecords> {
  return recordsOf(await filesIn(folder, (name) => lasting.includes(name)), folder);
}

/**
 * The files that a stage reads and no stage writes, by their absolute paths.
 *
 * @param known what earlier stages read: a model that several begin from is read once
 */
export async function filesRead(stage: StageRecipe, known: FileRecords = {}): Promise<FileRecords> {
  return recordsOf([...(await pathsRead(stage)).keys()], '', known);
}

/** Every file that a stage reads and no stage writes, with what it is to the stage: `the data`. */
export async function pathsRead(stage: StageRecipe): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { what, path } of inputsOf(stage)) {
    const isRead = (name: string): boolean =>
      what === 'the model' ? isModelFile(name) : what !== 'the run' || lasting.includes(name);
    const isFolder = (await stat(path)).isDirectory();
    const paths = isFolder ? (await filesIn(path, isRead)).map((name) => join(path, name)) : [path];
    for (const one of paths) found.set(one, what);
  }
  return found;
}

/**
 * Holds files to their records.
 *
 * A file of the same size that nothing changed since is not read, however large it is. When it changed is what the file system
 * says, and not the time of modification, which programs set as they like: a copy, another file moved in its place and a restored
 * backup all count as changed. Of these the bytes decide, so that a run that was copied is the same run.
 */
export async function changesOf(records: FileRecords, folder = ''): Promise<FileChange[]> {
  const changes: FileChange[] = [];
  for (const [path, record] of Object.entries(records)) {
    const place = join(folder, path);
    const found = await stat(place).catch(() => undefined);
    if (found?.isFile() && isUntouched(found, record)) continue;
    const is = found?.isFile() ? await fileDigest(place) : 'absent';
    if (is !== record.sha256) changes.push({ path, was: record.sha256, is });
  }
  return changes;
}

type Times = Readonly<Record<'size' | 'ctimeMs', number>>;

function isUntouched({ size, ctimeMs }: Times, record: FileRecord | undefined): boolean {
  return size === record?.size && ctimeMs === record.changed;
}

async function recordsOf(
  paths: readonly string[],
  folder: string,
  known: FileRecords = {},
): Promise<FileRecords> {
  const records: Record<string, FileRecord> = {};
  for (const path of paths) {
    const place = join(folder, path);
    // Before the bytes: what changes while they are read is seen the next time.
    const found = await stat(place);
    const before = known[path];
    records[path] =
      before && isUntouched(found, before)
        ? before
        : { size: found.size, changed: found.ctimeMs, sha256: await fileDigest(place) };
  }
  return records;
}

/** The files in a folder and in those in it, by their paths there; of the folder itself those that are wanted. */
async function filesIn(folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (!isWanted(name)) continue;
    const found = await stat(join(folder, name));
    if (found.isFile()) files.push(name);
    if (!found.isDirectory()) continue;
    const inner = await filesIn(join(folder, name), () => true);
    files.push(...inner.map((path) => `${name}/${path}`));
  }
  return files;
}
