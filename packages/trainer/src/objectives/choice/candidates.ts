import { answerChoices, isInstance, phraseChoices } from '@tunesmith/schema';
import type { DataRecord, Message } from '@tunesmith/schema';
import { UNSUPERVISED } from '../../data/rows.ts';
import { tokenizeRecord } from '../../data/tokenize.ts';
import type { Noticed } from '../../data/tokenize.ts';
import type { ObjectiveContext } from '../objective.ts';
import { asText, contentOf, failure, tokenizerOf, turnsOf } from '../record-text.ts';
import { tokenizePair } from '../seq2seq/seq2seq.ts';
import { inMasks } from './in-masks.ts';

/** A token of an answer: position `at` of a document (−1: what stands before its first token) is to predict it. */
export interface AnswerToken {
  readonly at: number;
  readonly token: number;
}

/** One way to write an answer: the document that it is scored in, and its tokens. */
export interface Wording {
  /** Index into the documents. */
  readonly document: number;
  readonly tokens: readonly AnswerToken[];
}

/** One answer of several, in each way that it may be written. */
export type Candidate = readonly Wording[];

/** The answers that a record may have, as documents: wordings that are scored in the same tokens share one. */
export interface Candidates {
  readonly documents: readonly { readonly ids: Int32Array; readonly source?: Int32Array }[];
  readonly candidates: readonly Candidate[];
  /** The number of the right one; −1 where the record says none. */
  readonly answer: number;
  readonly truncated: number;
  readonly noticed: Noticed;
}

/**
 * The answers of a record: those of `meta.choices`, or of its template where it has none, of which its own answer is one.
 *
 * A decoder reads prompt and answer and predicts the answer; a decoder with an encoder has the prompt in that; an encoder reads
 * as many mask tokens as the answer has, in place of the mask token that stands in the prompt, or after the prompt.
 *
 * An instance's answers are written as the template writes them: a template may say another word for each, or several.
 *
 * @throws TunesmithError `invalid-choices`, `missing-choices`, `answer-not-a-choice`, `empty-choice` for an answer of no token and `same-choices` for two
 * of the same tokens, `other-mask` for a prompt with another tokenizer's mask, naming the example
 */
export function candidatesOf(record: DataRecord, context: ObjectiveContext): Candidates {
  const text = asText(record, 'choice');
  const { id } = text;
  const choices = answerChoices(text, context.template);
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
  const written =
    isInstance(text) && template
      ? phraseChoices(text, choices, template)
      : choices.map((choice) => [choice]);
  requireTokens(id, choices, written, context);
  const { kind } = context.model.spec;
  const score = kind === 'encoder' ? inMasks : continued;
  const scored = written.map((ways) => ways.map((way) => score(id, before, way, context)));
  return {
    ...shared(scored),
    answer: right,
    truncated: scored.flat().reduce((sum, { truncated }) => sum + truncated, 0),
    noticed: scored[Math.max(0, right)]![0]!.noticed,
  };
}

/** Answers that cannot be told apart, or are nothing, would be scored all the same. */
function requireTokens(
  id: string,
  choices: readonly string[],
  written: readonly (readonly string[])[],
  context: ObjectiveContext,
): void {
  const tokenizer = tokenizerOf(context, id);
  const taken = new Map<string, string>();
  const all = written.flatMap((ways, i) => ways.map((way) => ({ choice: choices[i]!, text: way })));
  for (const { choice, text } of all) {
    const named = shown(choice, text);
    const ids = tokenizer.encode(text.trim(), { special: false });
    // an unknown word is a special token that the text does not spell out
    if (ids.every((one) => tokenizer.isSpecial(one) && !text.includes(tokenizer.token(one)!)))
      throw failure(
        id,
        'empty-choice',
        `may be answered by ${named}, ${ids.length === 0 ? 'which has no token' : 'of which the vocabulary knows nothing'}`,
        'answers that the tokenizer has tokens for',
        text,
      );
    const other = taken.get(ids.join());
    if (other !== undefined)
      throw failure(
        id,
        'same-choices',
        `may be answered by ${other} and by ${named}, which have the same tokens`,
        'answers that differ in their tokens',
        text,
      );
    taken.set(ids.join(), named);
  }
}

function shown(choice: string, written: string): string {
  const text = JSON.stringify(written);
  return choice === written ? text : `${text} (${choice})`;
}

/** One way to write an answer, in the tokens that it is scored in. */
export interface Scored {
  readonly ids: Int32Array;
  readonly source?: Int32Array;
  readonly tokens: readonly AnswerToken[];
  readonly truncated: number;
  readonly noticed: Noticed;
}

function shared(
  scored: readonly (readonly Scored[])[],
): Pick<Candidates, 'documents' | 'candidates'> {
  const documents: Candidates['documents'][number][] = [];
  const places = new Map<string, number>();
  const wording = ({ ids, source, tokens }: Scored): Wording => {
    const key = `${ids.join()};${source?.join() ?? ''}`;
    const document = places.get(key) ?? documents.push({ ids, ...(source ? { source } : {}) }) - 1;
    places.set(key, document);
    return { document, tokens };
  };
  return { documents, candidates: scored.map((ways) => ways.map(wording)) };
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
