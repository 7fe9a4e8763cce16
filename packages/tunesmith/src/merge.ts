import { rm, rmdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type FloatingType, type Model } from '@tunesmith/models';
import { loadModel, saveModel } from '@tunesmith/models/node';
import { checkStored, combineAdapters, exportAdapter, type CombineOptions } from '@tunesmith/peft';
import { saveAdapter } from '@tunesmith/peft/node';
import { TunesmithError } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { saveStack } from './run/adapter-stack.ts';
import { checkOutputFolder } from './outputs/check-output.ts';
import { besideOf, moveIntoPlace } from './outputs/into-place.ts';
import { realPath } from './outputs/same-place.ts';
import { mergedModel, requireAdapters } from './merged-model.ts';
import { cardFile, cardOf, runOf } from './report/model-card.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';
import { inputsOf, openSession, type ModelOptions } from './open-session.ts';
import type { Session } from './session.ts';

/** What {@link merge} takes. */
export interface MergeOptions extends ModelOptions {
  /** The folder of the merged model, or of the combined adapter: new or empty. */
  out: string;
  /**
   * Make one adapter of several first, weighted and by a rule; what is left out has the defaults of `combineAdapters`. Without it they
   * act one on the other, as they do beside the model.
   */
  combine?: Partial<CombineOptions>;
  /**
   * What is written: a model, by default; the combined adapter beside its model; or adapters as they are, as the program arranges them
   * whose format they have (`setup`: AdapterHub's folders of a fusion, or of several adapters in a stack).
   */
  as?: 'model' | 'adapter' | 'setup';
  /** The type that the weights of a model are stored in; float32 by default, as an adapter always is. */
  dtype?: FloatingType;
}

/** What a merge did. */
export interface MergeSummary {
  directory: string;
  /** Names of the adapters that were folded in, in order. */
  adapters: string[];
  /** Tensors of the model that the adapters changed, or of the combined adapter. */
  changed: number;
}

/**
 * Folds adapters into their model and saves it as a model of its own, with a card of where it comes from; or makes one adapter of several, and saves that.
 *
 * The logits before and after must agree, and so must those of the files: they are written beside `out`, read back in the
 * type they are stored in, and take their place only then. Whatever fails leaves nothing at `out`.
 *
 * @throws TunesmithError `output-exists`, `output-is-input`, `nothing-to-merge`, `cannot-merge`, `cannot-combine`, `merge-disagrees`,
 * `conflicting-options` for a type that what is written is not stored in, `out-of-range` for a weight that the stored type cannot hold, those of the model and the adapters
 */
export async function merge(options: MergeOptions): Promise<MergeSummary> {
  const { as = 'model', dtype = 'float32' } = options;
  if (as !== 'model' && dtype !== 'float32') throw storedInFloat32(as, dtype);
  const out = resolve(options.out);
  await checkOutputFolder(options.out, await inputsOf(options));
  await requireWritable(out);
  // The model's own weights are what is folded into.
  const session = await openSession({ ...options, precision: 'float32' });
  try {
    requireAdapters(session, options.model);
    options.onWork?.('merging');
    const { model } = session;
    const names = session.adapters.map(({ name }) => name);
    if (as === 'setup') {
      if (options.combine !== undefined) throw combinedSetup(options.combine);
      const [one, ...others] = session.adapters;
      if (others.length === 0)
        await exportAdapter(nodeFiles(out), one!, { baseModel: options.model });
      else await saveStack(nodeFiles(out), session.adapters, { baseModel: options.model, model });
      const counts = session.adapters.map(({ plan }) => plan.tensors.length);
      return { directory: out, adapters: names, changed: counts.reduce((a, b) => a + b, 0) };
    }
    const isCombined = options.combine !== undefined || as === 'adapter';
    const adapters = isCombined
      ? [combineAdapters(session.adapters, options.combine)]
      : session.adapters;
    if (as === 'adapter') {
      const [combined] = adapters;
      await saveAdapter(out, combined!, { baseModel: options.model, model });
      const described = { base: options.model, files: model.files, adapters: names } as const;
      const run = await runOf(options);
      await nodeFiles(out).write(cardFile, await cardOf({ ...described, run, as: 'adapter' }));
      return { directory: out, adapters: names, changed: combined!.plan.tensors.length };
    }
    const merged = await mergedModel(session, adapters);
    options.onWork?.(`writing ${options.out}`);
    const card = await cardOf({
      base: options.model,
      files: model.files,
      adapters: names,
      run: await runOf(options),
      as: 'model',
    });
    await saveChecked(merged, out, dtype, card, session);
    return { directory: out, adapters: names, changed: merged.changed.length };
  } finally {
    await session.close();
  }
}

function storedInFloat32(as: string, dtype: FloatingType): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'conflicting-options',
    message: `dtype ${dtype} is asked for, and as ${as}: adapters are stored in float32`,
    value: dtype,
    accepted: 'float32, or a merged model (as model)',
  });
}

function combinedSetup(combine: Partial<CombineOptions>): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'conflicting-options',
    message: 'a setup keeps its adapters as they are, and a rule to combine them by is given',
    value: combine,
    accepted: 'no weights and no rule, or one adapter of several (as adapter)',
  });
}

/** Saves a model where it appears only once what was written has been read back and checked. */
async function saveChecked(
  model: Model,
  out: string,
  dtype: FloatingType,
  card: string,
  { device, registry }: Session,
): Promise<void> {
  // a link to an empty folder stays, and its target is what is written
  const place = await realPath(out);
  const beside = besideOf(place);
  try {
    await saveModel(model, beside, { dtype });
    await nodeFiles(beside).write(cardFile, card);
    const stored = await loadModel(beside, { architectures: registry.all('architecture') });
    await checkStored({ model, stored, dtype, device });
    await makeFolders(dirname(place));
    // An empty folder is in the way of a rename on some systems.
    await rmdir(place).catch(() => undefined);
    await moveIntoPlace(beside, place, out);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
