import type { Message } from '../records/conversation.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { PluginContract, PluginOptions } from './contract.ts';
import { definePluginKind } from './kind.ts';

/** How an answer is drawn. What is absent is as the model's own settings have it. */
export interface ResponseOptions {
  /** At most so many tokens of each answer. */
  readonly maxTokens?: number;
  /** 0 takes the likeliest token each time. */
  readonly temperature?: number;
  /** Of (0, 1]: only the likeliest tokens whose probabilities add up to it are drawn. */
  readonly topP?: number;
  /** Of −2 to 2, taken from the logit of each token that the answer already has. */
  readonly presencePenalty?: number;
  /** Of −2 to 2, taken from the logit of each token once for every time the answer has it. */
  readonly frequencyPenalty?: number;
  /** The answer ends before the first of these texts. */
  readonly stop?: readonly string[];
  /** Makes drawing repeatable where the model can do that. */
  readonly seed?: number;
  /** How many answers, drawn apart; 1 where it is absent. */
  readonly count?: number;
  /** The answer is JSON that this schema accepts. */
  readonly schema?: JSONSchema;
  /** What the request is called where several processes share requests: of one name there is one answer. */
  readonly key?: string;
  /** Ends the request; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** One answer of a model. */
export interface ResponseAnswer {
  readonly text: string;
  /** `stop`: the model ended it, or a stop text did; `length`: it was cut off; `other`: a filter or a tool call, in the model's words. */
  readonly finish: 'stop' | 'length' | 'other';
}

/** What a model answered, and what it took. */
export interface ChatResponse {
  /** As many as were asked for. */
  readonly answers: readonly ResponseAnswer[];
  /** Tokens read and written by all answers together; absent where the model does not say. */
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number };
  /** How many times it was begun, where workers share requests: more than once where some of them were lost. */
  readonly attempts?: number;
  /** The model in its maker's words, where that says more than its name: a dated version. */
  readonly model?: string;
}

/** A language model that answers: a server's, another library's, or one of ours. */
export interface ChatModel {
  /** What ledgers and the provenance of records call it. */
  readonly name: string;
  /**
   * The next turn of the assistant; where the last message is the assistant's, what follows it, without it. Requests may be made at
   * once; a model of ours answers them in one batch.
   *
   * @throws TunesmithError of kind `failure` where the model did not answer; its code is `rate-limited`, `unreachable`,
   * `server-error` or `no-answer` where asking again may help; `cannot-go-on` by a model that begins every turn anew
   */
  respond(messages: readonly Message[], options?: ResponseOptions): Promise<ChatResponse>;
  /** Frees what it holds. */
  close?(): void | Promise<void>;
}

/** A way to reach language models, by a name that a recipe can mention: `{ name: openai, model: …, base_url: … }`. */
export interface ChatModelPlugin extends PluginContract {
  readonly specVersion: 2;
  /** A model of it. Whatever can be wrong with the options is thrown here, before anything is asked. */
  open(options?: PluginOptions): ChatModel | Promise<ChatModel>;
  /** The name that the model will have, where it takes long to open one. */
  nameOf?(options?: PluginOptions): string;
}

/** What a {@link ChatModelPlugin} must have. */
export const chatModelKind = definePluginKind({
  kind: 'chat-model',
  package: '@tunesmith/schema',
  specVersion: 2,
  functions: ['open'],
  optionalFunctions: ['nameOf'],
});
