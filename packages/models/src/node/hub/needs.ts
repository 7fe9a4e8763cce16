import { nearest, TunesmithError, type Files } from '@tunesmith/schema';
import { companionFiles, fileExists, fileNames, readJsonObject } from '../../checkpoint/files.ts';
import { refusePickled } from '../../checkpoint/folder.ts';
import { weightFiles } from '../../checkpoint/inventory.ts';
import { modelsError } from '../../errors.ts';
import { areParts, partNames } from '../../gguf/split.ts';

/** What is needed of a repository. */
export interface Needed {
  /** Files in the order in which they come: what others depend on first, weights last. */
  readonly files: readonly string[];
  /** The one that is all of it, where it is a GGUF file. */
  readonly file?: string;
}

/** What somebody needs of a repository. */
export interface HubNeeds {
  /**
   * The files that are needed.
   *
   * @param files every file of the repository
   * @param repository its name, for errors
   * @param folder those files; reading one downloads it
   * @throws TunesmithError where what is needed is not there
   */
  choose(files: readonly string[], repository: string, folder: Files): Promise<Needed>;
  /**
   * Whether a commit's folder holds what is needed, as far as it can tell itself.
   *
   * @param isAll whether nothing else can be had, so that a GGUF file does where others may be meant
   */
  isComplete(folder: Files, isAll: boolean): Promise<boolean>;
}

/** A model with its tokenizer; or a GGUF file, which has both. PyTorch's pickles never. */
export const modelNeeds: HubNeeds = {
  async choose(files, repository, folder) {
    // A card says under which license the model is.
    const card = files.filter((file) => file === 'README.md');
    const beside = [...besideWeights(files), ...card];
    if (files.includes(fileNames.weights)) return { files: [...beside, fileNames.weights] };
    if (!files.includes(fileNames.index)) return chooseGguf(files, repository);
    const places = (await readJsonObject(folder, fileNames.index))['weight_map'] ?? {};
    const shards = new Set(Object.values(places).filter((file) => files.includes(file)));
    return { files: [...beside, fileNames.index, ...[...shards].sort()] };
  },
  async isComplete(folder, isAll) {
    if (isAll && (await folder.list()).some(isGguf)) return true;
    if (!(await fileExists(folder, fileNames.configuration))) return false;
    return weightFiles(folder).then(
      () => true,
      (error: unknown) => {
        if (TunesmithError.is(error)) return false;
        throw error;
      },
    );
  },
};

/** A model's configuration and tokenizer; where they stand in a GGUF file, that. */
export const tokenizerNeeds: HubNeeds = {
  async choose(files, repository) {
    return files.includes(fileNames.configuration)
      ? { files: besideWeights(files) }
      : chooseGguf(files, repository);
  },
  async isComplete(folder, isAll) {
    const isThere = await fileExists(folder, fileNames.configuration);
    return isThere || modelNeeds.isComplete(folder, isAll);
  },
};

function besideWeights(files: readonly string[]): string[] {
  return [fileNames.configuration, ...companionFiles].filter((file) => files.includes(file));
}

function isGguf(file: string): boolean {
  return /\.gguf$/i.test(file);
}

/** One file of a repository, which is all of a model; with the other parts where it was cut in several. */
export function fileNeeds(file: string): HubNeeds {
  const parts = partNames(file) ?? [file];
  return {
    choose: async (files, repository) => ({ files: requireParts(parts, files, repository), file }),
    async isComplete(folder) {
      for (const part of parts) if (!(await fileExists(folder, part))) return false;
      return true;
    },
  };
}

/** The parts of a file, all of which a repository must have. @throws `missing-file` naming one that it lacks */
function requireParts(
  parts: readonly string[],
  files: readonly string[],
  repository: string,
): readonly string[] {
  const absent = parts.find((part) => !files.includes(part));
  if (absent === undefined) return parts;
  const others = files.filter(isGguf);
  throw modelsError({
    code: 'missing-file',
    message: `${repository} has no file "${absent}"`,
    value: absent,
    accepted: others.length > 0 ? others : 'a GGUF file of it, and it has none',
    nearest: nearest(absent, others),
  });
}

/** The GGUF file that a repository is for, and nothing else. */
function chooseGguf(files: readonly string[], repository: string): Needed {
  const [only, ...others] = files.filter(isGguf);
  if (only !== undefined && others.length === 0) return { files: [only], file: only };
  if (only !== undefined && areParts([only, ...others]))
    return { files: requireParts(partNames(only)!, files, repository), file: only };
  if (only !== undefined)
    throw modelsError({
      code: 'several-gguf-files',
      message: `${repository} holds ${1 + others.length} GGUF files, and which is meant is not said`,
      value: repository,
      accepted: [only, ...others].map((file) => `${repository}/${file}`),
    });
  if (files.includes('adapter_config.json'))
    throw modelsError({
      code: 'not-a-model',
      message: `${repository} holds an adapter, not a model`,
      value: repository,
      accepted: 'the model that it was made for, with this as its adapter',
    });
  const pickle = files.find((file) => /^pytorch_model.*\.(bin|pt|pth)$/.test(file));
  if (pickle !== undefined) refusePickled(`${repository}/${pickle}`);
  throw modelsError({
    code: 'no-weights',
    message: `${repository} holds no weights that are read`,
    value: repository,
    accepted: [fileNames.weights, fileNames.index, 'a GGUF file'],
  });
}
