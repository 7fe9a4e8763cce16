import { loadModel, loadTokenizer } from '@tunesmith/models';
import type { DeviceSet } from '@tunesmith/runtime';
import {
  createRegistry,
  definePlugin,
  filesBelow,
  readText,
  TunesmithError,
  type Files,
  type Plugin,
  type Recipe,
  type Registry,
} from '@tunesmith/schema';
import { loadAdapters, namedAdapters } from '../adapters.ts';
import { endTokenFindings } from '../end-tokens.ts';
import type { AskedModel } from '../evaluation/measure-recipe.ts';
import { builtInPlugins, pluginKinds } from '../plugins/built-in.ts';
import type { Reading } from '../recipe/template-files.ts';
import { placementOf, type Session, type Warning, type WorkListener } from '../session.ts';
import { inCodes, requireFrozenMaps } from '../train/precision.ts';

/** What a job over `Files` finds around it. */
export interface Surroundings {
  /** Where paths lead, `/` between their parts: to models, data, adapters, and to what jobs write. */
  files: Files;
  /** Models that lie elsewhere, by the names that recipes call them; any other name is a folder of `files`. */
  models?: Readonly<Record<string, Files>>;
  /** The devices to choose from: `createDeviceSet([tfjsCpuDevice])`. */
  devices: DeviceSet;
  /** Plugins as values. */
  plugins?: readonly Plugin[];
  /** Hears of what a person should know. */
  onWarning?: (warning: Warning) => void;
  /** Hears what begins now. */
  onWork?: WorkListener;
}

/** The files below a path, which may begin with `./`; those of the root itself for `.`. */
export function folderIn(files: Files): (path: string) => Files {
  return (path) => {
    const plain = plainPath(path);
    return plain === '' ? files : filesBelow(files, plain);
  };
}

/** A path as `Files` takes it: without `./` before it and `/` after it. */
export function plainPath(path: string): string {
  return path.replace(/^\.(\/|$)/, '').replace(/\/$/, '');
}

/** A registry of what is built in, of the devices and of the plugins that are given. */
export function registryOf({ devices, plugins = [] }: Surroundings): Registry {
  const given = devices.devices.map((device) => definePlugin('device', device));
  return createRegistry(pluginKinds, [...builtInPlugins, ...given, ...plugins]);
}

/** Reads the files that templates name. */
export function readingOf({ files }: Surroundings, registry: Registry): Reading {
  return {
    registry: () => Promise.resolve(registry),
    read: async (path) => ({
      file: files.locate(plainPath(path)),
      text: await readText(files, plainPath(path)),
    }),
  };
}

/** Loads a model with its tokenizer and adapters, and opens a device. */
export async function openIn(
  { files, models = {}, devices, onWarning, onWork }: Surroundings,
  registry: Registry,
  asked: AskedModel,
): Promise<Session> {
  const folder = folderIn(files);
  onWork?.(`loading the model ${asked.model}`);
  const home = Object.hasOwn(models, asked.model) ? models[asked.model]! : folder(asked.model);
  const model = await loadModel(home, {
    architectures: registry.all('architecture'),
    labels: asked.labels,
  });
  const tokenizer = (await home.stat('tokenizer.json')) && (await loadTokenizer(home));
  for (const finding of endTokenFindings(model, tokenizer)) onWarning?.(finding);
  const loading = { model, registry, tokenizer, folder, ...(onWarning ? { onWarning } : {}) };
  const adapters = await loadAdapters(namedAdapters(asked.adapter), loading);
  const { precision = 'float32' } = asked;
  if (precision !== 'float32') {
    const tuning = { kind: 'none', adapters, label: 'an adapter' } as const;
    requireFrozenMaps(precision, { model, head: false, tuning });
  }
  onWork?.('opening the device');
  const device = await devices.openDevice(asked.device ?? 'auto', {
    plugins: registry.all('device').filter((one) => !devices.devices.includes(one)),
    ...(asked.threads === undefined ? {} : { threads: asked.threads }),
  });
  const placing = precision === 'float32' ? undefined : inCodes(precision, { model, device });
  const placement = placementOf(model, device, placing);
  return {
    registry,
    folder,
    device,
    model,
    tokenizer,
    adapters,
    placement,
    async close() {
      await placement.release();
      await device.close();
    },
  };
}

/**
 * Refuses what only runs in folders on a disk have.
 *
 * @throws TunesmithError `needs-folders` for stages, artifacts, plugins by name and preparation
 */
export function requireOneRun({ stages, artifacts, plugins, preparation }: Recipe): void {
  const [what, accepted] = stages
    ? ['stages', 'one recipe a job']
    : artifacts
      ? ['artifacts', 'a recipe without them']
      : plugins.length > 0
        ? ['plugins', 'plugins as values']
        : preparation
          ? ['preparation', 'a recipe without it']
          : [];
  if (what === undefined) return;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'needs-folders',
    message: `${what} of a recipe name what lies on a disk, and this job runs over files that may lie anywhere`,
    value: what,
    accepted: `${accepted!}, or the job of tunesmith/node`,
  });
}
