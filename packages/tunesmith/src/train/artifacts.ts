import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Model } from '@tunesmith/models';
import { readWeights } from '@tunesmith/models/node';
import { adapterConfigFile, createArtifacts, type Artifact, type Artifacts } from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { TunesmithError, type Recipe, type Registry } from '@tunesmith/schema';
import { exists } from '../run/exists.ts';
import type { Warning } from '../session.ts';

/** The files of an artifact of tensors: JSON that says what they are, and the tensors. */
const tensorFiles = { json: 'artifact.json', tensors: 'tensors.safetensors' } as const;

/** What reading an artifact takes. */
interface ArtifactContext {
  model: Model;
  registry: Registry;
  onWarning: (warning: Warning) => void;
}

/** The artifacts that a recipe names for its method; each is read when the method asks for it. */
export function artifactsOf(named: Recipe['artifacts'], context: ArtifactContext): Artifacts {
  return createArtifacts(
    Object.fromEntries(
      Object.entries(named ?? {}).map(([name, paths]) => [
        name,
        pathsOf(paths).map((path) => () => readArtifact(path, context)),
      ]),
    ),
  );
}

/** The folders under one name of a recipe's `artifacts`. */
export function pathsOf(paths: string | readonly string[]): readonly string[] {
  return typeof paths === 'string' ? [paths] : paths;
}

/** Every file that a recipe's artifacts consist of: what a run's numbers follow from. */
export async function artifactFiles(named: Recipe['artifacts']): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for (const [name, paths] of Object.entries(named ?? {}))
    for (const [index, path] of pathsOf(paths).entries())
      for (const file of (await readdir(path)).toSorted())
        files.push([`${name}/${index}/${file}`, join(path, file)]);
  return files;
}

async function readArtifact(
  path: string,
  { model, registry, onWarning }: ArtifactContext,
): Promise<Artifact> {
  if (await exists(join(path, adapterConfigFile))) {
    const methods = registry.all('method');
    return { kind: 'adapter', adapter: await loadAdapter(path, { model, methods, onWarning }) };
  }
  const text = await readFile(join(path, tensorFiles.json), 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'not-an-artifact',
      message: `${path} is no artifact that a method could build on`,
      value: path,
      accepted: `a folder with ${adapterConfigFile}, or with ${tensorFiles.json} and ${tensorFiles.tensors}`,
    });
  const tensors = await readWeights(join(path, tensorFiles.tensors));
  return { kind: 'tensors', tensors, json: jsonOf(text, join(path, tensorFiles.json)) };
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
