import { workerData } from 'node:worker_threads';
import { findArchitecture, type ModelSpec } from '@tunesmith/models';
import { modelFiles } from '@tunesmith/models/node';
import { readText, type Mention } from '@tunesmith/schema';
import { createObjective, type VirtualTokenCounts } from '@tunesmith/trainer';
import { serveEncoding } from '@tunesmith/trainer/node';
import { openRegistry, optionalTokenizer } from './open-session.ts';

/** What a thread makes a run's objective from. */
export interface EncoderThreadData {
  /** The model's folder or GGUF file. */
  readonly model: string;
  readonly spec: ModelSpec;
  readonly directory: string;
  readonly pluginNames: readonly string[];
  readonly objective: Mention;
  readonly template: Mention;
  readonly maximumLength: number;
  readonly virtualTokens: VirtualTokenCounts;
}

const { model, spec, directory, pluginNames, objective, template, ...lengths } =
  workerData as EncoderThreadData;
const registry = await openRegistry({ directory, pluginNames });
const configuration = JSON.parse(await readText(await modelFiles(model), 'config.json')) as object;
const tokenizer = await optionalTokenizer(model);
const context = {
  model: { spec, architecture: findArchitecture(configuration, registry.all('architecture')) },
  template: registry.settled('prompt-template', template),
  ...(tokenizer ? { tokenizer } : {}),
  ...lengths,
};
serveEncoding(createObjective(objective, context, registry.all('objective')));
