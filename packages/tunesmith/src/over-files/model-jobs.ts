import { loadModel, saveModel, type FloatingType, type Generation } from '@tunesmith/models';
import { checkStored } from '@tunesmith/peft';
import { TunesmithError, type Mention, type OneOrSeveral } from '@tunesmith/schema';
import { requireOwnNames, namedAdapters, type NamedAdapters } from '../adapters.ts';
import { answer, recordsOf, type AnswerOptions } from '../answer.ts';
import { mergedModel, requireAdapters } from '../merged-model.ts';
import type { CodedName } from '../train/precision.ts';
import type { Session } from '../session.ts';
import { folderIn, openIn, plainPath, registryOf, type Surroundings } from './surroundings.ts';

/** What every job on a model takes. */
export interface ModelOptions extends Surroundings {
  /** A name among `models`, or a folder of `files`. */
  model: string;
  /** The folder of an adapter or of several that a run trained together, or a list of such. */
  adapter?: OneOrSeveral<string | NamedAdapters>;
  /** What the linear maps of the model's blocks are computed in; float32 by default. */
  precision?: 'float32' | CodedName;
  /** Where tensors run; `auto` by default. */
  device?: Mention;
}

/** What {@link generate} takes. */
export interface GenerateOptions extends ModelOptions, AnswerOptions {}

/**
 * Writes an answer to each prompt, each with random numbers of its own: what a prompt is answered does not depend on the others.
 * Without a temperature the most likely token is taken each time.
 */
export async function generate(options: GenerateOptions): Promise<Generation[]> {
  // What is wrong with them is said before a model is loaded.
  recordsOf(options);
  return withSession(options, (session) => answer(session, options));
}

/** What {@link merge} takes. */
export interface MergeOptions extends Omit<ModelOptions, 'precision'> {
  /** The folder of `files` for the merged model. */
  out: string;
  /** The type that weights are stored in; float32 by default. */
  dtype?: FloatingType;
}

/** What a merge did. */
export interface MergeSummary {
  /** The folder of the model. */
  directory: string;
  /** Names of the adapters that were folded in, in order. */
  adapters: string[];
  /** Tensors of the model that the adapters changed. */
  changed: number;
}

/**
 * Folds adapters into their model and writes it as a model of its own. The logits before and after must agree, and so must those of
 * what was written, which is removed again where they do not.
 *
 * @throws TunesmithError `output-exists`, `nothing-to-merge`, `cannot-merge`, `merge-disagrees`
 */
export async function merge(options: MergeOptions): Promise<MergeSummary> {
  const { files, model: name, dtype = 'float32' } = options;
  const directory = plainPath(options.out);
  const out = folderIn(files)(directory);
  if (await out.stat('config.json')) throw outputExists(out.locate());
  return withSession(options, async (session) => {
    const { adapters, device, registry } = session;
    requireAdapters(session, name);
    options.onWork?.('merging');
    const model = await mergedModel(session, adapters);
    options.onWork?.(`writing ${directory}`);
    try {
      await saveModel(model, out, { dtype });
      const stored = await loadModel(out, { architectures: registry.all('architecture') });
      await checkStored({ model, stored, dtype, device });
    } catch (error) {
      for (const file of await out.list()) await out.remove(file);
      throw error;
    }
    return { directory, adapters: adapters.map((one) => one.name), changed: model.changed.length };
  });
}

async function withSession<Result>(
  options: ModelOptions,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  requireOwnNames(namedAdapters(options.adapter));
  const session = await openIn(options, registryOf(options), options);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

function outputExists(place: string): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'output-exists',
    message: `a model is in ${place} already`,
    value: place,
    accepted: 'another folder',
  });
}
