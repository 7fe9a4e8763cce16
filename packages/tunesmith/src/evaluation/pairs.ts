import type { PromptEncoder } from '@tunesmith/evaluation';
import type { Model, Tokenizer } from '@tunesmith/models';
import { phraseWays, type DataRecord, type PromptTemplate } from '@tunesmith/schema';
import {
  tokenizePair,
  UNSUPERVISED,
  type LabeledExample,
  type PairExample,
} from '@tunesmith/trainer';

/** What records are made pairs with. */
interface PairContext {
  model: Model;
  tokenizer: Tokenizer | undefined;
  template: PromptTemplate;
}

const unbounded = {
  tokens: Number.MAX_SAFE_INTEGER,
  sourceTokens: Number.MAX_SAFE_INTEGER,
} as const;

/** A record as an encoder-decoder is trained on it, uncut: what the encoder reads, and what the decoder is to write. */
export function pairOf(
  record: DataRecord,
  { model, tokenizer, template }: PairContext,
): ReturnType<typeof tokenizePair> {
  const context = {
    model,
    template,
    maximumLength: unbounded.tokens,
    virtualTokens: { input: 0, keys: 0 },
    ...(tokenizer ? { tokenizer } : {}),
  };
  return tokenizePair(record, context, unbounded);
}

/** A pair as one sequence: the source, which carries no label, and the answer. */
export function labeled({ source, targets }: PairExample): Pick<LabeledExample, 'ids' | 'labels'> {
  return {
    ids: Int32Array.of(...source, ...targets),
    labels: Int32Array.of(...source.map(() => UNSUPERVISED), ...targets),
  };
}

/** The encoder of an encoder-decoder: the prompt is the source, as the objective `seq2seq` makes it. */
export function createPairEncoder(context: PairContext): PromptEncoder {
  return {
    prompt: (instance) => [...pairOf(instance, context).source],
    answer: (instance, answer) => requestOf(pairOf({ ...instance, output: answer }, context)),
    answers: (instance, answer) =>
      phraseWays({ ...instance, output: answer }, context.template).map((messages) =>
        requestOf(pairOf({ id: instance.id, messages }, context)),
      ),
  };
}

function requestOf({ source, targets }: PairExample): ReturnType<PromptEncoder['answer']> {
  return { context: [...source], continuation: [...targets] };
}
