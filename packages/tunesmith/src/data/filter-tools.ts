import type { ChatModel, FilterContext, Registry, ScoringModel } from '@tunesmith/schema';
import { openSession, type ModelOptions } from '../open-session.ts';
import { scoringModelOf } from './scoring-model.ts';

/** What filters may ask of models, and how it is given back. */
export interface FilterTools {
  readonly context: Pick<FilterContext, 'scoringModel' | 'chatModel'>;
  /** Closes every model that was opened. */
  close(): Promise<void>;
}

/** What {@link openFilterTools} takes. */
export interface FilterToolOptions extends Pick<
  ModelOptions,
  'directory' | 'device' | 'threads' | 'onWork'
> {
  readonly registry: Registry;
}

/** Models for filters; each is opened when a filter first asks for it, and once. */
export function openFilterTools({ registry, ...options }: FilterToolOptions): FilterTools {
  const closing: (() => unknown)[] = [];
  const scoring = async (model: string): Promise<ScoringModel> => {
    const session = await openSession({ ...options, registry, model });
    closing.push(() => session.close());
    const scorer = await scoringModelOf(session, model);
    closing.push(() => scorer.dispose());
    return scorer;
  };
  const answering = async (mention: Parameters<FilterContext['chatModel']>[0]) => {
    const { plugin, options: settings } = registry.choose('chat-model', mention);
    const model = await plugin.open(settings);
    closing.push(() => model.close?.());
    return model;
  };
  return {
    context: {
      scoringModel: once<string, ScoringModel>(scoring),
      chatModel: once<Parameters<typeof answering>[0], ChatModel>(answering),
    },
    async close() {
      for (const end of closing.splice(0).toReversed()) await end();
    },
  };
}

/** A function that does its work once for each argument, told apart by its JSON. */
function once<Key, Value>(open: (key: Key) => Promise<Value>): (key: Key) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (key) => {
    const name = JSON.stringify(key);
    const value = known.get(name) ?? open(key);
    known.set(name, value);
    return value;
  };
}
