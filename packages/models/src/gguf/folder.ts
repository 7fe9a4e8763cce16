import { memoryFiles, type Files, type FileState } from '@tunesmith/schema';
import { modelsError } from '../errors.ts';
import type { WeightFile } from '../weights/weight-file.ts';
import { readFacts } from './facts.ts';
import { familyOf } from './families/families.ts';
import type { Configuration } from './families/family.ts';
import { openWholeGguf } from './split.ts';
import { hasTokenizer, tokenizerFiles } from './tokenizer/tokenizer-files.ts';
import { ggufWeights } from './weights.ts';

/**
 * A GGUF file as the folder that Hugging Face's tools would have of the same model: configuration, tokenizer and chat template
 * from its metadata alone, to be read and copied like files, and its tensors under their canonical names.
 */
export interface GgufFolder extends Files {
  readonly configuration: Configuration;
  readonly weights: WeightFile;
}

/** Whether files are those of a GGUF file. */
export function isGgufFolder(files: Files): files is GgufFolder {
  return 'weights' in files && 'configuration' in files;
}

/**
 * Opens a GGUF file as a folder.
 *
 * @param files the folder it lies in
 * @param name its path there; of one that was cut in several, that of any
 * @throws those of `openWholeGguf`; `unsupported-gguf` for an architecture or a setting that is not followed, naming it
 */
export async function ggufFolder(files: Files, name: string): Promise<GgufFolder> {
  const file = await openWholeGguf(files, name);
  const family = familyOf(file);
  const facts = readFacts(file);
  const configuration = await family.configuration(facts);
  facts.refuseUnread();
  const weights = ggufWeights(file, family, configuration);
  // A tokenizer is made when somebody asks for it: its files are large.
  let made: Files | undefined;
  const held = (): Files => {
    if (made) return made;
    const parsed = {
      'config.json': configuration,
      ...(hasTokenizer(file) ? tokenizerFiles(file) : {}),
    };
    made = memoryFiles(
      Object.fromEntries(
        Object.entries(parsed).map(([path, json]) => [
          path,
          `${JSON.stringify(json, undefined, path === 'tokenizer.json' ? 0 : 2)}\n`,
        ]),
      ),
    );
    return made;
  };
  const locate: Files['locate'] = (path = '') =>
    path === '' ? file.path : `${file.path}: ${path}`;
  const readOnly = (path: string): never => {
    throw modelsError({
      code: 'read-only',
      message: `${locate(path)} cannot be written: a GGUF file is only read`,
      value: path,
    });
  };
  return {
    configuration,
    weights,
    locate,
    stat: async (path): Promise<FileState | undefined> => held().stat(path),
    read: async (path, target, position, state) => held().read(path, target, position, state),
    stream: (path) => held().stream(path),
    list: async (folder) => held().list(folder),
    write: async (path) => readOnly(path),
    remove: async (path) => readOnly(path),
  };
}
