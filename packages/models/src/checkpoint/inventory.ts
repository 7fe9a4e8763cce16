import { join } from 'node:path';
import { modelsError } from '../errors.ts';
import { openSafetensors, type SafetensorsFile } from '../safetensors/read.ts';
import { fileExists, fileNames, readJsonObject } from './files.ts';

/** The tensors of a checkpoint, whether in one file or in shards. */
export interface CheckpointInventory {
  readonly files: readonly SafetensorsFile[];
  /** The file that holds each tensor. */
  readonly tensors: ReadonlyMap<string, SafetensorsFile>;
  close(): Promise<void>;
}

async function weightFiles(
  directory: string,
): Promise<{ names: string[]; weightMap?: Record<string, string> }> {
  if (await fileExists(join(directory, fileNames.weights))) return { names: [fileNames.weights] };
  const indexPath = join(directory, fileNames.index);
  if (!(await fileExists(indexPath))) {
    throw modelsError({
      code: 'no-weights',
      message: `${directory} holds no weights`,
      value: directory,
      accepted: [fileNames.weights, fileNames.index],
    });
  }
  const weightMap = (await readJsonObject(indexPath))['weight_map'];
  if (
    typeof weightMap !== 'object' ||
    weightMap === null ||
    !Object.values(weightMap).every((file) => typeof file === 'string')
  ) {
    throw modelsError({
      code: 'invalid-index',
      message: `${indexPath}: "weight_map" must map tensor names to files`,
      value: weightMap,
    });
  }
  const map = weightMap as Record<string, string>;
  return { names: [...new Set(Object.values(map))].sort(), weightMap: map };
}

/**
 * Opens the weight files of a directory and lists their tensors.
 *
 * @throws `no-weights`; `invalid-index` where the index and the shards disagree, naming the tensor; errors of
 * {@link openSafetensors}
 */
export async function openInventory(directory: string): Promise<CheckpointInventory> {
  const { names, weightMap } = await weightFiles(directory);
  const files: SafetensorsFile[] = [];
  const close = async (): Promise<void> => {
    for (const file of files) await file.close();
  };
  try {
    const tensors = new Map<string, SafetensorsFile>();
    for (const name of names) {
      const file = await openSafetensors(join(directory, name));
      files.push(file);
      for (const tensor of file.entries.keys()) {
        if (weightMap && weightMap[tensor] !== name) {
          throw modelsError({
            code: 'invalid-index',
            message: `${file.path} holds tensor "${tensor}", which the index places ${weightMap[tensor] === undefined ? 'nowhere' : `in ${weightMap[tensor]}`}`,
            value: tensor,
          });
        }
        tensors.set(tensor, file);
      }
    }
    const absent = Object.keys(weightMap ?? {}).find((tensor) => !tensors.has(tensor));
    if (absent !== undefined) {
      throw modelsError({
        code: 'invalid-index',
        message: `the index places tensor "${absent}" in ${weightMap![absent]}, which does not hold it`,
        value: absent,
      });
    }
    return { files, tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}
