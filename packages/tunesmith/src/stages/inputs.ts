import { isAbsolute } from 'node:path';
import { listOf, type StageRecipe } from '@tunesmith/schema';
import { isElsewhere } from '../recipe/locate-data.ts';
import type { RunInput } from '../run/check-folder.ts';
import { isReference } from './reference.ts';

/** Everything that a stage reads and no stage writes; its paths are absolute. */
export function inputsOf(stage: StageRecipe): RunInput[] {
  const { model, adapter, data = [], artifacts = {}, runs, plugins = [] } = stage;
  const from = typeof model === 'string' ? model : model?.from;
  const inputs: RunInput[] = [
    // What lies on the hub is kept where no run writes.
    ...(from !== undefined && isAbsolute(from) ? [{ what: 'the model', path: from }] : []),
    ...listOf(adapter).map((named) => ({ what: 'the adapter', path: named.from })),
    ...data.flatMap((entry) =>
      'path' in entry && entry.path !== undefined && !isElsewhere(entry.path)
        ? [{ what: 'the data', path: entry.path }]
        : [],
    ),
    ...listOf(runs).map((path) => ({ what: 'the run', path })),
    ...Object.values(artifacts)
      .flatMap(listOf)
      .map((path): RunInput => ({ what: 'an artifact', path })),
    ...plugins
      .filter((name) => isAbsolute(name))
      .map((path): RunInput => ({ what: 'the plugin', path })),
  ];
  return inputs.filter(({ path }) => !isReference(path));
}
