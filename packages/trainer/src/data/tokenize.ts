import { controlTokensIn, encodeSpans, renderChat } from '@tunesmith/models';
import type { RenderedChat, Tokenizer } from '@tunesmith/models';
import { isInstance, isTokenized, phrase, TunesmithError } from '@tunesmith/schema';
import type {
  Conversation,
  DataRecord,
  Message,
  PromptTemplate,
  Tokenized,
} from '@tunesmith/schema';
import { UNSUPERVISED } from './rows.ts';
import type { LabeledExample } from './rows.ts';

/** What tokenizing had to mend, or could not: see `TokenReport`. */
export type TokenizationNote =
  | 'double-begin'
  | 'end-added'
  | 'end-missing'
  | 'end-not-stopping'
  | 'empty-answer'
  | 'tools-not-shown';

/** The model's control tokens that stand written out in an example's text, each once. */
export interface WrittenControlTokens {
  /** In what the model reads: instructions, system messages, turns that are not trained. */
  readonly read: readonly string[];
  /** In what the model learns to write. */
  readonly written: readonly string[];
}

/** What was noticed while a record was tokenized. */
export interface Noticed {
  readonly notes: readonly TokenizationNote[];
  readonly controlTokens: WrittenControlTokens;
}

/** Nothing out of the ordinary. */
export const nothingNoticed: Noticed = { notes: [], controlTokens: { read: [], written: [] } };

/** An example and what was noticed on the way. */
export type TokenizedExample = LabeledExample & Noticed;

/** Options of {@link tokenizeRecord}. */
export interface TokenizeOptions {
  /** Needed unless the record is tokenized. */
  readonly tokenizer?: Tokenizer;
  /** Needed for instances. */
  readonly template?: PromptTemplate;
  /** Tokens an example may have; what is beyond is cut off the end and counted. */
  readonly maximumLength: number;
}

/**
 * Turns a record into ids and labels. Only assistant turns are supervised, each with the token that ends it; turns with
 * `train: false` are not. Tokenized records pass through as they are.
 *
 * The tokenizer adds no special tokens of its own: a chat template writes those itself. Two begin tokens become one; a
 * last answer that no special token ends gets the tokenizer's end token, supervised. A control token that stands written
 * out in a text becomes that token, as it does in transformers, and is noticed.
 *
 * @throws TunesmithError naming the example: `missing-tokenizer`, `missing-template`, and what `renderChat` throws
 * (images, `train: true` on a turn that is not the assistant's, a template that hides an answer or refuses the messages).
 */
export function tokenizeRecord(record: DataRecord, options: TokenizeOptions): TokenizedExample {
  const { tokenizer, template, maximumLength } = options;
  if (isTokenized(record)) return cut(record.id, passThrough(record, tokenizer), maximumLength);
  if (!tokenizer)
    throw missing('tokenizer', record.id, 'a tokenizer, or records with input_ids and labels');
  if (!isInstance(record)) return cut(record.id, encode(record, tokenizer), maximumLength);
  if (!template) throw missing('template', record.id, 'a prompt template, or conversations');
  const conversation = { id: record.id, messages: phrase(record, template) };
  return cut(record.id, encode(conversation, tokenizer), maximumLength);
}

interface Labeled {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
  readonly notes: readonly TokenizationNote[];
  readonly controlTokens: WrittenControlTokens;
}

function passThrough({ input_ids: ids, labels }: Tokenized, tokenizer?: Tokenizer): Labeled {
  return {
    ids,
    labels,
    notes: startsTwice(ids, tokenizer) ? ['double-begin'] : [],
    controlTokens: nothingNoticed.controlTokens,
  };
}

type Talk = Pick<Conversation, 'id' | 'tools'> & { readonly messages: readonly Message[] };

function encode(talk: Talk, tokenizer: Tokenizer): Labeled {
  const { text, spans, endOfTurn, showsTools } = rendered(talk, tokenizer);
  const { ids, inSpan } = encodeSpans(tokenizer, text, spans);
  const labels = ids.map((token, i) => (inSpan[i] ? token : UNSUPERVISED));
  const notes: TokenizationNote[] = [];
  if (spans.length > 0 && endOfTurn === undefined) {
    // Counted and not looked up: an answer that is empty and has no end is no id at all.
    const before = encodeSpans(tokenizer, text.slice(0, spans.at(-1)!.end), spans);
    const end = before.ids.length;
    notes.push(tokenizer.eos === undefined ? 'end-missing' : 'end-added');
    if (tokenizer.eos !== undefined) {
      ids.splice(end, 0, tokenizer.eos);
      labels.splice(end, 0, tokenizer.eos);
    }
  }
  if (endOfTurn !== undefined && !tokenizer.endIds.includes(tokenizer.id(endOfTurn) ?? -1)) {
    notes.push('end-not-stopping');
  }
  const shownEmpty = spans.some(({ start, end }) => isEmpty(text.slice(start, end), endOfTurn));
  if (shownEmpty || talk.messages.some((message) => isLearned(message) && saysNothing(message))) {
    notes.push('empty-answer');
  }
  if (showsTools === false) notes.push('tools-not-shown');
  if (startsTwice(ids, tokenizer)) {
    notes.push('double-begin');
    ids.shift();
    labels.shift();
  }
  return { ids, labels, notes, controlTokens: controlTokensOf(talk.messages, tokenizer) };
}

function isLearned({ role, train }: Message): boolean {
  return role === 'assistant' && train !== false;
}

function saysNothing({ content, tool_calls: calls }: Message): boolean {
  return !calls && typeof content === 'string' && content.trim() === '';
}

/** Whether what is learned of a turn is white space and the token that ends it. */
function isEmpty(learned: string, endOfTurn = ''): boolean {
  const text = learned.trim();
  return (
    (text.endsWith(endOfTurn) ? text.slice(0, text.length - endOfTurn.length) : text).trim() === ''
  );
}

function controlTokensOf(messages: readonly Message[], tokenizer: Tokenizer): WrittenControlTokens {
  const among = (some: readonly Message[]): string[] => [
    ...new Set(controlTokensIn(tokenizer, some)),
  ];
  return {
    read: among(messages.filter((message) => !isLearned(message))),
    written: among(messages.filter(isLearned)),
  };
}

function rendered({ id, messages, tools }: Talk, tokenizer: Tokenizer): RenderedChat {
  try {
    const chat = renderChat(tokenizer, messages, tools ? { tools } : {});
    if (chat.unplaced.length === 0) return chat;
    throw hiddenAnswer(messages, chat.unplaced[0]!);
  } catch (cause) {
    if (!TunesmithError.is(cause)) throw cause;
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: cause.code,
      message: `example "${id}" cannot be rendered: ${cause.problems[0] ?? cause.message}`,
      value: cause.value,
      ...(cause.accepted === undefined ? {} : { accepted: cause.accepted }),
      cause,
    });
  }
}

function hiddenAnswer(messages: readonly Message[], i: number): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: 'assistant-turn-not-found',
    message: `the chat template does not show where the answer of message ${i} begins and ends`,
    value: messages[i]?.content,
    accepted:
      'a template with a {% generation %} block for each answer, or one that prints each answer once',
  });
}

function startsTwice(ids: readonly number[], tokenizer?: Tokenizer): boolean {
  return tokenizer?.bos !== undefined && ids[0] === tokenizer.bos && ids[1] === tokenizer.bos;
}

function cut(
  id: string,
  { ids, labels, ...noticed }: Labeled,
  maximumLength: number,
): TokenizedExample {
  return {
    id,
    ids: Int32Array.from(ids.slice(0, maximumLength)),
    labels: Int32Array.from(labels.slice(0, maximumLength)),
    truncated: Math.max(0, ids.length - maximumLength),
    ...noticed,
  };
}

function missing(what: string, id: string, accepted: string): TunesmithError {
  const message = `example "${id}" is text and no ${what} was given`;
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: `missing-${what}`,
    message,
    value: id,
    accepted,
  });
}
