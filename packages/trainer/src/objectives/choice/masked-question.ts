import type { DataRecord } from '@tunesmith/schema';
import { aroundOf, enclose } from '../encode-text.ts';
import type { MaskingOptions } from '../masked-lm/masking-options.ts';
import { maskingProperties } from '../masked-lm/masking-options.ts';
import { wordNumbering } from '../masked-lm/words.ts';
import type { ObjectiveContext } from '../objective.ts';
import { asText, textOf, tokenizerOf, turnsOf } from '../record-text.ts';

/** The auxiliary loss of masked text: its weight α, and how tokens are masked for it. */
export interface AuxiliaryMasking extends MaskingOptions {
  readonly weight: number;
}

/** JSON Schema of {@link AuxiliaryMasking}. */
export const auxiliaryMasking = {
  type: 'object',
  properties: {
    weight: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Its share of the whole loss; 0 for none, 1e-4 in the paper of PET.',
    },
    ...maskingProperties,
  },
  additionalProperties: false,
  default: {},
  description:
    'The loss of guessing masked tokens of the questions, beside that of choosing; with a weight, rows without an answer are read for it alone. Encoders only.',
} as const;

/** A question whose tokens are masked anew each time it comes: its gap is a mask token, and never chosen. */
export interface MaskedQuestion {
  readonly ids: Int32Array;
  /** The word of each token; 0 = never masked. */
  readonly words: Int32Array;
}

/** The question of a record, without its answer, as text of which tokens are masked. */
export function maskedQuestion(record: DataRecord, context: ObjectiveContext): MaskedQuestion {
  const { id } = record;
  const tokenizer = tokenizerOf(context, id);
  const { before } = turnsOf(asText(record, 'choice'), context);
  const plain = tokenizer.encode(textOf(before, tokenizer, id), { special: false });
  const maximumLength = context.maximumLength - context.virtualTokens.input;
  const { ids } = enclose(plain, aroundOf(tokenizer), maximumLength);
  return { ids: Int32Array.from(ids), words: wordNumbering(tokenizer, false)(ids) };
}
