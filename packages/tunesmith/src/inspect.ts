import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { openStoredTensors, type StoredTensor } from '@tunesmith/models';
import { writeSafetensors } from '@tunesmith/models/node';
import { TunesmithError } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { checkOutputFile } from './outputs/check-output.ts';
import { locateModel } from './recipe/locate.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';
import type { Warning, WorkListener } from './session.ts';

/** What {@link inspectWeights} takes. */
export interface InspectOptions {
  /** A safetensors or GGUF file, the folder of a model or of an adapter, or a model as `--model` names it. */
  path: string;
  /** A new safetensors file to write the tensors to, decoded to float32; nowhere if absent. */
  out?: string;
  /** The folder that paths are relative to; the working folder by default. */
  directory?: string;
  /** Hears what begins now. */
  onWork?: WorkListener;
  /** Hears of what a person should know. */
  onWarning?: (warning: Warning) => void;
}

/** What {@link inspectWeights} found. */
export interface InspectSummary {
  path: string;
  /** Metadata by file, as the file has it. */
  metadata: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Every tensor, under the name that its file has for it. */
  tensors: readonly Omit<StoredTensor, 'read'>[];
  /** Bytes of all tensors as they are stored. */
  bytes: number;
}

/**
 * Lists what a checkpoint, a GGUF file or an adapter holds, and writes its tensors decoded to float32 where that is asked for: one
 * tensor is in memory at a time, and the file appears when it is complete.
 *
 * @throws TunesmithError `missing-model`; `output-exists`, `output-is-input`; `duplicate-tensor` where two files have tensors of
 * one name and all are to be written; those of reading the files
 */
export async function inspectWeights(options: InspectOptions): Promise<InspectSummary> {
  const { out, directory = process.cwd() } = options;
  const path = await locateModel(options.path, directory, options);
  if (out !== undefined) {
    await checkOutputFile(out, [{ what: 'the checkpoint', path }]);
    await requireWritable(out);
  }
  const isFile = (await stat(path)).isFile();
  const { metadata, tensors } = isFile
    ? await openStoredTensors(nodeFiles(dirname(path)), basename(path))
    : await openStoredTensors(nodeFiles(path));
  if (out !== undefined) {
    requireOwnNames(tensors);
    await makeFolders(dirname(resolve(out)));
    const pending = tensors.map(({ name, shape, read }) => [
      name,
      { dtype: 'float32', shape, read } as const,
    ]);
    await writeSafetensors(out, Object.fromEntries(pending));
  }
  const listed = tensors.map(({ name, file, shape, encoding, bytes }) => ({
    name,
    file,
    shape,
    encoding,
    bytes,
  }));
  return {
    path,
    metadata,
    tensors: listed,
    bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function requireOwnNames(tensors: readonly StoredTensor[]): void {
  const files = new Map<string, string>();
  for (const { name, file } of tensors) {
    const other = files.get(name);
    if (other !== undefined)
      throw new TunesmithError({
        package: 'tunesmith',
        code: 'duplicate-tensor',
        message: `${other} and ${file} both hold a tensor "${name}", and one file can hold only one`,
        value: name,
        accepted: 'one of the files, by its path',
      });
    files.set(name, file);
  }
}
