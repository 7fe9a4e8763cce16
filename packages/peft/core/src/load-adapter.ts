import { TunesmithError, type Files } from '@tunesmith/schema';
import { readWeights, type Model } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import type { Adapter, AdapterFiles, PeftMethod } from './contract.ts';
import type { Plan } from './plan.ts';
import { baseShape } from './base-names.ts';
import { checkBase, type AdapterWarning } from './base-record.ts';
import { checkAdapterName, checkPlan } from './create-adapter.ts';
import { configFile, trainingFile } from './write-adapter.ts';
import { initialize } from './initialize.ts';
import { largestDifference, largestMagnitude } from './merge-adapter.ts';
import { readLayout } from './layout.ts';
import { readJson, unreadable } from './read-json.ts';
import { sameShape } from './shapes.ts';

/**
 * Reads an adapter's folder; which method it belongs to, its files say.
 *
 * Strict: a missing, extra or mis-shaped tensor, and every option that the method cannot honor, is an error that names
 * it. Half-precision tensors are widened to float32. A rank that the configuration leaves out is read off the tensors.
 *
 * @param options.methods those that may claim the folder
 * @param options.tokenizer for methods that read texts of records
 * @param options.onWarning hears of an adapter that was made for another base model of the same shapes
 * @param options.name what to call it; else the name the files give, else `default`
 * @throws TunesmithError `adapter-files` for a folder that holds no readable adapter, `unknown-adapter-format` when no
 * method claims it, `adapter-tensors`, `unsupported-option`, `not-finite` for tensors that hold an infinity or NaN,
 * `other-base-model` when the file repeats a base tensor that the
 * model has with other values
 */
export async function loadAdapter(
  files: Files,
  options: {
    model: Pick<Model, 'spec' | 'architecture' | 'weights'>;
    methods: readonly PeftMethod[];
    name?: string;
    tokenizer?: Adapter['tokenizer'];
    onWarning?: (warning: AdapterWarning) => void;
  },
): Promise<Adapter> {
  const { model, tokenizer } = options;
  const { spec, architecture } = model;
  const directory = files.locate();
  const { method, config, tensors } = await readFiles(files, options.methods);
  const training = await readTraining(files, method);
  const found = method.files.read(
    { directory, config, tensors, ...(training ? { training } : {}) },
    spec,
  );
  await checkRepeated(directory, found.repeated ?? {}, options.model);
  const plan = checkPlan(method, method.plan(spec, found.config), spec);
  const shapes = new Map(plan.tensors.map((tensor) => [tensor.name, tensor.shape]));
  for (const base of plan.base) shapes.set(base, baseShape(spec, base) ?? []);
  const parameters = { ...(await derivedTensors(plan, options.model)), ...found.parameters };
  for (const [name, shape] of shapes) {
    const tensor = parameters[name];
    if (tensor === undefined || !sameShape(tensor.shape, shape))
      throw unsound(directory, method, name);
  }
  const surplus = Object.keys(parameters).find((name) => !shapes.has(name));
  if (surplus !== undefined) throw unsound(directory, method, surplus);
  const warning = await checkBase(files, options.model);
  if (warning) options.onWarning?.(warning);
  const name = checkAdapterName(options.name ?? found.name ?? 'default');
  return {
    name,
    method,
    config: found.config,
    plan,
    model: spec,
    architecture,
    parameters,
    ...(tokenizer ? { tokenizer } : {}),
  };
}

/** What follows from the base model and the configuration; no seed has a say in it. */
async function derivedTensors(
  plan: Plan,
  model: Pick<Model, 'spec' | 'weights'>,
): Promise<Record<string, HostTensor>> {
  const derived: Record<string, HostTensor> = {};
  for (const tensor of plan.tensors)
    if (tensor.derived === true) derived[tensor.name] = await initialize(tensor, model, 0);
  return derived;
}

/** The method that an adapter's files belong to, and what its own files hold. */
async function readFiles(
  files: Files,
  methods: readonly PeftMethod[],
): Promise<{ method: PeftMethod } & Pick<AdapterFiles, 'config' | 'tensors'>> {
  const arranged = (await files.stat(configFile)) ? undefined : await readLayout(files, methods);
  if (arranged) return { method: arranged.method, ...arranged.files };
  if (/\.(?:gguf|safetensors|bin)$/i.test(files.locate()))
    throw unreadable(
      files.locate(),
      `${files.locate()} is a file; an adapter is a folder with ${configFile} and its tensors${/gguf$/i.test(files.locate()) ? '. LoRA in GGUF is written for llama.cpp, and not read: give the adapter that it was made from' : ''}`,
    );
  const config = await readJson(files, configFile);
  const method = claim(files, config, methods);
  return { method, config, tensors: await readTensors(files, method) };
}

function claim(
  files: Files,
  config: Readonly<Record<string, unknown>>,
  methods: readonly PeftMethod[],
): PeftMethod {
  const found = methods.find((method) => method.files.recognizes(config));
  if (found !== undefined) return found;
  const type = config['peft_type'];
  const what =
    typeof type === 'string' ? `peft_type "${type}"` : 'no peft_type that any method knows';
  throw new TunesmithError({
    package: '@tunesmith/peft',
    code: 'unknown-adapter-format',
    message: `${files.locate(configFile)} has ${what}`,
    value: type,
    accepted: methods.map((method) => `${method.files.marker} (${method.name})`),
  });
}

async function readTensors(files: Files, method: PeftMethod): Promise<Record<string, HostTensor>> {
  const { tensorFile } = method.files;
  if (await files.stat(tensorFile)) return readWeights(files, tensorFile);
  const pickle = tensorFile.replace(/\.safetensors$/, '.bin');
  const old = (await files.stat(pickle))
    ? `; ${pickle} is a Python pickle, which is not read: save it again with safe_serialization=True`
    : '';
  throw unreadable(files.locate(), `${files.locate(tensorFile)} does not exist${old}`);
}

/** What training goes on from, where it lies beside the adapter. */
async function readTraining(
  files: Files,
  method: PeftMethod,
): Promise<Record<string, HostTensor> | undefined> {
  if (!(await files.stat(trainingFile))) return undefined;
  if (method.files.keepsTraining) return readWeights(files, trainingFile);
  throw unreadable(
    files.locate(),
    `${files.locate(trainingFile)} is of another method than ${method.name}`,
  );
}

/** Half precision on one side moves a value by less than this share of the largest one. */
const repeatTolerance = 1e-2;

async function checkRepeated(
  directory: string,
  repeated: Readonly<Record<string, HostTensor>>,
  { spec, weights }: Pick<Model, 'spec' | 'weights'>,
): Promise<void> {
  for (const [name, tensor] of Object.entries(repeated)) {
    const base = name in spec.tensors ? await weights.read(name) : undefined;
    const largest = largestMagnitude(tensor);
    if (base && largestDifference(base, tensor) <= repeatTolerance * largest) continue;
    throw new TunesmithError({
      package: '@tunesmith/peft',
      code: 'other-base-model',
      message: `${directory} repeats the base tensor "${name}", and this model's is another one`,
      value: name,
      accepted: 'the base model that the adapter was trained on',
    });
  }
}

function unsound(directory: string, method: PeftMethod, name: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/peft',
    code: 'adapter-tensors',
    message: `${directory}: what method "${method.name}" read does not fit its own plan at tensor "${name}"`,
    value: name,
    kind: 'failure',
  });
}
