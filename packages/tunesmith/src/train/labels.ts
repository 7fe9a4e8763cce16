import type { LabelHeadOptions } from '@tunesmith/models';
import { isTokenized, TunesmithError, type DataRecord, type Recipe } from '@tunesmith/schema';

/**
 * The recipe with the labels of its model named: those of the training data, in the order of their names, where it says `data`.
 *
 * @throws TunesmithError `no-labels` where the data has none
 */
export function withLabels(recipe: Recipe, train: Iterable<DataRecord>): Recipe {
  const { labels } = recipe.model;
  if (labels !== 'data') return recipe;
  const labelsFound = new Set<string>();
  for (const record of train) for (const label of labelsOf(record)) labelsFound.add(label);
  const found = [...labelsFound].toSorted();
  if (found.length > 0) return { ...recipe, model: { ...recipe.model, labels: found } };
  throw new TunesmithError({
    package: 'tunesmith',
    code: 'no-labels',
    message: 'model.labels is data, and no training record has a label',
    value: labels,
    accepted: 'meta.label or an answer in the records, or model.labels: [NAME, …]',
  });
}

/** The head for labels that a recipe asks for; undefined where it asks for none. */
export function labelHeadOf({
  model,
  seed,
}: Pick<Recipe, 'model' | 'seed'>): LabelHeadOptions | undefined {
  const { labels, problem } = model;
  if (labels === undefined || labels === 'data') return undefined;
  return { labels, seed, ...(problem === undefined ? {} : { problem }) };
}

function labelsOf(record: DataRecord): string[] {
  const stated = record.meta?.['label'];
  if (stated !== undefined) return [stated].flat().map(String);
  if (isTokenized(record)) return [];
  if ('output' in record) return record.output === '' ? [] : [record.output.trim()];
  const last = record.messages.at(-1);
  return last?.role === 'assistant' && typeof last.content === 'string'
    ? [last.content.trim()]
    : [];
}
