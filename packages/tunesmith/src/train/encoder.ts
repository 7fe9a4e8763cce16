import { encodeHere, type Encoding, type PrepareOptions } from '@tunesmith/trainer';
import { createEncoder, openEncodingThreads, tokenShards } from '@tunesmith/trainer/node';
import { TunesmithError, type Plugin, type PromptTemplate, type Recipe } from '@tunesmith/schema';
import manifest from '../../package.json' with { type: 'json' };
import type { OpenList } from '../data/lists.ts';
import { locateModel } from '../recipe/locate.ts';
import type { Session } from '../session.ts';
import type { EncoderThreadData } from '../encoder-thread.ts';
import { identityOf } from './identity.ts';
import type { OpenEncoder } from './plan.ts';
import { pluginFiles } from './recipe-files.ts';

/** What an encoder is made for. */
export interface EncoderSurroundings {
  readonly session: Session;
  readonly template: PromptTemplate;
  readonly directory: string;
  /** Where examples are kept that no folder is named for. */
  readonly openList: OpenList;
  /** Plugins as values, which no thread can have. */
  readonly plugins?: readonly Plugin[];
}

/**
 * Opens what a recipe's `preparation` names: threads, and a folder for tokens; where it names neither, this thread makes examples. A shard in it is found again by a digest of its
 * records and of everything else that its tokens follow from.
 *
 * @throws TunesmithError `threads-without-plugins` for threads and plugins as values
 */
export function encoderOpener({
  session,
  template,
  directory,
  openList,
  plugins = [],
}: EncoderSurroundings): (recipe: Recipe, prepare: PrepareOptions) => Promise<OpenEncoder> {
  return async (recipe, { objective }) => {
    const { threads: count = 1, cache } = recipe.preparation ?? {};
    if (count === 1 && cache === undefined)
      return { encoder: encodeHere(objective, openList<Encoding>()), close: async () => {} };
    if (count > 1 && plugins.length > 0) throw withoutPlugins(plugins);
    const data: EncoderThreadData = {
      model: await locateModel(recipe.model.from, directory),
      spec: session.model.spec,
      directory,
      pluginNames: recipe.plugins,
      objective: recipe.objective,
      template: recipe.template,
      maximumLength: recipe.training.max_length,
      virtualTokens: objective.virtualTokens,
    };
    const { model: _model, directory: _directory, ...decisive } = data;
    const files = { plugins: pluginFiles(recipe), artifacts: [] };
    const settings = JSON.stringify({
      version: manifest.version,
      ...decisive,
      ...(await identityOf({ recipe, session, template }, files)),
      vocabulary: vocabularyOf(session),
    });
    const shards = cache === undefined ? undefined : tokenShards(cache, settings);
    const threads =
      count > 1
        ? openEncodingThreads({
            module: new URL('./encoder-thread.js', import.meta.url),
            data,
            threads: count,
          })
        : undefined;
    return {
      encoder: createEncoder({
        objective,
        ...(threads ? { threads } : {}),
        ...(shards ? { shards } : { kept: openList<Encoding>() }),
      }),
      close: async () => threads?.close(),
    };
  };
}

/** What tells tokenizers apart whose files cannot be read. */
function vocabularyOf({ tokenizer }: Pick<Session, 'tokenizer'>): unknown {
  if (!tokenizer) return null;
  const { vocabularySize, bos, eos, endIds, chatTemplate, toolTemplate } = tokenizer;
  const some = Array.from({ length: 64 }, (_, i) => Math.floor((i * vocabularySize) / 64));
  const templates = toolTemplate === undefined ? [chatTemplate] : [chatTemplate, toolTemplate];
  return [vocabularySize, bos, eos, endIds, ...templates, some.map((id) => tokenizer.token(id))];
}

function withoutPlugins(plugins: readonly Plugin[]): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'threads-without-plugins',
    message:
      'preparation.threads is above 1, and plugins that are values cannot go to other threads',
    value: plugins.length,
    accepted: 'preparation.threads: 1, or plugins that the recipe names',
  });
}
