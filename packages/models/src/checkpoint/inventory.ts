import type { Files } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import { isGgufFolder } from '../gguf/folder.ts';
import { openSafetensors } from '../safetensors/read.ts';
import { safetensorsWeights, type WeightFile } from '../weights/weight-file.ts';
import { fileExists, fileNames, readJsonObject } from './files.ts';

/** The tensors of a checkpoint, whether in one file or in shards. */
export interface CheckpointInventory {
  /** The file that holds each tensor. */
  readonly tensors: ReadonlyMap<string, WeightFile>;
}

/** Whether a path of an index stays inside the folder of the index. */
function isInside(file: string): boolean {
  return !file.split('/').some((part) => part === '' || part === '.' || part === '..');
}

/** Reads where an index places each tensor. @throws `invalid-index` */
async function readIndex(files: Files): Promise<Map<string, string>> {
  const path = files.locate(fileNames.index);
  const refuse = (message: string, value: unknown, accepted?: string): Error =>
    modelsError({
      code: 'invalid-index',
      message: `${path}: ${message}`,
      value,
      ...(accepted === undefined ? {} : { accepted }),
    });
  const weightMap = (await readJsonObject(files, fileNames.index))['weight_map'];
  if (
    typeof weightMap !== 'object' ||
    weightMap === null ||
    Array.isArray(weightMap) ||
    !Object.values(weightMap).every((file) => typeof file === 'string')
  ) {
    throw refuse('"weight_map" must map tensor names to files', weightMap);
  }
  const places = new Map(Object.entries(weightMap as Record<string, string>));
  const present = new Map<string, boolean>();
  for (const [tensor, file] of places) {
    if (present.has(file)) continue;
    if (!isInside(file)) {
      throw refuse(
        `tensor "${tensor}" is placed in ${JSON.stringify(file)}, outside the folder of the model`,
        file,
        'files beside the index or below its folder',
      );
    }
    present.set(file, await fileExists(files, file));
    if (!present.get(file))
      throw refuse(
        `tensor "${tensor}" is placed in ${JSON.stringify(file)}, which is missing`,
        file,
      );
  }
  return places;
}

/** The names of the files of weights in a folder, and where an index places each tensor. @throws `no-weights`, `invalid-index` */
export async function weightFiles(
  files: Files,
): Promise<{ names: string[]; places?: Map<string, string> }> {
  if (await fileExists(files, fileNames.weights)) return { names: [fileNames.weights] };
  if (!(await fileExists(files, fileNames.index))) {
    const other = (await files.list()).find((name) => name.endsWith('.safetensors'));
    throw modelsError({
      code: 'no-weights',
      message:
        other === undefined
          ? `${files.locate()} holds no weights`
          : `${files.locate()} holds ${other}, and no ${fileNames.index} that says which tensors lie where`,
      value: files.locate(),
      accepted: [fileNames.weights, fileNames.index, 'a single GGUF file'],
    });
  }
  const places = await readIndex(files);
  return { names: [...new Set(places.values())].sort(), places };
}

/**
 * Opens the weight files of a folder, as `modelFolder` gives it, and lists their tensors.
 *
 * @throws `no-weights`; `invalid-index` where the index names a file outside the folder or one that is missing, or
 * where it and the shards disagree, naming the tensor; errors of {@link openSafetensors}
 */
export async function openInventory(folder: Files): Promise<CheckpointInventory> {
  if (isGgufFolder(folder)) {
    const { weights } = folder;
    return { tensors: new Map(Array.from(weights.entries.keys(), (name) => [name, weights])) };
  }
  const { names, places } = await weightFiles(folder);
  const tensors = new Map<string, WeightFile>();
  for (const name of names) {
    const file = safetensorsWeights(await openSafetensors(folder, name));
    for (const tensor of file.entries.keys()) {
      const place = places?.get(tensor);
      if (places && place !== name) {
        throw modelsError({
          code: 'invalid-index',
          message: `${file.path} holds tensor "${tensor}", which the index places ${place === undefined ? 'nowhere' : `in ${place}`}`,
          value: tensor,
        });
      }
      tensors.set(tensor, file);
    }
  }
  for (const [tensor, place] of places ?? []) {
    if (tensors.has(tensor)) continue;
    throw modelsError({
      code: 'invalid-index',
      message: `the index places tensor "${tensor}" in ${place}, which does not hold it`,
      value: tensor,
    });
  }
  return { tensors };
}
