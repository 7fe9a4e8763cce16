import type { Model, Tokenizer } from '@tunesmith/models';
import { writesText } from './evaluation/by-objective.ts';
import type { Warning } from './session.ts';

/** What should be known of the tokens that end an answer: those that the model can never write. */
export function endTokenFindings(
  { spec }: Pick<Model, 'spec'>,
  tokenizer: Tokenizer | undefined,
): Warning[] {
  if (!tokenizer || !writesText(spec)) return [];
  const beyond = tokenizer.endIds.filter((id) => id >= spec.vocabulary);
  if (beyond.length === 0) return [];
  const all = beyond.length === tokenizer.endIds.length;
  const then = all ? 'answers end by their length alone' : 'answers end by the others';
  return [
    {
      code: 'end-token-unknown',
      message: `eos_token_id ${beyond.join(', ')} is beyond the model's ${spec.vocabulary} tokens: ${then}`,
    },
  ];
}
