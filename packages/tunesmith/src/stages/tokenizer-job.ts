import { join } from 'node:path';
import { findings } from '@tunesmith/datasets';
import {
  findArchitecture,
  initializeParameters,
  memoryWeights,
  trainBpe,
  type BpeTraining,
  type Model,
} from '@tunesmith/models';
import { loadModel, saveModel } from '@tunesmith/models/node';
import { TunesmithError, type Registry, type StageRecipe } from '@tunesmith/schema';
import { writeFileAtomically } from '@tunesmith/schema/node';
import { stringify } from 'yaml';
import { collectFiltered } from '../data/collect-filtered.ts';
import { recordsNear } from '../data/records-near.ts';
import { openSpilling } from '../data/spilling.ts';
import { openRegistry } from '../open-session.ts';
import { locateModel } from '../recipe/locate.ts';
import { answersName, journalAt } from '../run/answers.ts';
import { openRunFolder } from '../run/folder.ts';
import {
  rolesOf,
  sizeOf,
  smallVocabulary,
  textsOf,
  tokenizerConfiguration,
  usualSpecialTokens,
} from '../vocabulary.ts';
import { inStage } from './first-rows.ts';
import type { StageContext, StageJob, StageOutcome } from './jobs.ts';
import { readingRecipe } from './reading-recipe.ts';
import { isReference } from './reference.ts';

/**
 * `tokenizer`: learns a byte-level BPE vocabulary from the training rows of the data, and leaves a model that has it, of the model's
 * shape and with weights drawn by the seed, to be trained from the beginning. A stage that was interrupted is done again.
 */
export const tokenizerJob: StageJob = {
  name: 'tokenizer',
  leaves: () => ['model'],
  async check(stage, { plugins = [] }) {
    const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
    readingRecipe(stage, registry);
    if ((stage.data ?? []).length === 0)
      throw refuse(
        'no-data',
        `stage "${stage.name}" has no data to learn a vocabulary from`,
        stage.data,
        'data, in the stage or beside the stages',
      );
    const training = trainingOf(stage);
    try {
      await trainBpe([], training);
      // What an earlier stage leaves is not there yet.
      if (!isReference(modelOf(stage)))
        untrained(stage, await shapeOf(stage, registry), {
          size: training.vocabularySize,
          registry,
        });
    } catch (error) {
      throw inStage(stage, error);
    }
  },
  run: runTokenizer,
};

async function runTokenizer(stage: StageRecipe, context: StageContext): Promise<StageOutcome> {
  const { directory, resume, overwrite, plugins = [], onEvent, onWork, signal } = context;
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const recipe = readingRecipe(stage, registry);
  const training = trainingOf(stage);
  const folder = await openRunFolder({
    directory,
    overwrite: resume || overwrite,
    writes: ['model', 'data-report.json'],
  });
  const say = (code: string, message: string): void =>
    onEvent?.({ type: 'warning', code, message });
  const { openList, close } = openSpilling();
  try {
    await folder.claim(stringify(stage));
    onWork?.('reading the data');
    const { train, report } = await collectFiltered(recipe, {
      registry,
      template: registry.settled('prompt-template', recipe.template),
      records: recordsNear(process.cwd()),
      directory: process.cwd(),
      onWork,
      openList,
      openJournal: journalAt(join(directory, answersName)),
    });
    for (const { code, message } of findings(report.report())) say(code, message);
    if (signal?.aborted) return { reason: 'interrupted' };
    onWork?.(`learning a vocabulary from ${train.length} rows`);
    let texts = 0;
    function* counted(): Generator<string> {
      for (const record of train)
        for (const text of textsOf(record)) {
          texts++;
          yield text;
        }
    }
    const tokenizer = await trainBpe(counted(), training);
    if (texts === 0)
      throw refuse(
        'no-text',
        `stage "${stage.name}": none of ${train.length} rows has text to learn a vocabulary from`,
        train.length,
        'rows with text',
      );
    const size = sizeOf(tokenizer);
    if (size < training.vocabularySize) {
      const { code, message } = smallVocabulary(size, training);
      say(code, message);
    }
    const model = untrained(stage, await shapeOf(stage, registry), { size, registry });
    await saveModel(model, folder.model);
    for (const [name, content] of Object.entries({
      'tokenizer_config.json': tokenizerConfiguration(training.specialTokens),
      'tokenizer.json': tokenizer,
    }))
      await writeFileAtomically(join(folder.model, name), `${JSON.stringify(content)}\n`);
    await writeFileAtomically(
      join(directory, 'data-report.json'),
      JSON.stringify(report.report(), null, 2),
    );
  } finally {
    close();
    await folder.release();
  }
  return { reason: 'done' };
}

function trainingOf(
  stage: StageRecipe,
): Required<Pick<BpeTraining, 'vocabularySize' | 'minFrequency' | 'specialTokens'>> {
  const { vocabulary_size, min_frequency, special_tokens } = stage;
  return {
    vocabularySize: vocabulary_size!,
    minFrequency: min_frequency ?? 2,
    specialTokens: special_tokens ?? usualSpecialTokens,
  };
}

/** Where the model lies whose shape the new one has. */
function modelOf({ model, name }: StageRecipe): string {
  const from = typeof model === 'string' ? model : model?.from;
  if (from !== undefined) return from;
  throw refuse(
    'missing-model',
    `stage "${name}" names no model whose shape the new one has`,
    name,
    'model: a folder, a package or a name on the hub; configuration says what differs',
  );
}

/** The configuration of the stage's model, with what the stage says otherwise. */
async function shapeOf(stage: StageRecipe, registry: Registry): Promise<object> {
  const from = await locateModel(modelOf(stage), process.cwd());
  const { spec } = await loadModel(from, { architectures: registry.all('architecture') });
  return { ...spec.configuration, ...stage.configuration };
}

/** A model of a shape whose vocabulary has so many tokens, as training from the beginning begins. */
function untrained(
  stage: StageRecipe,
  shape: object,
  { size, registry }: { readonly size: number; readonly registry: Registry },
): Model {
  const { specialTokens } = trainingOf(stage);
  const { end, padding } = rolesOf(specialTokens);
  const idOf = (token: string | undefined): number | null =>
    token === undefined ? null : specialTokens.indexOf(token);
  const configuration = {
    ...shape,
    vocab_size: size,
    bos_token_id: null,
    eos_token_id: idOf(end),
    pad_token_id: idOf(padding),
  };
  const architecture = findArchitecture(configuration, registry.all('architecture'));
  const spec = architecture.spec(configuration);
  if (spec.kind !== 'decoder' || spec.headKind.kind !== 'vocabulary')
    throw refuse(
      'not-a-decoder',
      `stage "${stage.name}" begins a model of type "${spec.modelType}" that writes no text after text`,
      spec.modelType,
      'a decoder with a head for tokens: the learned vocabulary has no token for a mask or a source',
    );
  const weights = memoryWeights(initializeParameters(spec, stage.seed ?? 0));
  return { spec, architecture, weights };
}

function refuse(code: string, message: string, value: unknown, accepted: string): TunesmithError {
  return new TunesmithError({ package: 'tunesmith', code, message, value, accepted });
}
