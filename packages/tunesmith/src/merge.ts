import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { saveModel, type FloatingType, type Model } from '@tunesmith/models';
import { mergeAdapter } from '@tunesmith/peft';
import { TunesmithError } from '@tunesmith/schema';
import { requireWritable } from './run/writable.ts';
import { openSession, type ModelOptions } from './session.ts';

/** What {@link merge} takes. */
export interface MergeOptions extends ModelOptions {
  adapter: string | readonly string[];
  /** The folder of the merged model: new or empty. */
  out: string;
  /** The type weights are stored in; float32 by default. */
  dtype?: FloatingType;
}

/** What a merge did. */
export interface MergeSummary {
  directory: string;
  /** Names of the adapters that were folded in, in order. */
  adapters: string[];
  /** Tensors of the model that the adapters changed. */
  changed: number;
}

/**
 * Folds adapters into their model and saves it as a model of its own. Nothing is written unless the logits before and
 * after agree.
 *
 * @throws TunesmithError `output-exists`, `cannot-merge`, `merge-disagrees`, those of the model and the adapters
 */
export async function merge(options: MergeOptions): Promise<MergeSummary> {
  const out = resolve(options.out);
  const present = await readdir(out).catch(() => []);
  if (present.length > 0) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'output-exists',
      message: `the folder ${options.out} is not empty`,
      value: options.out,
      accepted: 'a new folder',
    });
  }
  await requireWritable(out);
  const session = await openSession(options);
  try {
    options.onWork?.('merging');
    let merged: Model = session.model;
    for (const adapter of session.adapters)
      merged = await mergeAdapter({ model: merged, adapter, device: session.device });
    options.onWork?.(`writing ${options.out}`);
    await saveModel(merged, out, options.dtype === undefined ? {} : { dtype: options.dtype });
    const changed = Object.keys(merged.parameters).filter(
      (name) => merged.parameters[name] !== session.model.parameters[name],
    );
    return {
      directory: out,
      adapters: session.adapters.map(({ name }) => name),
      changed: changed.length,
    };
  } finally {
    await session.close();
  }
}
