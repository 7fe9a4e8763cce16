import { encodeSpans, renderChat } from '@tunesmith/models';
import type { Tokenizer } from '@tunesmith/models';
import { isInstance, isTokenized, phrase, TunesmithError } from '@tunesmith/schema';
import type { DataRecord, Message, PromptTemplate, Tokenized } from '@tunesmith/schema';
import { UNSUPERVISED } from './rows.ts';
import type { Example } from './rows.ts';

/** What tokenising had to mend, or could not: see `DataReport`. */
export type TokenizationNote = 'double-begin' | 'end-added' | 'end-missing' | 'end-not-stopping';

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
 * The tokenizer adds no special tokens of its own: a chat template writes those itself. Two begin tokens become one; a
 * last answer that no special token ends gets the tokenizer's end token, supervised.
 *
 * @throws TunesmithError naming the example: `missing-tokenizer`, `missing-template`, and what `renderChat` throws
 * (images, `train: true` on a turn that is not the assistant's, a template that hides an answer).
 */
export function tokenizeRecord(record: DataRecord, options: TokenizeOptions): TokenizedExample {
  const { tokenizer, template, maximumLength } = options;
  if (isTokenized(record)) return cut(record.id, passThrough(record, tokenizer), maximumLength);
  if (!tokenizer)
    throw missing('tokenizer', record.id, 'a tokenizer, or records with input_ids and labels');
  if (!isInstance(record))
    return cut(record.id, encode(record.messages, tokenizer, record.id), maximumLength);
  if (!template) throw missing('template', record.id, 'a prompt template, or conversations');
  return cut(record.id, encode(phrase(record, template), tokenizer, record.id), maximumLength);
}

interface Labelled {
  readonly ids: readonly number[];
  readonly labels: readonly number[];
  readonly notes: readonly TokenizationNote[];
}

function passThrough({ input_ids: ids, labels }: Tokenized, tokenizer?: Tokenizer): Labelled {
  return { ids, labels, notes: startsTwice(ids, tokenizer) ? ['double-begin'] : [] };
}

function encode(messages: readonly Message[], tokenizer: Tokenizer, id: string): Labelled {
  const { text, spans, endOfTurn } = rendered(messages, tokenizer, id);
  const { ids, inSpan } = encodeSpans(tokenizer, text, spans);
  const labels = ids.map((token, i) => (inSpan[i] ? token : UNSUPERVISED));
  const notes: TokenizationNote[] = [];
  if (spans.length > 0 && endOfTurn === undefined) {
    const end = inSpan.lastIndexOf(true) + 1;
    notes.push(tokenizer.eos === undefined ? 'end-missing' : 'end-added');
    if (tokenizer.eos !== undefined) {
      ids.splice(end, 0, tokenizer.eos);
      labels.splice(end, 0, tokenizer.eos);
    }
  }
  if (endOfTurn !== undefined && !tokenizer.endIds.includes(tokenizer.id(endOfTurn) ?? -1)) {
    notes.push('end-not-stopping');
  }
  if (startsTwice(ids, tokenizer)) {
    notes.push('double-begin');
    ids.shift();
    labels.shift();
  }
  return { ids, labels, notes };
}

function rendered(
  messages: readonly Message[],
  tokenizer: Tokenizer,
  id: string,
): ReturnType<typeof renderChat> {
  try {
    return renderChat(tokenizer, messages);
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

function startsTwice(ids: readonly number[], tokenizer?: Tokenizer): boolean {
  return tokenizer?.bos !== undefined && ids[0] === tokenizer.bos && ids[1] === tokenizer.bos;
}

function cut(
  id: string,
  { ids, labels, notes }: Labelled,
  maximumLength: number,
): TokenizedExample {
  return {
    id,
    ids: Int32Array.from(ids.slice(0, maximumLength)),
    labels: Int32Array.from(labels.slice(0, maximumLength)),
    truncated: Math.max(0, ids.length - maximumLength),
    notes,
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
