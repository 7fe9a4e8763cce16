import { findArchitecture, loadTokenizer } from '@tunesmith/models';
import { modelFiles, tokenizerNeeds } from '@tunesmith/models/node';
import { readText, type Mention, type PromptTemplate, type Registry } from '@tunesmith/schema';
import { createObjective, noVirtualTokens } from '@tunesmith/trainer';
import { locateModel } from '../recipe/locate.ts';
import type { DataOptions } from './open-data.ts';
import type { ShownObjective } from './token-statistics.ts';

/** What a job takes that shows or measures records as a model reads them. */
export interface ShownOptions extends DataOptions {
  /** A model; its weights are not read. */
  model?: string;
  template?: string;
  /** What is learned; `causal-lm` by default. */
  objective?: Mention;
  maximumLength?: number;
}

/** The objective for the model that is named, and its tokenizer's way back to text; undefined where none is. */
export async function objectiveOf(
  given: ShownOptions,
  registry: Registry,
  template: PromptTemplate,
): Promise<ShownObjective | undefined> {
  const { model, objective, maximumLength = 1_000_000, directory = process.cwd() } = given;
  if (model === undefined) return undefined;
  const reach = { ...given, needs: tokenizerNeeds };
  const files = await modelFiles(await locateModel(model, directory, reach));
  const tokenizer = await loadTokenizer(files);
  const configuration = JSON.parse(await readText(files, 'config.json')) as object;
  const architecture = findArchitecture(configuration, registry.all('architecture'));
  const context = {
    model: { architecture, spec: architecture.spec(configuration) },
    tokenizer,
    template,
    maximumLength,
    virtualTokens: noVirtualTokens,
  };
  return {
    objective: createObjective(objective, context, registry.all('objective')),
    decode: (ids) => tokenizer.decode(ids),
  };
}
