import { renderChat } from '@tunesmith/models';
import type { Tokenizer } from '@tunesmith/models';
import { isInstance, isTokenized, TunesmithError } from '@tunesmith/schema';
import type { DataRecord, Message, PromptTemplate, Tokenized } from '@tunesmith/schema';
import { UNSUPERVISED } from './rows.ts';
import type { Example } from './rows.ts';
import { tokenSpan } from './token-span.ts';

/** What tokenising had to mend, or could not: see `DataReport`. */
export type TokenizationNote = 'double-begin' | 'end-added' | 'end-missing';

/** An example and what was noticed on the way. */
export interface TokenizedExample extends Example {
  readonly notes: readonly TokenizationNote[];
}

/** Options of {@link tokenizeRecord}. */
export interface TokenizeOptions {
  /** Needed unless the record is tokenised. */
  readonly tokenizer?: Tokenizer;
  /** Needed for instances. */
  readonly template?: PromptTemplate;
  /** Tokens an example may have; what is beyond is cut off the end and counted. */
  readonly maximumLength: number;
}

/**
 * Turns a record into ids and labels. Only assistant turns are supervised, each with the token that ends it; turns with
 * `train: false` are not. Tokenised records pass through as they are.
 *
 * The text is encoded as a whole, without the tokenizer's own special tokens: a chat template writes those itself. Two
 * begin tokens become one; a last answer that nothing ends gets the tokenizer's end token.
 *
 * @throws TunesmithError `missing-tokenizer`, `missing-template`, `unsupported-content` (images), `invalid-train-flag`
 * (`train: true` on a turn that is not the assistant's).
 */
export function tokenizeRecord(record: DataRecord, options: TokenizeOptions): TokenizedExample {
  if (isTokenized(record)) return cut(record.id, passThrough(record, options.tokenizer), options.maximumLength);
  const { tokenizer, template } = options;
  if (!tokenizer) throw missing('tokenizer', record.id, 'a tokenizer, or records with input_ids and labels');
  if (isInstance(record) && !template) throw missing('template', record.id, 'a prompt template, or conversations');
  const messages = isInstance(record) ? template!.messages(record) : record.messages;
  checkMessages(messages, record.id);
  return cut(record.id, encodeConversation(messages, tokenizer, record.id), options.maximumLength);
}

interface Labelled {
  readonly ids: number[];
  readonly labels: number[];
  readonly notes: TokenizationNote[];
}

function passThrough(record: Tokenized, tokenizer?: Tokenizer): Labelled {
  const { input_ids: ids, labels } = record;
  return { ids, labels, notes: startsTwice(ids, tokenizer) ? ['double-begin'] : [] };
}

function encodeConversation(messages: readonly Message[], tokenizer: Tokenizer, id: string): Labelled {
  const { text, spans } = renderChat(tokenizer, messages as Message[], { generationPrompt: false });
  const turns = messages.filter((message) => message.role === 'assistant');
  if (turns.length !== spans.length) {
    throw new TunesmithError({
      package: '@tunesmith/trainer',
      code: 'unknown-spans',
      message: `example "${id}": the chat template shows ${spans.length} of ${turns.length} assistant turns`,
      value: spans.length,
      accepted: 'a chat template that renders every assistant turn',
    });
  }
  const ids = [...tokenizer.encode(text, { special: false })];
  const labels = ids.map(() => UNSUPERVISED);
  const notes: TokenizationNote[] = [];
  let ended = true;
  let lastEnd = 0;
  for (const [index, span] of spans.entries()) {
    const { start, end } = tokenSpan(text, span, ids, tokenizer);
    const closes = end < ids.length && isEnd(ids[end]!, tokenizer);
    lastEnd = closes ? end + 1 : end;
    ended = closes || (end > start && isEnd(ids[end - 1]!, tokenizer));
    if (turns[index]!.train === false) continue;
    for (let i = start; i < lastEnd; i++) labels[i] = ids[i]!;
  }
  if (!ended && turns.at(-1)!.train !== false) {
    notes.push(tokenizer.eos === undefined ? 'end-missing' : 'end-added');
    if (tokenizer.eos !== undefined) {
      ids.splice(lastEnd, 0, tokenizer.eos);
      labels.splice(lastEnd, 0, tokenizer.eos);
    }
  }
  if (startsTwice(ids, tokenizer)) {
    notes.push('double-begin');
    ids.shift();
    labels.shift();
  }
  return { ids, labels, notes };
}

/** Whether a token ends a turn: the tokenizer's end token, or any token that is not text. */
function isEnd(id: number, tokenizer: Tokenizer): boolean {
  return id === tokenizer.eos || (tokenizer.decode([id], { skipSpecial: true }) === '' && tokenizer.decode([id]) !== '');
}

function startsTwice(ids: readonly number[], tokenizer?: Tokenizer): boolean {
  return tokenizer?.bos !== undefined && ids[0] === tokenizer.bos && ids[1] === tokenizer.bos;
}

function cut(id: string, { ids, labels, notes }: Labelled, maximumLength: number): TokenizedExample {
  return {
    id,
    ids: Int32Array.from(ids.slice(0, maximumLength)),
    labels: Int32Array.from(labels.slice(0, maximumLength)),
    truncated: Math.max(0, ids.length - maximumLength),
    notes,
  };
}

function checkMessages(messages: readonly Message[], id: string): void {
  for (const [index, { role, content, train }] of messages.entries()) {
    const where = `example "${id}", message ${index + 1} (${role})`;
    if (train === true && role !== 'assistant') {
      throw new TunesmithError({
        package: '@tunesmith/trainer',
        code: 'invalid-train-flag',
        message: `${where} has train: true`,
        value: role,
        accepted: 'train: true on assistant turns only, which are trained anyway; train: false to leave one out',
      });
    }
    if (typeof content !== 'string' && content.some((part) => part.type !== 'text')) {
      throw new TunesmithError({
        package: '@tunesmith/trainer',
        code: 'unsupported-content',
        message: `${where} holds an image`,
        value: 'image',
        accepted: 'text: this model reads nothing else',
      });
    }
  }
}

function missing(what: string, id: string, accepted: string): TunesmithError {
  const message = `example "${id}" is text and no ${what} was given`;
  return new TunesmithError({ package: '@tunesmith/trainer', code: `missing-${what}`, message, value: id, accepted });
}
