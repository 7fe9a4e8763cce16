import type { ChatModel, ChatResponse, Message, ResponseOptions } from '@tunesmith/schema';
import { refuse } from '../errors.ts';

/** What a model's tokens cost, in any currency, for a million of them. */
export interface Prices {
  readonly input: number;
  readonly output: number;
}

/** What was asked of one model so far. */
export interface LedgerEntry {
  readonly requests: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Requests whose tokens were guessed from the length of the texts, as the model did not count them. */
  readonly guessed: number;
  /** Attempts whose worker was lost, each taken to have cost what the answer did that came in the end. */
  readonly lost: number;
  /** In the currency of the prices; 0 where the model has none. */
  readonly cost: number;
}

/** Tokens and money of all models of a job, with a cap. */
export interface Ledger {
  /** By the model's name. */
  entries(): Readonly<Record<string, LedgerEntry>>;
  /** What everything cost. */
  spent(): number;
  /**
   * Enters what a request took.
   *
   * @param attempts how many times it was begun; 1 where it is absent
   */
  enter(model: string, usage: Usage, attempts?: number): void;
  /**
   * Sets aside what a request may cost at most; what it gives back undoes that.
   *
   * @throws TunesmithError `budget-exhausted` where the cap does not hold it
   */
  reserve(model: string, usage: Usage): () => void;
}

interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly guessed?: boolean;
}

/** The code of the error that ends a job whose money is spent. */
export const budgetExhausted = 'budget-exhausted';

/**
 * A ledger with nothing in it.
 *
 * @param options.prices by the model's name; a model without prices costs nothing
 * @param options.cap what all requests together may cost; no cap by default
 */
export function createLedger({
  prices = {},
  cap = Infinity,
}: {
  readonly prices?: Readonly<Record<string, Prices>>;
  readonly cap?: number;
} = {}): Ledger {
  const entries = new Map<string, LedgerEntry>();
  let spent = 0;
  let reserved = 0;
  const costOf = (model: string, { inputTokens, outputTokens }: Usage): number => {
    const price = Object.hasOwn(prices, model) ? prices[model]! : { input: 0, output: 0 };
    return (inputTokens * price.input + outputTokens * price.output) / 1e6;
  };
  return {
    entries: () => Object.fromEntries(entries),
    spent: () => spent,
    enter(model, usage, attempts = 1) {
      const before = entries.get(model);
      const cost = costOf(model, usage) * attempts;
      spent += cost;
      entries.set(model, {
        requests: (before?.requests ?? 0) + 1,
        inputTokens: (before?.inputTokens ?? 0) + usage.inputTokens * attempts,
        outputTokens: (before?.outputTokens ?? 0) + usage.outputTokens * attempts,
        guessed: (before?.guessed ?? 0) + (usage.guessed ? 1 : 0),
        lost: (before?.lost ?? 0) + attempts - 1,
        cost: (before?.cost ?? 0) + cost,
      });
    },
    reserve(model, usage) {
      const cost = costOf(model, usage);
      if (spent + reserved + cost > cap)
        throw refuse({
          kind: 'failure',
          code: budgetExhausted,
          message: `the next request of "${model}" may cost ${money(cost)}, and ${money(Math.max(0, cap - spent - reserved))} of ${money(cap)} are left`,
          value: spent,
          accepted: 'a higher cap: what was answered is kept, and the job goes on from there',
        });
      reserved += cost;
      return () => {
        reserved -= cost;
      };
    },
  };
}

/** Tokens that an answer is taken to have where a request names no limit. */
const unlimitedAnswer = 4096;

/**
 * A model whose requests are entered in a ledger. Before each, what it may cost at most is set aside: a token for every two bytes of
 * the prompt, and `maxTokens` of every answer.
 */
export function accounted(model: ChatModel, ledger: Ledger): ChatModel {
  return {
    ...model,
    async respond(messages, wanted = {}) {
      const release = ledger.reserve(model.name, atMost(messages, wanted));
      try {
        const response = await model.respond(messages, wanted);
        ledger.enter(model.name, usageOf(messages, response), response.attempts);
        return response;
      } finally {
        release();
      }
    },
  };
}

/** The tokens of a request: as the model counts them, or guessed at four characters a token. */
export function usageOf(messages: readonly Message[], { usage, answers }: ChatResponse): Usage {
  if (usage) return usage;
  const written = answers.reduce((sum, { text }) => sum + text.length, 0);
  return {
    inputTokens: Math.ceil(lengthOf(messages) / 4),
    outputTokens: Math.ceil(written / 4),
    guessed: true,
  };
}

/** The most tokens that a request may take. */
export function atMost(
  messages: readonly Message[],
  { maxTokens = unlimitedAnswer, count = 1 }: ResponseOptions,
): Usage {
  return {
    inputTokens: Math.ceil(new TextEncoder().encode(textsOf(messages).join('')).length / 2),
    outputTokens: maxTokens * count,
  };
}

function lengthOf(messages: readonly Message[]): number {
  return textsOf(messages).reduce((sum, text) => sum + text.length, 0);
}

function textsOf(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : content.map((part) => (part.type === 'text' ? part.text : '')),
  );
}

function money(amount: number): string {
  return amount === Infinity ? 'any amount' : amount.toFixed(4);
}
