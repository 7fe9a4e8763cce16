import {
  sha256,
  type ChatModel,
  type ChatResponse,
  type Message,
  type ResponseOptions,
} from '@tunesmith/schema';

/** One answered request. */
export interface JournalRecord {
  /** What was asked, and the how manyth time: see {@link journaled}. */
  readonly key: string;
  /** The model's name. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly response: ChatResponse;
}

/** Answers that were given once, and are not asked for again. Only grows. */
export interface Journal {
  /** The answer of a key, where there is one. */
  find(key: string): ChatResponse | undefined;
  /** Keeps an answer: when the promise is fulfilled, it outlives the process. */
  append(record: JournalRecord): Promise<void>;
  /** Every answer, in the order they came. */
  records(): Iterable<JournalRecord>;
}

/** A journal that lasts as long as the process. */
export function memoryJournal(known: Iterable<JournalRecord> = []): Journal {
  const records = new Map<string, JournalRecord>();
  for (const record of known) records.set(record.key, record);
  return {
    find: (key) => records.get(key)?.response,
    async append(record) {
      records.set(record.key, record);
    },
    records: () => records.values(),
  };
}

/**
 * A model that is asked only what a journal does not know. A job that asks the same things in the same order is so resumed by beginning
 * it again: what was answered before is answered at once, and paid once.
 *
 * The key is the SHA-256 of the model's name, the messages and the options as JSON, with the number of times that it was asked before: equal
 * requests in one job have answers of their own. The model is told it, as the request's `key`.
 *
 * @param onAnswer hears of each answer, and whether the journal knew it
 */
export function journaled(
  model: ChatModel,
  journal: Journal,
  onAnswer?: (known: boolean) => void,
): ChatModel {
  const asked = new Map<string, number>();
  return {
    ...model,
    async respond(messages, wanted = {}) {
      const what = requestKey(model.name, messages, wanted);
      const times = asked.get(what) ?? 0;
      asked.set(what, times + 1);
      const key = `${what}/${times}`;
      const known = journal.find(key);
      if (known) {
        onAnswer?.(true);
        return known;
      }
      const response = await model.respond(messages, { ...wanted, key });
      await journal.append({ key, model: model.name, messages, response });
      onAnswer?.(false);
      return response;
    },
  };
}

function requestKey(name: string, messages: readonly Message[], wanted: ResponseOptions): string {
  const options = Object.entries(wanted)
    .filter(([name, value]) => name !== 'signal' && name !== 'key' && value !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256(new TextEncoder().encode(JSON.stringify([name, messages, options])));
}
