import { readdir, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isModelFile } from '@tunesmith/models';
import { removeCheckpoints } from '@tunesmith/trainer/node';
import { markerName, readMarker } from './marker.ts';

/**
 * Removes what a run wrote, file by file, and the folders that are empty then. What somebody else put beside it stays.
 *
 * @param directory the run's folder
 * @param wrote paths in it, as its marker lists them
 */
export async function removeWritten(directory: string, wrote: readonly string[]): Promise<void> {
  for (const entry of wrote) {
    const path = join(directory, entry);
    if (entry === 'checkpoints' || entry === 'best') await removeCheckpoints(path);
    else if (entry === 'model') await removeModel(path);
    else if (entry.startsWith('stages/')) await removeRun(path);
    else await rm(path, { force: true });
    for (let folder = dirname(entry); folder !== '.'; folder = dirname(folder))
      await rmdir(join(directory, folder)).catch(() => undefined);
  }
}

/** Removes the run of a stage: what it wrote, by its own marker, and the marker itself. */
async function removeRun(directory: string): Promise<void> {
  const marker = await readMarker(directory);
  if (!marker) return;
  await removeWritten(directory, marker.wrote);
  await rm(join(directory, markerName), { force: true });
  await rmdir(directory).catch(() => undefined);
}

async function removeModel(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) if (isModelFile(name)) await rm(join(folder, name));
  await rmdir(folder).catch(() => undefined);
}

/** Half-written files and folders that a killed process left, by the names that writing gives them. */
export function isLeftover(name: string): boolean {
  return (
    /^\.(recipe\.yaml|run\.json|report\.html|data-report\.json|data\.jsonl|results\.json|ledger\.json|adapter|start)\.\d+\.[0-9a-f]{8}\.tmp$/.test(
      name,
    ) ||
    /^\.model\.\w{6}$/.test(name) ||
    /^run\.lock\.[0-9a-f-]{36}$/.test(name)
  );
}

/** Removes leftovers. Only whoever holds the folder's lock may. */
export async function removeLeftovers(directory: string): Promise<void> {
  for (const name of await readdir(directory))
    if (isLeftover(basename(name))) await rm(join(directory, name), { recursive: true });
}
