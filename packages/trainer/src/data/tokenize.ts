import { controlTokensIn, renderChat, textTemplate } from '@tunesmith/models';
import type { RenderedChat, Span, Tokenizer } from '@tunesmith/models';
import { isInstance, isTokenized, phrase, TunesmithError } from '@tunesmith/schema';
import type {
  Conversation,
  DataRecord,
  Message,
  PromptTemplate,
  Tokenized,
} from '@tunesmith/schema';
import { cutExample, exchangesOf, type Cut, type Exchange } from './cut.ts';
import { asLearned, heldOut, isLearned, type Learn } from './learn.ts';
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
  /** Tokens an example may have; what is beyond is cut and counted. */
  readonly maximumLength: number;
  /** What stays of an example that is too long; its beginning where this is left out. */
  readonly cut?: Cut;
  /** What of a text is learned; all answers where this is left out. */
  readonly learn?: Learn;
}

/**
 * Turns a record into ids and labels. Assistant turns are supervised, each with the token that ends it, or as `learn` says;
 * turns and pieces of turns with `train: false` never are. Tokenized records have the labels that they bring.
 *
 * The tokenizer adds no special tokens of its own: a chat template writes those itself. Two begin tokens become one; a
 * last answer that no special token ends gets the tokenizer's end token, supervised. A control token that stands written
 * out in a text becomes that token, as it does in transformers, and is noticed. A text of the assistant alone, which answers
 * nobody, is read without the chat template: the text and the token that ends it.
 *
 * @throws TunesmithError naming the example: `missing-tokenizer`, `missing-template`, and what `renderChat` throws
 * (images, `train: true` on a turn that is not the assistant's, a template that hides an answer or refuses the messages).
 */
export function tokenizeRecord(record: DataRecord, options: TokenizeOptions): TokenizedExample {
  const { tokenizer, template, learn = 'answers' } = options;
  if (isTokenized(record)) return cut(record.id, passThrough(record, tokenizer), options);
  if (!tokenizer)
    throw missing('tokenizer', record.id, 'a tokenizer, or records with input_ids and labels');
  if (!isInstance(record)) return cut(record.id, encode(record, tokenizer, learn), options);
  if (!template) throw missing('template', record.id, 'a prompt template, or conversations');
  const conversation = { id: record.id, messages: phrase(record, template) };
  return cut(record.id, encode(conversation, tokenizer, learn), options);
}

interface Labeled extends Noticed {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  /** All tokens, as what is read and what is answered. */
  readonly exchanges: readonly Exchange[];
}

function passThrough({ input_ids: ids, labels }: Tokenized, tokenizer?: Tokenizer): Labeled {
  return {
    ids: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    exchanges: exchangesOf(labels),
    notes: startsTwice(ids, tokenizer) ? ['double-begin'] : [],
    controlTokens: nothingNoticed.controlTokens,
  };
}

type Talk = Pick<Conversation, 'id' | 'tools'> & { readonly messages: readonly Message[] };

function encode(talk: Talk, tokenizer: Tokenizer, learn: Learn): Labeled {
  const messages = asLearned(talk.messages, learn);
  const chat = rendered({ ...talk, messages }, tokenizer);
  const { spans, endOfTurn, showsTools } = chat;
  const written = encodeText(
    chat,
    tokenizer,
    learn === 'everything' ? { ...talk, messages } : undefined,
  );
  const notes: TokenizationNote[] = [...written.notes];
  if (endOfTurn !== undefined && !tokenizer.endIds.includes(tokenizer.id(endOfTurn) ?? -1)) {
    notes.push('end-not-stopping');
  }
  const shownEmpty = spans.some(({ start, end }) =>
    isEmpty(chat.text.slice(start, end), endOfTurn),
  );
  if (shownEmpty || messages.some((message) => isLearned(message) && saysNothing(message))) {
    notes.push('empty-answer');
  }
  if (showsTools === false) notes.push('tools-not-shown');
  let { ids, labels, answers } = written;
  if (startsTwice(ids, tokenizer)) {
    notes.push('double-begin');
    [ids, labels, answers] = [ids.subarray(1), labels.subarray(1), answers.subarray(1)];
  }
  const everything = learn === 'everything';
  return {
    ids,
    labels,
    exchanges: exchangesOf(answers),
    notes,
    controlTokens: controlTokensOf(messages, tokenizer, everything),
  };
}

interface WrittenText {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  /** Labels of the answers alone. */
  readonly answers: Int32Array;
  readonly notes: readonly TokenizationNote[];
}

/**
 * Encodes a text cut at the borders of its answers, so that no token straddles one and ids do not depend on what is learned.
 *
 * @param whole the messages, where all of their text is learned but what says `train: false`
 */
function encodeText(
  { text, spans, lastEnd, endOfTurn }: RenderedChat,
  tokenizer: Tokenizer,
  whole?: Talk,
): WrittenText {
  const held = whole ? heldOutOf(whole, tokenizer) : [];
  const borders = [...spans, ...held].sort((a, b) => a.start - b.start);
  const pieces = tokenizer.encodePieces(
    text,
    borders.flatMap(({ start, end }) => [start, end]),
  );
  // A text whose last answer goes unended though it is learned to its end gets the tokenizer's own token there.
  const open = endOfTurn === undefined && spans.length > 0 && spans.at(-1)!.end === lastEnd;
  const added = open ? tokenizer.eos : undefined;
  const most = pieces.reduce((sum, piece) => sum + piece.length, added === undefined ? 0 : 1);
  const ids = new Int32Array(most);
  const labels = new Int32Array(most).fill(UNSUPERVISED);
  const answers = new Int32Array(most).fill(UNSUPERVISED);
  let at = 0;
  for (const [place, piece] of pieces.entries()) {
    const span = place % 2 === 1 ? borders[(place - 1) / 2] : undefined;
    const isAnswer = span !== undefined && !held.includes(span);
    const ends = isAnswer && span === spans.at(-1) && added !== undefined;
    for (const id of ends ? [...piece, added] : piece) {
      ids[at] = id;
      if (isAnswer) answers[at] = id;
      if (isAnswer || (whole && span === undefined)) labels[at] = id;
      at++;
    }
  }
  const note = added === undefined ? 'end-missing' : 'end-added';
  return { ids, labels, answers, notes: open ? [note] : [] };
}

function heldOutOf({ id, messages, tools }: Talk, tokenizer: Tokenizer): readonly Span[] {
  const { spans, unplaced } = heldOut(tokenizer, messages, tools);
  if (unplaced.length === 0) return spans;
  throw aboutExample(id, hiddenAnswer(messages, unplaced[0]!));
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

function controlTokensOf(
  messages: readonly Message[],
  tokenizer: Tokenizer,
  everything: boolean,
): WrittenControlTokens {
  const among = (some: readonly Message[]): string[] => [
    ...new Set(controlTokensIn(tokenizer, some)),
  ];
  const isWritten = (message: Message): boolean =>
    isLearned(message) || (everything && message.role !== 'assistant');
  return {
    read: among(messages.filter((message) => !isWritten(message))),
    written: among(messages.filter(isWritten)),
  };
}

function rendered({ id, messages, tools }: Talk, tokenizer: Tokenizer): RenderedChat {
  try {
    const chat = renderChat(tokenizer, messages, {
      ...(tools ? { tools } : {}),
      ...(answersNobody(messages) ? { template: textTemplate } : {}),
    });
    if (chat.unplaced.length === 0) return chat;
    throw hiddenAnswer(messages, chat.unplaced[0]!);
  } catch (cause) {
    if (!TunesmithError.is(cause)) throw cause;
    throw aboutExample(id, cause);
  }
}

/** Whether a text stands alone, as rows of language modeling do: what a chat template writes around answers is not for it. */
function answersNobody([only, ...more]: readonly Message[]): boolean {
  return only?.role === 'assistant' && typeof only.content === 'string' && more.length === 0;
}

/** A mistake of an example, with its name. */
function aboutExample(id: string, cause: TunesmithError): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/trainer',
    code: cause.code,
    message: `example "${id}" cannot be rendered: ${cause.problems[0] ?? cause.message}`,
    value: cause.value,
    ...(cause.accepted === undefined ? {} : { accepted: cause.accepted }),
    cause,
  });
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

function startsTwice(ids: ArrayLike<number>, tokenizer?: Tokenizer): boolean {
  return tokenizer?.bos !== undefined && ids[0] === tokenizer.bos && ids[1] === tokenizer.bos;
}

function cut(
  id: string,
  { ids, labels, exchanges, ...noticed }: Labeled,
  { maximumLength, cut: how = 'end', learn }: TokenizeOptions,
): TokenizedExample {
  const lastFirst = learn === 'last-answer';
  const kept = cutExample({ ids, labels }, exchanges, { cut: how, maximumLength, lastFirst });
  return { id, ...kept, ...noticed };
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
