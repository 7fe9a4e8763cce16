import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { TunesmithError } from '@tunesmith/schema';
import { findPackageDirectory } from '../plugins/packages.ts';
import { exists } from '../run/exists.ts';
import { candidates } from './candidates.ts';

/**
 * The absolute path of a file or folder that a recipe names: beside the recipe first, then from the working folder.
 *
 * @throws TunesmithError `missing-path`, naming both places
 */
export async function locate(path: string, directory: string, what: string): Promise<string> {
  const places = candidates(path, directory);
  for (const place of places) if (await exists(place)) return place;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'missing-path',
    message: `${what} "${path}" does not exist`,
    value: path,
    accepted: `a path that exists; looked at ${places.join(' and ')}`,
  });
}

/**
 * The folder of a model, or its GGUF file: a path, a package that ships one (`@tunesmith/nano`), or `organization/name` as it lies in the
 * Hugging Face cache of this machine. Nothing is downloaded.
 *
 * @throws TunesmithError `missing-model`, naming each place looked at
 */
export async function locateModel(model: string, directory: string): Promise<string> {
  const places = candidates(model, directory);
  for (const place of places) if (await exists(place)) return place;
  if (/^(@[\w.-]+\/)?[\w.-]+$/.test(model) || /^[\w.-]+\/[\w.-]+$/.test(model)) {
    const shipped = await modelOfPackage(model, directory);
    if (shipped) return shipped;
    const cached = await modelInCache(model);
    if (cached) return cached;
    places.push('installed packages', cacheDirectory());
  }
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'missing-model',
    message: `model "${model}" does not exist`,
    value: model,
    accepted: `a folder with config.json and model.safetensors, a GGUF file, or the folder of a run; looked at ${places.join(', ')}`,
  });
}

async function modelOfPackage(name: string, directory: string): Promise<string | undefined> {
  const home = await findPackageDirectory(name, directory);
  if (!home) return undefined;
  const manifest = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as {
    tunesmith?: { model?: string };
  };
  return manifest.tunesmith?.model === undefined
    ? undefined
    : resolve(home, manifest.tunesmith.model);
}

function cacheDirectory(): string {
  return (
    process.env['HF_HUB_CACHE'] ??
    join(process.env['HF_HOME'] ?? join(homedir(), '.cache', 'huggingface'), 'hub')
  );
}

async function modelInCache(name: string): Promise<string | undefined> {
  const home = join(cacheDirectory(), `models--${name.replace('/', '--')}`);
  const revision = await readFile(join(home, 'refs', 'main'), 'utf8').catch(() => undefined);
  if (revision === undefined) return undefined;
  const snapshot = join(home, 'snapshots', revision.trim());
  if (await exists(join(snapshot, 'config.json'))) return snapshot;
  const names = await readdir(snapshot).catch(() => []);
  return names.some((name) => name.endsWith('.gguf')) ? snapshot : undefined;
}
