import { join } from 'node:path';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { completeModel, listOf, TunesmithError, type StageRecipe } from '@tunesmith/schema';
import { stringify } from 'yaml';
import { asNamed } from '../adapters.ts';
import { merge } from '../merge.ts';
import { openRunFolder } from '../run/folder.ts';
import type { StageContext, StageJob, StageOutcome } from './jobs.ts';

/** `merge`: leaves a model of its own, with the adapter folded in. A merge that was interrupted is done again. */
export const mergeJob: StageJob = {
  name: 'merge',
  leaves: () => ['model'],
  async check({ name, adapter }) {
    if (adapter !== undefined) return;
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'nothing-to-merge',
      message: `stage "${name}" names no adapter to fold into the model`,
      value: name,
      accepted: 'adapter: { from: stages.NAME.adapter }, or a folder',
    });
  },
  run: runMerge,
};

async function runMerge(
  { name, model: written, adapter, device, threads, plugins: pluginNames = [], dtype }: StageRecipe,
  { directory, resume, overwrite, plugins = [], onWork, onEvent }: StageContext,
): Promise<StageOutcome> {
  const model = completeModel(written as string);
  const folder = await openRunFolder({
    directory,
    overwrite: resume || overwrite,
    writes: ['model', 'model/README.md'],
  });
  try {
    const text = stringify({
      name,
      job: 'merge',
      model,
      adapter,
      plugins: pluginNames,
      output: directory,
    });
    await folder.claim(text);
    await writeFileAtomically(join(directory, 'recipe.yaml'), text);
    await merge({
      model: model.from,
      adapter: listOf(adapter).map(asNamed),
      out: folder.model,
      plugins,
      pluginNames,
      ...(dtype === undefined ? {} : { dtype }),
      ...(device === undefined ? {} : { device: device as string }),
      ...(threads === undefined ? {} : { threads }),
      ...(onWork ? { onWork } : {}),
      onWarning: (warning) => onEvent?.({ type: 'warning', ...warning }),
    });
  } finally {
    await folder.release();
  }
  return { reason: 'done' };
}
