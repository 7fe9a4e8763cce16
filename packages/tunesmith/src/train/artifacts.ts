import { readWeights } from '@tunesmith/models';
import { createArtifacts, type Artifact, type Artifacts } from '@tunesmith/peft';
import { listOf, readText, TunesmithError, type Files, type Recipe } from '@tunesmith/schema';
import { loadAdapters, type LoadContext } from '../adapters.ts';
import { adaptersIn, holdsAdapters } from '../run/adapter-folder.ts';

/** The files of an artifact of tensors: JSON that says what they are, and the tensors. */
const tensorFiles = { json: 'artifact.json', tensors: 'tensors.safetensors' } as const;

/** The artifacts that a recipe names for its methods. */
export interface NamedArtifacts {
  readonly artifacts: Artifacts;
  /** The names that no method asked for. */
  unread(): string[];
}

/** The artifacts that a recipe names; each is read when a method asks for it. A folder may hold several adapters. */
export async function artifactsOf(
  named: Recipe['artifacts'] = {},
  context: LoadContext,
): Promise<NamedArtifacts> {
  const unread = new Set(Object.keys(named));
  const readers: Record<string, (() => Promise<Artifact>)[]> = {};
  for (const [name, folders] of Object.entries(named)) {
    const places = [];
    for (const folder of listOf(folders))
      places.push(...(await adaptersIn(context.folder(folder))));
    readers[name] = places.map(({ files }) => () => {
      unread.delete(name);
      return readArtifact(files, context);
    });
  }
  return { artifacts: createArtifacts(readers), unread: () => [...unread] };
}

/** @throws TunesmithError `unread-artifact` for a name that no method asked for: it is probably misspelled */
export function requireRead({ unread }: NamedArtifacts): void {
  const [name] = unread();
  if (name === undefined) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'unread-artifact',
    message: `the recipe names the artifact "${name}", and no method asked for it`,
    value: name,
    accepted: 'artifacts under the names that the method knows',
  });
}

async function readArtifact(files: Files, context: LoadContext): Promise<Artifact> {
  const path = files.locate();
  if (await holdsAdapters(files)) {
    const [adapter] = await loadAdapters([{ from: path }], { ...context, folder: () => files });
    return { kind: 'adapter', adapter: adapter! };
  }
  const text = await readText(files, tensorFiles.json).catch(() => undefined);
  if (text === undefined || !(await files.stat(tensorFiles.tensors)))
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-an-artifact',
      message: `${path} is no artifact that a method could build on`,
      value: path,
      accepted: `a folder with adapter_config.json, or with ${tensorFiles.json} and ${tensorFiles.tensors}`,
    });
  const tensors = await readWeights(files, tensorFiles.tensors);
  return { kind: 'tensors', tensors, json: jsonOf(text, files.locate(tensorFiles.json)) };
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-file',
      message: `${file} is not JSON: ${(cause as Error).message}`,
      value: file,
      accepted: 'JSON that says what the tensors are',
      cause,
    });
  }
}
