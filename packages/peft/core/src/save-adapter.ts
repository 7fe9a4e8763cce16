import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomically, writeSafetensors } from '@tunesmith/models';
import type { Adapter } from './contract.ts';
import { pythonJson } from './python-json.ts';

/**
 * Writes an adapter directory: `adapter_config.json` as Python would write it, and the method's file of tensors
 * (safetensors, float32, metadata `{"format":"pt"}`).
 *
 * A new directory appears whole or not at all: its files are written beside it and the directory is renamed into place.
 * In a directory that exists, each file is replaced whole, tensors first; other files are left alone.
 *
 * @param directory created where it does not exist
 * @param options.baseModel name or path of the base model, for `base_model_name_or_path`
 * @throws TunesmithError `write-failed` when the disk refuses; nothing half written is left behind
 */
export async function saveAdapter(
  directory: string,
  adapter: Adapter,
  options: { baseModel: string },
): Promise<void> {
  const target = resolve(directory);
  const { config, tensors } = adapter.method.files.write(adapter, options);
  await mkdir(dirname(target), { recursive: true });
  const beside = join(
    dirname(target),
    `.${basename(target)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`,
  );
  await mkdir(beside);
  try {
    const sorted = Object.fromEntries(
      Object.entries(tensors).sort(([one], [other]) => (one < other ? -1 : 1)),
    );
    await writeSafetensors(join(beside, adapter.method.files.tensorFile), sorted, { format: 'pt' });
    await writeFileAtomically(join(beside, configFile), pythonJson(config));
    if (await isAbsentOrEmpty(target)) {
      // An empty directory is in the way of a rename on some systems.
      await rmdir(target).catch(() => undefined);
      await rename(beside, target);
    } else {
      for (const file of [adapter.method.files.tensorFile, configFile]) {
        await rename(join(beside, file), join(target, file));
      }
    }
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** Name of the configuration file of every adapter format. */
export const configFile = 'adapter_config.json';

async function isAbsentOrEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw cause;
  }
}
