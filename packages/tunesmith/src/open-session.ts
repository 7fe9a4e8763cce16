import { relative, resolve, sep } from 'node:path';
import type { LabelHeadOptions, PrecisionName, Tokenizer } from '@tunesmith/models';
import { hubSettings, loadModel, loadTokenizer } from '@tunesmith/models/node';
import {
  createRegistry,
  partsOf,
  TunesmithError,
  type Mention,
  type OneOrSeveral,
  type Plugin,
  type Registry,
} from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { loadAdapters, namedAdapters, requireOwnNames, type NamedAdapters } from './adapters.ts';
import { deviceFindings } from './device-findings.ts';
import { endTokenFindings } from './end-tokens.ts';
import { openNamedDevice, pluginDevices } from './named-device.ts';
import type { Input } from './outputs/check-output.ts';
import { pluginKinds } from './plugins/built-in.ts';
import { nodePlugins } from './plugins/node-plugins.ts';
import { loadPlugins } from './plugins/load.ts';
import { findModel, locateAdapter, locateModel } from './recipe/locate.ts';
import { precisionBeside, runAround, tunedModel, type TrainedIn } from './run/tuned-model.ts';
import { placementOf, type Session, type Warning, type WorkListener } from './session.ts';
import {
  inInt8,
  inCodes,
  int8From,
  int8With,
  requireFrozenMaps,
  type Placing,
} from './train/precision.ts';

/** What every job on a model takes. */
export interface ModelOptions {
  /**
   * A model's folder or GGUF file, a package that ships one, or `organization/name[@revision][/file.gguf]` on the hub, which is
   * downloaded into the cache of Hugging Face's programs; or the folder of a run, which stands for what it tuned: the model it began with, in the precision that it trained in, and its adapter, or its own
   * model after full fine-tuning.
   */
  model: string;
  /**
   * The folder of an adapter or of several that a run trained together, `organization/name[@revision]` on the hub, or a list of such; a run's own by default where `model`
   * is a run. With a name and `byRecord` it acts on the records that name it as their `meta.adapter`, and on no others: one batch
   * is then answered by several adapters, and the model alone.
   */
  adapter?: OneOrSeveral<string | NamedAdapters>;
  /**
   * What the linear maps of the model's blocks are computed in; by default what the run trained in whose folder or adapter is
   * used, and float32 where there is no such run. In int8 inputs are evened out by the factors of that run; without one they
   * are rounded as they are.
   */
  precision?: PrecisionName;
  /** A head for labels that the model is to have; by default that of the run which the model or the adapter is of. */
  labels?: LabelHeadOptions | undefined;
  /** Where tensors run; `auto` by default. */
  device?: Mention;
  /** Threads of the device; one for each core by default. */
  threads?: number;
  /** Plugins as values. */
  plugins?: readonly Plugin[];
  /** Packages or files that export plugins. */
  pluginNames?: readonly string[];
  /** The folder that paths are relative to; the working folder by default. */
  directory?: string;
  /** Hears of what a person should know: an adapter that was made for another base model, a device slower than need be. */
  onWarning?: (warning: Warning) => void;
  /** Hears what begins now. */
  onWork?: WorkListener;
}

/** A registry of the built-in plugins, those given, and those that the named packages export. */
export async function openRegistry(
  options: Pick<ModelOptions, 'plugins' | 'pluginNames' | 'directory' | 'onWork'>,
): Promise<Registry> {
  const { pluginNames = [], directory = process.cwd(), onWork } = options;
  const loaded = await loadPlugins(pluginNames, directory, onWork);
  return createRegistry(pluginKinds, [...nodePlugins, ...(options.plugins ?? []), ...loaded]);
}

/**
 * Loads a model with its tokenizer and adapters, and opens the device.
 *
 * @throws TunesmithError for a model, adapter or device that does not exist or does not fit
 */
export async function openSession(given: ModelOptions & { registry?: Registry }): Promise<Session> {
  requireOwnNames(namedAdapters(given.adapter));
  const directory = given.directory ?? process.cwd();
  const options = await ofRun(given, directory);
  const registry = options.registry ?? (await openRegistry(options));
  const { onWork, onWarning } = options;
  const folder = await locateModel(options.model, directory, { onWork, onWarning });
  options.onWork?.(`loading the model ${options.model}`);
  const model = await loadModel(folder, {
    architectures: registry.all('architecture'),
    labels: options.labels ?? (await labelsBeside(options, directory)),
  });
  const tokenizer = await optionalTokenizer(folder);
  for (const finding of endTokenFindings(model, tokenizer)) options.onWarning?.(finding);
  const named: NamedAdapters[] = [];
  for (const one of namedAdapters(options.adapter)) {
    options.onWork?.(`loading the adapter ${one.from}`);
    named.push({ ...one, from: await locateAdapter(one.from, directory, { onWork, onWarning }) });
  }
  const loading = {
    model,
    registry,
    tokenizer,
    folder: nodeFiles,
    ...(onWarning ? { onWarning } : {}),
  };
  const adapters = await loadAdapters(named, loading);
  options.onWork?.('opening the device');
  const device = await openNamedDevice(registry, options);
  // Who names a device knows what they take.
  if (options.onWarning && partsOf(options.device ?? 'auto').name === 'auto')
    for (const finding of await deviceFindings(device, pluginDevices(registry)))
      options.onWarning(finding);
  const beside = await Promise.all(named.map(({ from }) => precisionBeside(from)));
  const trainedIn = options.trainedIn ?? beside.find((one) => one !== undefined);
  if (trainedIn && !options.trainedIn && !options.precision)
    onWarning?.({
      code: 'precision',
      message: `precision ${trainedIn.name}, in which the adapter was trained; float32 is exact`,
    });
  const placing = placingOf({ ...options, trainedIn }, { model, device, adapters });
  const placement = placementOf(model, device, placing);
  return {
    registry,
    folder: nodeFiles,
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
 * How the model of a job is placed; undefined for float32.
 *
 * @throws TunesmithError `unsupported-precision` where an adapter brings weights of linear maps of its own
 */
function placingOf(
  { precision, trainedIn, onWarning }: ModelOptions & { trainedIn: TrainedIn | undefined },
  { model, device, adapters }: Pick<Session, 'model' | 'device' | 'adapters'>,
): Placing | undefined {
  const name = precision ?? trainedIn?.name ?? 'float32';
  if (name === 'float32') return undefined;
  const traces = trainedIn?.name === 'int8' ? trainedIn : undefined;
  const head = traces?.head ?? false;
  requireFrozenMaps(name, { model, head, tuning: { kind: 'none', adapters, label: 'an adapter' } });
  if (name !== 'int8') return inCodes(name, { model, device });
  if (traces) return inInt8(() => int8From({ model, device, head }, nodeFiles(traces.run)));
  const message = 'precision int8 without the factors of a run: inputs are rounded as they are';
  onWarning?.({ code: 'precision', message });
  return inInt8(() => int8With({ model, device, head }, new Map()));
}

/** Options whose model is the folder of a run, with what the run tuned in its place. */
async function ofRun<Options extends ModelOptions>(
  options: Options,
  directory: string,
): Promise<Options & { trainedIn?: TrainedIn }> {
  const tuned = await tunedModel(resolve(directory, options.model));
  if (!tuned) return options;
  const adapter = options.adapter ?? tuned.adapter;
  return {
    ...options,
    model: tuned.model,
    pluginNames: [...new Set([...tuned.pluginNames, ...(options.pluginNames ?? [])])],
    ...(adapter === undefined ? {} : { adapter }),
    ...(tuned.precision ? { trainedIn: tuned.precision } : {}),
    ...(tuned.labels === undefined ? {} : { labels: tuned.labels }),
  };
}

/** The labels of the run that an adapter is part of. */
async function labelsBeside(
  { adapter }: Pick<ModelOptions, 'adapter'>,
  directory: string,
): Promise<LabelHeadOptions | undefined> {
  const [first] = namedAdapters(adapter);
  if (first === undefined) return undefined;
  const folder = resolve(directory, first.from);
  const run = runAround(folder);
  const isOfRun = relative(run, folder).split(sep)[0] === 'adapter';
  return isOfRun ? (await tunedModel(run))?.labels : undefined;
}

/**
 * The folders that a job on a model reads; for a model that is on the hub, the cache that it is kept in.
 *
 * @throws TunesmithError where one does not exist
 */
export async function inputsOf(given: ModelOptions): Promise<Input[]> {
  const directory = given.directory ?? process.cwd();
  const options = await ofRun(given, directory);
  const place = await findModel(options.model, directory);
  const path = 'path' in place ? place.path : (await hubSettings()).cache;
  const inputs = [{ what: 'the model', path }];
  for (const { from } of namedAdapters(options.adapter))
    inputs.push({ what: 'the adapter', path: await locateAdapter(from, directory, options) });
  return inputs;
}

/** The tokenizer of a model's folder or GGUF file, where there is one. */
export async function optionalTokenizer(path: string): Promise<Tokenizer | undefined> {
  return loadTokenizer(path).catch((error: unknown) => {
    if (TunesmithError.is(error) && error.code === 'no-tokenizer') return undefined;
    throw error;
  });
}
