import { testObjective } from '@tunesmith/testing';
import type { Conversation } from '@tunesmith/schema';
import { byteTokenizer, turnTemplate } from '../../test-support/byte-tokenizer.ts';
import { tinyLlama } from '../../test-support/tiny.ts';
import { causalLm } from './causal-lm/causal-lm.ts';
import { choice } from './choice/choice.ts';
import { distillation } from './distillation/distillation.ts';

const model = tinyLlama({ vocabulary: 260 });
const tokenizer = byteTokenizer(turnTemplate, { eos_token: '<stop>' });
const record = (id: string, question: string, answer: string, choices: string[]): Conversation => ({
  id,
  messages: [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ],
  meta: {
    choices,
    distribution: choices.map((_, i) => i + 1),
    teacher: {
      // each byte of the answer and the token that ends it
      ids: Array.from({ length: answer.length + 1 }, (_, i) => [65 + i, 97, 98 + i]),
      probabilities: Array.from({ length: answer.length + 1 }, () => [0.5, 0.2, 0.1]),
    },
  },
});
const records = [
  record('a', 'Hi', 'no', ['yes', 'no']),
  record('b', 'Is it?', 'yes', ['yes', 'no', 'or']),
  record('c', 'W', 'or', ['or', 'yes']),
];
const common = { model, tokenizer, records };

/** Options of `choice` as they are where a recipe names none. */
const choosing = { length_normalized: false, several_words: 'mean', masked_lm: { weight: 0 } };

testObjective(causalLm, 'answers', {
  ...common,
  options: { label_smoothing: 0.1, neftune_alpha: 0, router_loss: 'configured' },
});
testObjective(choice, 'a decoder', { ...common, options: choosing });
testObjective(choice, 'a decoder, by tokens', {
  ...common,
  options: { ...choosing, length_normalized: true },
});
testObjective(distillation, 'over tokens', {
  ...common,
  options: { over: 'tokens', temperature: 2, hard_share: 0.3, top_tokens: 2 },
});
testObjective(distillation, 'over choices', {
  ...common,
  options: {
    over: 'choices',
    temperature: 2,
    hard_share: 0.3,
    length_normalized: false,
    several_words: 'mean',
  },
});
