import { join, resolve } from 'node:path';
import {
  createLanguageModel,
  placeModel,
  type LanguageModel,
  type Model,
  type PlacedModel,
  type Precision,
  type Tokenizer,
  type VirtualTokens,
} from '@tunesmith/models';
import { loadModel, loadTokenizer } from '@tunesmith/models/node';
import {
  adapterFeeds,
  composeHooks,
  recordInputs,
  virtualTokens,
  type Adapter,
} from '@tunesmith/peft';
import { loadAdapter } from '@tunesmith/peft/node';
import { type Device, type DevicePlugin } from '@tunesmith/runtime';
import { devices as builtInDevices, openDevice } from '@tunesmith/runtime/node';
import {
  createRegistry,
  partsOf,
  TunesmithError,
  type Mention,
  type Plugin,
  type Registry,
} from '@tunesmith/schema';
import { deviceFindings } from './device-findings.ts';
import type { Input } from './outputs/check-output.ts';
import { builtInPlugins, pluginKinds } from './plugins/built-in.ts';
import { loadPlugins } from './plugins/load.ts';
import { locate, locateModel } from './recipe/locate.ts';
import { exists } from './run/exists.ts';
import { int8Beside, tunedModel, type Int8Traces } from './run/tuned-model.ts';
import { int8From, int8With, requireFrozenMaps } from './train/precision.ts';

/** Hears what begins now, in words: `reading rows.jsonl`. A person who waits wants to know it. */
export type WorkListener = (what: string) => void;

/** What every job on a model takes. */
export interface ModelOptions {
  /**
   * A model's folder, a package that ships one, or `organization/name` in the Hugging Face cache; or the folder of a run,
   * which stands for what it tuned: the model it began with, in the precision that it trained in, and its adapter, or its own
   * model after full fine-tuning.
   */
  model: string;
  /** An adapter's folder, or several that work together; a run's own by default where `model` is a run. */
  adapter?: string | readonly string[];
  /**
   * What the linear maps of the model's blocks are computed in; by default what the run trained in whose folder or adapter is
   * used, and float32 where there is no such run. In int8 inputs are evened out by the factors of that run; without one they
   * are rounded as they are.
   */
  precision?: PrecisionName;
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

/** Something a person should know. */
export interface Warning {
  /** A stable name for programs. */
  code: string;
  message: string;
}

/** A model on a device, with everything around it. {@link Session.close} frees the device. */
export interface Session {
  registry: Registry;
  device: Device;
  model: Model;
  /** Absent where the model's folder has no tokenizer: then only tokenized data can be used. */
  tokenizer: Tokenizer | undefined;
  adapters: readonly Adapter[];
  /** The model on the device, for whoever needs it there. */
  placement: Placement;
  close(): Promise<void>;
}

/** What the linear maps of a model's blocks are computed in. */
export type PrecisionName = 'float32' | 'int8';

/** A model's place on a device: taken when it is first asked for, and shared. */
export interface Placement {
  /** What the weights lie there in. */
  readonly precision: PrecisionName;
  /** The placed model. It belongs to the placement: nobody else disposes it. */
  get(): Promise<PlacedModel>;
  /** Gives the device's memory back; whoever asks later has the model placed again. */
  release(): Promise<void>;
}

/** A place for a model on a device, in float32, or in int8 that is made when it is needed; nothing is read yet. */
export function placementOf(
  model: Model,
  device: Device,
  precision?: () => Promise<Precision>,
): Placement {
  let placed: Promise<PlacedModel> | undefined;
  const place = async (): Promise<PlacedModel> =>
    placeModel(model, device, precision ? { precision: await precision() } : {});
  return {
    precision: precision ? 'int8' : 'float32',
    get: () => (placed ??= place()),
    async release() {
      const held = placed;
      placed = undefined;
      (await held?.catch(() => undefined))?.dispose();
    },
  };
}

/** A registry of the built-in plugins, those given, and those that the named packages export. */
export async function openRegistry(
  options: Pick<ModelOptions, 'plugins' | 'pluginNames' | 'directory' | 'onWork'>,
): Promise<Registry> {
  const { pluginNames = [], directory = process.cwd(), onWork } = options;
  const loaded = await loadPlugins(pluginNames, directory, onWork);
  return createRegistry(pluginKinds, [...builtInPlugins, ...(options.plugins ?? []), ...loaded]);
}

/**
 * Loads a model with its tokenizer and adapters, and opens the device.
 *
 * @throws TunesmithError for a model, adapter or device that does not exist or does not fit
 */
export async function openSession(given: ModelOptions & { registry?: Registry }): Promise<Session> {
  const directory = given.directory ?? process.cwd();
  const options = await ofRun(given, directory);
  const registry = options.registry ?? (await openRegistry(options));
  const folder = await locateModel(options.model, directory);
  options.onWork?.(`loading the model ${options.model}`);
  const model = await loadModel(folder, { architectures: registry.all('architecture') });
  const tokenizer = await optionalTokenizer(folder);
  const named = adapterNames(options.adapter);
  const adapters: Adapter[] = [];
  for (const [index, name] of named.entries()) {
    const path = await locate(name, directory, 'the adapter');
    options.onWork?.(`loading the adapter ${name}`);
    const own = named.length > 1 ? { name: `adapter-${index + 1}` } : {};
    const { onWarning } = options;
    adapters.push(
      await loadAdapter(path, {
        model,
        methods: registry.all('method'),
        ...own,
        ...(onWarning ? { onWarning } : {}),
      }),
    );
  }
  options.onWork?.('opening the device');
  const device = await openNamedDevice(registry, options);
  // Who names a device knows what they take.
  if (options.onWarning && partsOf(options.device ?? 'auto').name === 'auto')
    for (const finding of await deviceFindings(device, pluginDevices(registry)))
      options.onWarning(finding);
  const paths = await Promise.all(named.map((name) => locate(name, directory, 'the adapter')));
  const placement = placementOf(
    model,
    device,
    await precisionOf(options, { paths, model, device, adapters }),
  );
  return {
    registry,
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
 * The precision of a job on a model; undefined for float32. An adapter of a run in int8 is used in int8, as it trained, and a
 * person hears of it.
 *
 * @throws TunesmithError `unsupported-precision` where int8 is asked for and an adapter brings weights of linear maps
 */
async function precisionOf(
  { precision: asked, int8, onWarning }: ModelOptions & { int8?: Int8Traces },
  {
    paths,
    model,
    device,
    adapters,
  }: { paths: readonly string[]; model: Model; device: Device; adapters: readonly Adapter[] },
): Promise<(() => Promise<Precision>) | undefined> {
  if (asked === 'float32') return undefined;
  const beside = await Promise.all(paths.map(int8Beside));
  const traces = int8 ?? beside.find((one) => one !== undefined);
  if (asked === undefined && traces === undefined) return undefined;
  const placing = { model, device, head: traces?.head ?? false };
  requireFrozenMaps(model, { kind: 'none', adapters, label: 'an adapter' }, placing.head);
  const say = (message: string): void => onWarning?.({ code: 'precision', message });
  if (asked === undefined && int8 === undefined)
    say('precision int8, in which the run of the adapter trained; float32 is exact');
  if (traces !== undefined) return () => int8From(placing, traces.smoothing);
  say('precision int8 without the factors of a run: inputs are rounded as they are');
  return () => int8With(placing, new Map());
}

/** Options whose model is the folder of a run, with what the run tuned in its place. */
async function ofRun<Options extends ModelOptions>(
  options: Options,
  directory: string,
): Promise<Options & { int8?: Int8Traces }> {
  const tuned = await tunedModel(resolve(directory, options.model));
  if (!tuned) return options;
  const adapter = options.adapter ?? tuned.adapter;
  return {
    ...options,
    model: tuned.model,
    pluginNames: [...new Set([...tuned.pluginNames, ...(options.pluginNames ?? [])])],
    ...(adapter === undefined ? {} : { adapter }),
    ...(tuned.int8 === undefined ? {} : { int8: tuned.int8 }),
  };
}

/** The folders that a job on a model reads. @throws TunesmithError where one does not exist */
export async function inputsOf(given: ModelOptions): Promise<Input[]> {
  const directory = given.directory ?? process.cwd();
  const options = await ofRun(given, directory);
  const inputs = [{ what: 'the model', path: await locateModel(options.model, directory) }];
  for (const name of adapterNames(options.adapter))
    inputs.push({ what: 'the adapter', path: await locate(name, directory, 'the adapter') });
  return inputs;
}

function adapterNames(adapter: ModelOptions['adapter']): readonly string[] {
  return typeof adapter === 'string' ? [adapter] : (adapter ?? []);
}

/** The devices of a registry that are not built in: `auto` tries them first. */
export function pluginDevices(registry: Registry): DevicePlugin[] {
  return registry.all('device').filter((device) => !builtInDevices.includes(device));
}

/** Opens the device a recipe names, among the built-in ones and those of plugins. */
export function openNamedDevice(
  registry: Registry,
  options: Pick<ModelOptions, 'device' | 'threads'>,
): Promise<Device> {
  return openDevice(options.device ?? 'auto', {
    plugins: pluginDevices(registry),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
}

/** The session's model as a language model, its adapters on; whoever asked for it disposes it. */
export async function languageModelOf(
  session: Session,
  adapters: readonly Adapter[] = session.adapters,
): Promise<LanguageModel> {
  const { placement, tokenizer } = session;
  return createLanguageModel({
    placed: await placement.get(),
    hooksFrom: composeHooks(adapters.map((adapter) => ({ adapter }))),
    extra: adapterFeeds(adapters),
    virtualTokens: placeOf(virtualTokens(adapters)),
    inputs: recordInputs(adapters),
    ...(tokenizer ? { tokenizer } : {}),
  });
}

/** Lets `use` work with the session's model as a language model, and gives back what was compiled for it. */
export async function withLanguageModel<Result>(
  session: Session,
  use: (languageModel: LanguageModel) => Promise<Result>,
  adapters: readonly Adapter[] = session.adapters,
): Promise<Result> {
  const languageModel = await languageModelOf(session, adapters);
  try {
    return await use(languageModel);
  } finally {
    await languageModel.dispose();
  }
}

/** The virtual tokens of adapters, as the language model takes them: in one place. */
function placeOf({ input, keys }: { input: number; keys: number }): VirtualTokens {
  if (input > 0 && keys > 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'unsupported-combination',
      message: 'one adapter puts virtual tokens before the input and another one among the keys',
      accepted: 'adapters that put them in one place',
    });
  }
  return keys > 0 ? { place: 'keys', count: keys } : { place: 'input', count: input };
}

/** The session's tokenizer. @throws TunesmithError `no-tokenizer` where the model came without one */
export function requireTokenizer(session: Session): Tokenizer {
  if (session.tokenizer) return session.tokenizer;
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-tokenizer',
    message: `the model in ${session.model.files?.locate() ?? 'memory'} has no tokenizer`,
    value: session.model.files?.locate(),
    accepted: 'a folder with tokenizer.json, or data of format tokenized',
  });
}

async function optionalTokenizer(directory: string): Promise<Tokenizer | undefined> {
  return (await exists(join(directory, 'tokenizer.json'))) ? loadTokenizer(directory) : undefined;
}
