import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemReason, TunesmithError } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { baseRecordFile } from '../base-record.ts';
import type { Adapter } from '../contract.ts';
import * as pure from '../write-adapter.ts';

/**
 * Writes an adapter directory: `adapter_config.json` as Python would write it, and the method's file of tensors
 * (safetensors, float32, metadata `{"format":"pt"}`).
 *
 * With `options.model`, a third file, `tunesmith.json`, keeps the base model's fingerprint, so that `loadAdapter` can
 * tell another base of the same shapes; PEFT and other programs pass over it.
 *
 * A new directory appears whole or not at all: its files are written beside it and the directory is renamed into place.
 * In a directory that exists, each file is replaced whole, tensors first; other files are left alone.
 *
 * @param directory created where it does not exist
 * @param options.baseModel name or path of the base model, for `base_model_name_or_path`
 * @param options.model the base model itself, as it was before training
 * @throws TunesmithError `write-failed` when the disk refuses; nothing half written is left behind
 */
export async function saveAdapter(
  directory: string,
  adapter: Adapter,
  options: pure.SaveAdapterOptions,
): Promise<void> {
  const target = resolve(directory);
  const suffix = `${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  const beside = join(dirname(target), `.${basename(target)}.${suffix}`);
  const { tensorFile } = adapter.method.files;
  try {
    await mkdir(beside, { recursive: true });
    await pure.saveAdapter(nodeFiles(beside), adapter, options);
    if (await isAbsentOrEmpty(target)) {
      // An empty directory is in the way of a rename on some systems.
      await rmdir(target).catch(() => undefined);
      await rename(beside, target);
    } else {
      // What an earlier adapter was made for, or trained from, must not be said of this one, not even for a moment.
      for (const file of [baseRecordFile, pure.trainingFile])
        await rm(join(target, file), { force: true });
      const written = new Set(await readdir(beside));
      const order = [tensorFile, pure.trainingFile, pure.configFile, baseRecordFile];
      for (const file of order.filter((name) => written.has(name)))
        await rename(join(beside, file), join(target, file));
    }
  } catch (cause) {
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'write-failed',
      message: `adapter "${adapter.name}" was not written to ${directory}: ${reasonOf(cause)}`,
      value: directory,
      kind: 'failure',
      cause,
    });
  } finally {
    await rm(beside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Why a write failed, in the words of the innermost cause. */
function reasonOf(cause: unknown): string {
  const inner = TunesmithError.is(cause) && cause.cause instanceof Error ? cause.cause : cause;
  return systemReason(inner) ?? (inner instanceof Error ? inner.message : String(inner));
}

async function isAbsentOrEmpty(directory: string): Promise<boolean> {
  try {
    return (await readdir(directory)).length === 0;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw cause;
  }
}
