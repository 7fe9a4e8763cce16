import type { Tokenizer } from '@tunesmith/models';
import { isInstance, phraseChoices } from '@tunesmith/schema';
import type { DataRecord, Message } from '@tunesmith/schema';
import { UNSUPERVISED } from '../../data/rows.ts';
import { nothingNoticed, tokenizeRecord } from '../../data/tokenize.ts';
import type { Noticed } from '../../data/tokenize.ts';
import { aroundOf, enclose } from '../encode-text.ts';
import type { ObjectiveContext } from '../objective.ts';
import { asText, contentOf, failure, textOf, tokenizerOf, turnsOf } from '../record-text.ts';
import { tokenizePair } from '../seq2seq/seq2seq.ts';

/** A token of an answer: position `at` of a document (−1: what stands before its first token) is to predict it. */
export interface AnswerToken {
  readonly at: number;
  readonly token: number;
}

/** One answer of several: the document that it is scored in, and its tokens. */
export interface Candidate {
  /** Index into the documents. */
  readonly document: number;
  readonly tokens: readonly AnswerToken[];
}

/** The answers that a record may have, as documents: answers that are scored in the same tokens share one. */
export interface Candidates {
  readonly documents: readonly { readonly ids: Int32Array; readonly source?: Int32Array }[];
  readonly candidates: readonly Candidate[];
  /** The number of the right one; −1 where the record says none. */
  readonly answer: number;
  readonly truncated: number;
  readonly noticed: Noticed;
}

/**
 * The answers of a record: those of `meta.choices`, of which its own answer is one.
 *
 * A decoder reads prompt and answer and predicts the answer; a decoder with an encoder has the prompt in that; an encoder reads
 * as many mask tokens as the answer has, in place of the mask token that stands in the prompt, or after the prompt.
 *
 * An instance's answers are written as the template writes them: a template may say another word for each.
 *
 * @throws TunesmithError `missing-choices`, `answer-not-a-choice`, `empty-choice` for an answer of no token and `same-choices` for two
 * of the same tokens, `other-mask` for a prompt with another tokenizer's mask, naming the example
 */
export function candidatesOf(record: DataRecord, context: ObjectiveContext): Candidates {
  const text = asText(record, 'choice');
  const { id } = text;
  const choices = text.meta?.choices;
  if (!choices || choices.length < 2)
    throw failure(
      id,
      'missing-choices',
      'has no two answers to choose from',
      'meta.choices with at least two',
      choices,
    );
  const { before, answer } = turnsOf(text, context);
  // an instance's choices and output are told apart before the template writes them
  const said = isInstance(text) ? text.output : answer && contentOf(answer, id);
  const right =
    said === undefined ? -1 : choices.findIndex((choice) => choice.trim() === said.trim());
  // an empty answer is none
  if (said !== undefined && said.trim() !== '' && right < 0)
    throw failure(
      id,
      'answer-not-a-choice',
      `has the answer ${JSON.stringify(said)}, which is not among its choices`,
      choices.map((choice) => JSON.stringify(choice)).join(', '),
      said,
    );
  const { template } = context;
  const written = isInstance(text) && template ? phraseChoices(text, choices, template) : choices;
  requireTokens(id, choices, written, context);
  const { kind } = context.model.spec;
  const scored =
    kind === 'encoder'
      ? written.map((choice) => inMasks(id, before, choice, context))
      : written.map((choice) => continued(id, before, choice, context));
  return {
    ...shared(scored),
    answer: right,
    truncated: scored.reduce((sum, { truncated }) => sum + truncated, 0),
    noticed: scored[Math.max(0, right)]!.noticed,
  };
}

/** Answers that cannot be told apart, or are nothing, would be scored all the same. */
function requireTokens(
  id: string,
  choices: readonly string[],
  written: readonly string[],
  context: ObjectiveContext,
): void {
  const tokenizer = tokenizerOf(context, id);
  const taken = new Map<string, string>();
  for (const [i, text] of written.entries()) {
    const named = shown(choices[i]!, text);
    const key = tokenizer.encode(text.trim(), { special: false }).join();
    if (key === '')
      throw failure(
        id,
        'empty-choice',
        `may be answered by ${named}, which has no token`,
        'answers that the tokenizer has tokens for',
        text,
      );
    const other = taken.get(key);
    if (other !== undefined)
      throw failure(
        id,
        'same-choices',
        `may be answered by ${other} and by ${named}, which have the same tokens`,
        'answers that differ in their tokens',
        text,
      );
    taken.set(key, named);
  }
}

function shown(choice: string, written: string): string {
  const text = JSON.stringify(written);
  return choice === written ? text : `${text} (${choice})`;
}

interface Scored {
  readonly ids: Int32Array;
  readonly source?: Int32Array;
  readonly tokens: readonly AnswerToken[];
  readonly truncated: number;
  readonly noticed: Noticed;
}

function shared(scored: readonly Scored[]): Pick<Candidates, 'documents' | 'candidates'> {
  const documents: Candidates['documents'][number][] = [];
  const places = new Map<string, number>();
  const candidates = scored.map(({ ids, source, tokens }): Candidate => {
    const key = `${ids.join()};${source?.join() ?? ''}`;
    const document = places.get(key) ?? documents.push({ ids, ...(source ? { source } : {}) }) - 1;
    places.set(key, document);
    return { document, tokens };
  });
  return { documents, candidates };
}

function continued(
  id: string,
  before: readonly Message[],
  choice: string,
  context: ObjectiveContext,
): Scored {
  // only the last answer is scored
  const read = before.map((message) =>
    message.role === 'assistant' ? { ...message, train: false } : message,
  );
  const record = { id, messages: [...read, { role: 'assistant' as const, content: choice }] };
  const maximumLength = context.maximumLength - context.virtualTokens.input;
  if (context.model.spec.kind === 'encoder-decoder') {
    const lengths = { tokens: context.maximumLength, sourceTokens: maximumLength };
    const { ids, source, targets, truncated, ...noticed } = tokenizePair(record, context, lengths);
    const tokens = Array.from(targets, (token, at) => ({ at, token }));
    return { ids, source, tokens, truncated, noticed };
  }
  const { ids, labels, truncated, ...noticed } = tokenizeRecord(record, {
    ...context,
    maximumLength,
  });
  const first = context.virtualTokens.input > 0 ? 0 : 1;
  const tokens = Array.from(labels, (token, i) => ({ at: i - 1, token })).filter(
    ({ at, token }) => token !== UNSUPERVISED && at >= first - 1,
  );
  return { ids, tokens, truncated, noticed };
}

function inMasks(
  id: string,
  before: readonly Message[],
  choice: string,
  context: ObjectiveContext,
): Scored {
  const tokenizer = tokenizerOf(context, id);
  const mask = maskOf(tokenizer, id);
  const prompt = textOf(before, tokenizer, id);
  const place = prompt.indexOf(mask.text);
  const foreign = place < 0 && otherMasks.find((other) => prompt.includes(other));
  if (foreign)
    throw failure(
      id,
      'other-mask',
      `has ${foreign} in its prompt, which is no mask token of the tokenizer`,
      mask.text,
      foreign,
    );
  const [head, tail] =
    place < 0
      ? [`${prompt} `, '']
      : [prompt.slice(0, place), prompt.slice(place + mask.text.length)];
  // the space before belongs to the answer: byte-level vocabularies write it into the first token
  const start = head.endsWith(' ') ? head.length - 1 : head.length;
  const end = head.length + choice.length;
  const [left = [], answer = [], right = []] = tokenizer.encodePieces(`${head}${choice}${tail}`, [
    start,
    end,
  ]);
  const around = aroundOf(tokenizer);
  const maximumLength = context.maximumLength - context.virtualTokens.input;
  const surplus =
    around.before.length +
    left.length +
    answer.length +
    right.length +
    around.after.length -
    maximumLength;
  // the answer must stay: what is too much is cut off the text after it, then off the text before
  const after = right.slice(0, Math.max(0, right.length - Math.max(0, surplus)));
  const cut = Math.max(0, surplus - (right.length - after.length));
  const kept = left.slice(0, Math.max(0, left.length - cut));
  const { ids } = enclose([...kept, ...answer.map(() => mask.id), ...after], around, maximumLength);
  const first = around.before.length + kept.length;
  return {
    ids: Int32Array.from(ids),
    tokens: answer.map((token, i) => ({ at: first + i, token })),
    truncated: Math.max(0, surplus),
    noticed: nothingNoticed,
  };
}

/** How vocabularies write their mask token; one of another vocabulary would be read as text. */
const otherMasks = ['[MASK]', '<mask>'];

function maskOf(tokenizer: Tokenizer, id: string): { id: number; text: string } {
  const { mask } = tokenizer;
  if (mask !== undefined) return { id: mask, text: tokenizer.token(mask)! };
  throw failure(
    id,
    'no-mask-token',
    'is to be answered in mask tokens, and the tokenizer has none',
    'a tokenizer whose configuration names its mask_token',
  );
}
