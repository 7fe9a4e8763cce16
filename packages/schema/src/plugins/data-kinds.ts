import { definePluginKind, upgradeManifest } from './kind.ts';

const owner = '@tunesmith/schema';
const upgrades = { 1: upgradeManifest };

/** What a {@link DatasetAdapter} must have. */
export const datasetAdapterKind = definePluginKind({
  kind: 'dataset-adapter',
  package: owner,
  specVersion: 2,
  functions: ['convert'],
  optionalFunctions: ['write', 'join'],
  properties: { row: { type: 'object' } },
  upgrades,
});

/** What a {@link DataSource} must have. */
export const dataSourceKind = definePluginKind({
  kind: 'data-source',
  package: owner,
  specVersion: 2,
  functions: ['records'],
  properties: { splits: { type: 'array', items: { type: 'string' } } },
  upgrades,
});

/** What a {@link PromptTemplate} must have. */
export const promptTemplateKind = definePluginKind({
  kind: 'prompt-template',
  package: owner,
  specVersion: 2,
  functions: ['messages'],
  optionalFunctions: ['answers', 'labels', 'gap', 'check'],
  upgrades,
});

/** What a {@link Metric} must have. */
export const metricKind = definePluginKind({
  kind: 'metric',
  package: owner,
  specVersion: 2,
  functions: ['score'],
  properties: {
    range: { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 },
    higherIsBetter: { type: 'boolean' },
  },
  upgrades,
});

/** What an {@link EvaluationTask} must have. */
export const evaluationTaskKind = definePluginKind({
  kind: 'evaluation-task',
  package: owner,
  specVersion: 2,
  functions: ['instances'],
  properties: { kind: { enum: ['generate', 'rank', 'loss', 'objective'] } },
  upgrades,
});
