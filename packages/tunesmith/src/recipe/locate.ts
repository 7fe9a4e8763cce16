import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  fromHub,
  parseHubName,
  pinOnHub,
  type HubNeeds,
  type HubOptions,
} from '@tunesmith/models/node';
import { TunesmithError } from '@tunesmith/schema';
import { findPackageDirectory } from '../plugins/packages.ts';
import { adapterNeeds } from '../run/adapter-needs.ts';
import { exists } from '../run/exists.ts';
import type { Warning, WorkListener } from '../session.ts';
import { candidates } from './candidates.ts';
import { nearPath, type NearPath } from './near-path.ts';

/**
 * The absolute path of a file or folder that a recipe names: beside the recipe first, then from the working folder.
 *
 * @throws TunesmithError `missing-path`, naming both places and the nearest path that exists
 */
export async function locate(path: string, directory: string, what: string): Promise<string> {
  const places = candidates(path, directory);
  for (const place of places) if (await exists(place)) return place;
  const near = await nearPath(path, places);
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'missing-path',
    message: `${what} "${path}" does not exist`,
    value: path,
    accepted: `a path that exists; looked at ${places.join(' and ')}`,
    ...(near ? { nearest: near.path } : {}),
  });
}

/** How somebody is told of what is fetched from the hub. */
export interface Reach {
  onWork?: WorkListener | undefined;
  onWarning?: ((warning: Warning) => void) | undefined;
  /** What is needed of it; a model with its tokenizer by default. */
  needs?: HubNeeds | undefined;
}

/** What is in none of the places that were looked at on this machine. */
interface Nowhere {
  /** What it is, for errors. */
  readonly what: string;
  readonly hubName: string;
  readonly looked: readonly string[];
  /** What is called nearly so and exists on this machine. */
  readonly near: NearPath | undefined;
}

/** Where a model is: a path, or what may be on the hub. */
type ModelPlace = { readonly path: string } | Nowhere;

/**
 * Where a model is, as recipes and options name it: a path, a package that ships one (`@tunesmith/nano`), or
 * `organization/name[@revision][/file.gguf]` on the hub. Nothing is asked for or downloaded.
 *
 * @throws TunesmithError `missing-model`, naming each place looked at: for what cannot be on the hub, and for what is called nearly as
 * something else in a folder that exists
 */
export async function findModel(model: string, directory: string): Promise<ModelPlace> {
  const looked = candidates(model, directory);
  for (const place of looked) if (await exists(place)) return { path: place };
  const near = await nearPath(model, looked);
  if (/^(@[\w.-]+\/)?[\w.-]+$/.test(model) || /^[\w.-]+\/[\w.-]+$/.test(model)) {
    const shipped = await modelOfPackage(model, directory);
    if (shipped) return { path: shipped };
    looked.push('installed packages');
  }
  const nowhere = { what: 'model', hubName: model, looked, near };
  if (parseHubName(model) && !isMistyped(nowhere)) return nowhere;
  throw missing(nowhere);
}

/**
 * The folder of a model, or its GGUF file, on this machine: what the hub has is downloaded into the cache of Hugging Face's programs.
 *
 * @throws TunesmithError `missing-model`, naming each place looked at, and the others of `fromHub`
 */
export async function locateModel(
  model: string,
  directory: string,
  reach: Reach = {},
): Promise<string> {
  const place = await findModel(model, directory);
  return 'path' in place ? place.path : (await askHub(place, fromHub, reach)).path;
}

/**
 * A model as a run records it: its absolute path, or its name on the hub with the commit, which stands for the same files forever.
 *
 * @param earlier names that the run recorded before: a branch stays at the commit that it was at then
 * @throws TunesmithError as {@link locateModel}
 */
export async function pinModel(
  model: string,
  directory: string,
  reach: Reach = {},
  earlier: readonly string[] = [],
): Promise<string> {
  const place = await findModel(model, directory);
  if ('path' in place) return place.path;
  const { repository, revision = 'main', file } = parseHubName(place.hubName)!;
  const kept = earlier.find((name) => {
    const known = parseHubName(name);
    const isSame = known?.repository === repository && (file ?? known.file) === known.file;
    return isSame && revision === 'main';
  });
  return kept ?? askHub(place, pinOnHub, reach);
}

/**
 * The folder of an adapter, on this machine: a path beside the recipe or from the working folder, or `organization/name[@revision]` on
 * the hub.
 *
 * @throws TunesmithError `missing-path` where it is neither, and the others of `fromHub`
 */
export async function locateAdapter(
  adapter: string,
  directory: string,
  reach: Reach = {},
): Promise<string> {
  const looked = candidates(adapter, directory);
  for (const place of looked) if (await exists(place)) return place;
  if (!parseHubName(adapter)) return locate(adapter, directory, 'the adapter');
  const needs = adapterNeeds;
  const near = await nearPath(adapter, looked);
  const place = { what: 'the adapter', hubName: adapter, looked, near };
  if (isMistyped(place)) throw missing(place);
  return (await askHub(place, fromHub, { ...reach, needs })).path;
}

/** Whether somebody meant what lies beside it in a folder that exists, and not the hub, unless they name a revision of it. */
function isMistyped({ hubName, near }: Nowhere): boolean {
  return near?.isBeside === true && parseHubName(hubName)?.revision === undefined;
}

/** Asks the hub for what is nowhere else, and says so where it is not there either. */
async function askHub<Found>(
  place: Nowhere,
  ask: (name: string, options: HubOptions) => Promise<Found>,
  { onWork, onWarning, needs }: Reach,
): Promise<Found> {
  try {
    return await ask(place.hubName, {
      ...(onWork ? { onWork } : {}),
      ...(onWarning ? { onWarning } : {}),
      ...(needs ? { needs } : {}),
    });
  } catch (error) {
    const isAbsent =
      TunesmithError.is(error) &&
      ['missing-model', 'not-cached', 'hub-unreachable'].includes(error.code);
    throw isAbsent ? missing(place, error) : error;
  }
}

/** The error for what is nowhere; `hub` is what the hub said of it, or why it could not. */
function missing(place: Nowhere, hub?: TunesmithError): TunesmithError {
  const { what, hubName, looked, near } = place;
  const onHub =
    !hub && parseHubName(hubName)
      ? `${hubName}@main for one of that name on the hub`
      : 'organization/name on the hub';
  const usual = `${what === 'model' ? 'a folder with config.json and model.safetensors, a GGUF file, the folder of a run' : 'a path that exists'}, or ${onHub}; looked at ${looked.join(', ')}`;
  const close = near?.path ?? hub?.nearest;
  const code = what === 'model' ? 'missing-model' : 'missing-path';
  return new TunesmithError({
    package: 'tunesmith',
    code: hub?.code === 'hub-unreachable' ? hub.code : code,
    message: `${what} "${hubName}" does not exist${hub ? ` here, and ${hub.problems[0]}` : ''}`,
    value: hubName,
    accepted: hub ? `${usual}; of the hub, ${listed(hub.accepted)}` : usual,
    ...(hub ? { kind: hub.kind, cause: hub } : {}),
    ...(close === undefined ? {} : { nearest: close }),
  });
}

function listed(accepted: TunesmithError['accepted']): string {
  return Array.isArray(accepted) ? accepted.join(', ') : String(accepted);
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
