import { chmod, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { systemReason, TunesmithError, type Files } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import {
  checkComplete,
  removeStaleWeights,
  writeModelFiles,
  type SaveModelOptions,
} from '../checkpoint/save.ts';
import { modelsError } from '../errors.ts';
import type { Model } from '../model.ts';

/**
 * Saves a model in Hugging Face's layout, with its configuration and tokenizer files. Tensors are read, checked and written
 * one by one.
 *
 * A new directory appears complete or not at all. In an existing one nothing changes before every file is written; then each
 * is replaced atomically, so that a model may be saved where it was loaded from (and must be loaded again to be read).
 *
 * @param model the model; its tensors must be those of its specification
 * @param directory the folder, made if need be
 * @throws `checkpoint-mismatch` naming a missing or unknown tensor; `not-finite` and `out-of-range` naming a tensor with a
 * value that is not finite or that the stored type cannot hold; `write-failed`, for example on a full disk
 */
export async function saveModel(
  model: Model,
  directory: string,
  options: SaveModelOptions = {},
): Promise<void> {
  checkComplete(model);
  const target = resolve(directory);
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  const parent = exists ? target : dirname(target);
  await mkdir(parent, { recursive: true });
  const temporary = await mkdtemp(join(parent, `.${basename(target)}.`));
  try {
    const written = await writeModelFiles(
      nodeFiles(temporary),
      model,
      companionsOf(model, target),
      options,
    );
    if (exists) {
      for (const name of written) await rename(join(temporary, name), join(target, name));
      await removeStaleWeights(nodeFiles(target), written);
    } else {
      // A temporary folder is made for its owner alone; a model's folder is like any other.
      await chmod(temporary, 0o777 & ~process.umask());
      await rename(temporary, target);
    }
  } catch (error) {
    if (!TunesmithError.is(error) || error.code !== 'write-failed') throw error;
    const state = exists ? 'what was there is as it was before' : 'nothing of it is left';
    throw modelsError({
      code: 'write-failed',
      kind: 'failure',
      message: `${directory} was not written, and ${state}: ${systemReason(error.cause) ?? (error.cause as Error).message}`,
      value: directory,
      cause: error,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Where the tokenizer is copied from, unless the model is saved into its own folder. */
function companionsOf({ files }: Model, target: string): Files | undefined {
  return files && resolve(files.locate()) === target ? undefined : files;
}
