import { contentText } from '@tunesmith/datasets';
import { chatmlTemplate } from '@tunesmith/models';
import { isConversation, isInstance, type DataRecord } from '@tunesmith/schema';

/** Special tokens where none are named: the end of a text, and ChatML's beginning and end of a turn. */
export const usualSpecialTokens: readonly string[] = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
];

/** All texts of a record that are not empty, each by itself. */
export function textsOf(record: DataRecord): string[] {
  return allTextsOf(record).filter((text) => text !== '');
}

function allTextsOf(record: DataRecord): string[] {
  if (isConversation(record)) return record.messages.map(contentText);
  if (!isInstance(record)) return [];
  const { system, history = [], instruction, input, output } = record;
  const before = history.flatMap((exchange) => [exchange.instruction, exchange.output]);
  return [system, ...before, instruction, input, output].filter((text) => text !== undefined);
}

/** What a learned vocabulary's special tokens are for. */
export interface TokenRoles {
  /** Ends a text: ChatML's end of a turn where it is among them, else the first one. */
  readonly end?: string;
  /** Fills up rows: the first one. */
  readonly padding?: string;
  readonly hasTurns: boolean;
}

/** The roles of special tokens. */
export function rolesOf(specialTokens: readonly string[]): TokenRoles {
  const [first] = specialTokens;
  const hasTurns = ['<|im_start|>', '<|im_end|>'].every((token) => specialTokens.includes(token));
  const end = hasTurns ? '<|im_end|>' : first;
  return {
    ...(end === undefined ? {} : { end }),
    ...(first === undefined ? {} : { padding: first }),
    hasTurns,
  };
}

/** `tokenizer_config.json` of a learned vocabulary. */
export function tokenizerConfiguration(specialTokens: readonly string[]): object {
  const { end, padding, hasTurns } = rolesOf(specialTokens);
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    ...(end === undefined ? {} : { eos_token: end }),
    ...(padding === undefined ? {} : { pad_token: padding }),
    ...(hasTurns ? { chat_template: chatmlTemplate } : {}),
  };
}

/** How many tokens a `tokenizer.json` of {@link trainBpe} has. */
export function sizeOf(tokenizer: Readonly<Record<string, unknown>>): number {
  const { vocab } = tokenizer['model'] as { vocab: Readonly<Record<string, number>> };
  return Object.keys(vocab).length;
}

/** The warning of a vocabulary that has fewer tokens than asked for. */
export function smallVocabulary(
  learned: number,
  { vocabularySize, minFrequency }: { vocabularySize: number; minFrequency: number },
): { code: string; message: string } {
  return {
    code: 'small-vocabulary',
    message: `the vocabulary has ${learned} tokens, not ${vocabularySize}: no other pair stands at least ${minFrequency} times in the text`,
  };
}
