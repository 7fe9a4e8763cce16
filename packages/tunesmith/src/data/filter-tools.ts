import {
  TunesmithError,
  type ChatModel,
  type FilterContext,
  type Registry,
  type ScoringModel,
  type StageBudget,
} from '@tunesmith/schema';
import {
  accounted,
  createLedger,
  journaled,
  paced,
  retrying,
  type Ledger,
} from '@tunesmith/synthesis';
import { openSession, type ModelOptions } from '../open-session.ts';
import type { OpenJournal } from '../run/answers.ts';
import { scoringModelOf } from './scoring-model.ts';

/** What filters may ask of models, and how it is given back. */
export interface FilterTools {
  readonly context: Pick<FilterContext, 'scoringModel' | 'chatModel'>;
  /** What chat models were asked, all filters together. */
  readonly ledger: Ledger;
  /** Closes every model that was opened. */
  close(): Promise<void>;
}

/** What {@link openFilterTools} takes. */
export interface FilterToolOptions extends Pick<
  ModelOptions,
  'directory' | 'device' | 'threads' | 'onWork'
> {
  readonly registry: Registry;
  /** How chat models are asked: at once, and in a minute. */
  readonly atOnce?: number;
  readonly perMinute?: number;
  readonly budget?: StageBudget;
  /** Where requests are entered; a ledger of the budget where it is absent. */
  readonly ledger?: Ledger;
  /**
   * Opens where answers of chat models are kept, when one is first asked: what stands there is neither asked nor paid again. They
   * are forgotten where it is absent.
   */
  readonly openJournal?: OpenJournal;
}

/**
 * Models for filters; each is opened when a filter first asks for it, and once. Chat models are paced, tried again, entered in one
 * ledger, and asked only what the journal does not know.
 *
 * @throws TunesmithError `broken-journal`; `no-prices` for a cap without prices; where a model is opened that has none under a cap; `budget-exhausted`
 * where the cap does not hold a request
 */
export function openFilterTools({
  registry,
  atOnce,
  perMinute,
  budget = {},
  ledger = createLedger(budget),
  openJournal,
  ...options
}: FilterToolOptions): FilterTools {
  const { cap, prices = {} } = budget;
  if (cap !== undefined && Object.keys(prices).length === 0)
    throw noPrice(`a cap of ${cap} and no prices, so that nothing costs anything`, cap);
  const pace = {
    ...(atOnce === undefined ? {} : { atOnce }),
    ...(perMinute === undefined ? {} : { perMinute }),
  };
  const closing: (() => unknown)[] = [];
  const underWay = new Set<Promise<unknown>>();
  const scoring = async (model: string): Promise<ScoringModel> => {
    const session = await openSession({ ...options, registry, model });
    closing.push(() => session.close());
    const scorer = await scoringModelOf(session, model);
    closing.push(() => scorer.dispose());
    return scorer;
  };
  const journal = once(async (open: OpenJournal) => {
    const opened = await open();
    closing.push(() => opened.close());
    return opened;
  });
  const answering = async (mention: Parameters<FilterContext['chatModel']>[0]) => {
    const { plugin, options: settings } = registry.choose('chat-model', mention);
    const model = await plugin.open(settings);
    closing.push(() => model.close?.());
    if (cap !== undefined && !Object.hasOwn(prices, model.name))
      throw noPrice(
        `a cap of ${cap} and no price of "${model.name}", which filters ask`,
        model.name,
      );
    const entered = accounted(retrying(paced(model, pace)), ledger);
    if (openJournal === undefined) return wholeOrNothing(entered);
    return wholeOrNothing(noted(journaled(entered, await journal(openJournal)), underWay));
  };
  return {
    ledger,
    context: {
      scoringModel: once<string, ScoringModel>(scoring),
      chatModel: once<Parameters<typeof answering>[0], ChatModel>(answering),
    },
    async close() {
      // What is paid already is kept, also where another request ended the filter.
      await Promise.allSettled(underWay);
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

/** A model whose requests stand in a set for as long as they last. */
function noted(model: ChatModel, underWay: Set<Promise<unknown>>): ChatModel {
  return {
    ...model,
    async respond(messages, wanted) {
      const answer = model.respond(messages, wanted);
      underWay.add(answer);
      return answer.finally(() => underWay.delete(answer));
    },
  };
}

/** A filter has to have every answer: what a spent budget ends is the whole of it. */
function wholeOrNothing(model: ChatModel): ChatModel {
  return {
    ...model,
    async respond(messages, wanted) {
      try {
        return await model.respond(messages, wanted);
      } catch (error) {
        if (!TunesmithError.is(error) || error.code !== 'budget-exhausted') throw error;
        throw new TunesmithError({
          package: 'tunesmith',
          kind: 'failure',
          code: error.code,
          message: `a filter is not done: ${error.problems[0]}`,
          value: error.value,
          accepted: 'a higher cap, or fewer rows',
          cause: error,
        });
      }
    },
  };
}

function noPrice(what: string, value: unknown): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'no-prices',
    message: `the budget has ${what}`,
    value,
    accepted: 'prices: { MODEL: { input: …, output: … } }, for a million tokens',
  });
}
